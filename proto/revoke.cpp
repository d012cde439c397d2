#include "proto/revoke.hpp"

#include "proto/json.hpp"

namespace gatehouse::proto {
namespace {

void write(JsonWriter& out, const RevokeTokens& request) {
    out.begin_array("tokens");
    for (const Secret& token : request.tokens) out.element(token.view());
    out.end_array();
}

void write(JsonWriter& out, const RevokeSession& request) {
    out.number("user_id", request.user_id);
    out.text("sid", request.sid);
}

void write(JsonWriter& out, const RevokeAll& request) {
    out.number("user_id", request.user_id);
    out.flag("all", true);
}

RevokeTokens read_tokens(JsonReader& reader, const JsonObjectView& object) {
    RevokeTokens request;
    if (object.has("tokens")) {
        request.tokens = object.secrets("tokens", kRevokeTokens);
        if (request.tokens.empty()) reader.wrong("tokens", "is empty");
    } else {
        request.tokens.push_back(object.secret("token"));
    }
    return request;
}

RevokeRequest read(JsonReader& reader, const JsonObjectView& object) {
    if (!object.has("user_id")) return read_tokens(reader, object);
    const std::int64_t user = object.number("user_id");
    if (object.has("sid")) return RevokeSession{user, object.text("sid")};
    if (!object.flag("all", false)) reader.wrong("sid", "is missing (or say \"all\":true)");
    return RevokeAll{user};
}

}  // namespace

std::string to_json(const RevokeRequest& request) {
    JsonWriter out;
    out.begin_object();
    std::visit([&](const auto& one) { write(out, one); }, request);
    out.end_object();
    return std::move(out).take();
}

Result<RevokeRequest> revoke_request_from_json(std::string_view body) {
    JsonReader reader(body, Errc::invalid_input);
    RevokeRequest request = read(reader, reader.root());
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
