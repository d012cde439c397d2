#include "proto/revoke.hpp"

#include "proto/json.hpp"

namespace gatehouse::proto {
std::string to_json(const RevokeRequest& request) {
    JsonWriter out;
    out.begin_object();
    out.begin_array("tokens");
    for (const Secret& token : request.tokens) out.element(token.view());
    out.end_array();
    out.end_object();
    return std::move(out).take();
}

Result<RevokeRequest> revoke_request_from_json(std::string_view body) {
    JsonReader reader(body, Errc::invalid_input);
    const JsonObjectView object = reader.root();
    RevokeRequest request;
    if (object.has("tokens")) {
        request.tokens = object.secrets("tokens", kRevokeTokens);
        if (request.tokens.empty()) reader.wrong("tokens", "is empty");
    } else {
        request.tokens.push_back(object.secret("token"));
    }
    return reader.finish(std::move(request));
}

std::string to_json(const RevokeAnswer& answer) {
    JsonWriter out(32);
    out.begin_object();
    out.number("revoked", answer.revoked);
    out.end_object();
    return std::move(out).take();
}

Result<RevokeAnswer> revoke_answer_from_json(std::string_view body) {
    JsonReader reader(body, Errc::protocol);
    RevokeAnswer answer{reader.root().number("revoked")};
    return reader.finish(answer);
}

}  // namespace gatehouse::proto
