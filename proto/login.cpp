#include "proto/login.hpp"

namespace gatehouse::proto {

std::string to_json(const LoginRequest& request) {
    JsonWriter out;
    out.begin_object();
    out.text("email", request.email);
    out.text("password", request.password.view());
    if (!request.previous_tokens.empty()) {
        out.begin_array("previous_tokens");
        for (const Secret& token : request.previous_tokens) out.element(token.view());
        out.end_array();
    }
    out.begin_object("client");
    out.text("ip", request.client.ip);
    out.text("user_agent", request.client.user_agent);
    out.end_object();
    out.end_object();
    return std::move(out).take();
}

Result<LoginRequest> login_request_from_json(std::string_view body) {
    JsonReader reader(body, Errc::invalid_input);
    const JsonObjectView object = reader.root();
    LoginRequest request;
    request.email = object.text("email");
    request.password = object.secret("password");
    request.previous_tokens = object.secrets("previous_tokens", kPreviousTokens);
    if (object.has("client")) {
        const JsonObjectView client = object.object("client");
        request.client.ip = client.text("ip", "");
        request.client.user_agent = client.text("user_agent", "");
    }
    return reader.finish(std::move(request));
}

std::string to_json(const LoginAnswer& answer) {
    JsonWriter out;
    out.begin_object();
    write_user(out, answer.user);
    out.text("token", answer.token.view());
    out.number("iat", answer.iat);
    out.number("exp", answer.exp);
    out.end_object();
    return std::move(out).take();
}

Result<LoginAnswer> login_answer_from_json(std::string_view body) {
    JsonReader reader(body, Errc::protocol);
    const JsonObjectView object = reader.root();
    LoginAnswer answer;
    answer.user = read_user(object.object("user"));
    answer.token = object.secret("token");
    answer.iat = object.number("iat");
    answer.exp = object.number("exp");
    return reader.finish(std::move(answer));
}

}  // namespace gatehouse::proto
