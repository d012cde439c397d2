#include "proto/introspect.hpp"

#include "base/text.hpp"

namespace gatehouse::proto {
namespace {

void write_item(JsonWriter& out, const IntrospectItem& item) {
    out.text("token", item.token.view());
    if (!item.ref.empty()) out.text("ref", item.ref);
    if (!item.request_id.empty()) out.text("request_id", item.request_id);
    if (!item.traceparent.empty()) out.text("traceparent", item.traceparent);
}

IntrospectItem read_item(const JsonObjectView& object) {
    IntrospectItem item;
    item.token = object.secret("token");
    item.ref = object.text("ref", "");
    item.request_id = object.text("request_id", "");
    item.traceparent = object.text("traceparent", "");
    return item;
}

void write_state(JsonWriter& out, Inactive) { out.flag("active", false); }

void write_state(JsonWriter& out, const Active& active) {
    out.flag("active", true);
    out.text("sub", std::to_string(active.user.user_id));
    out.number("iat", active.iat);
    out.number("exp", active.exp);
    out.text("sid", active.sid);
    out.text("email", active.user.email);
    out.text("full_name", active.user.full_name);
    out.text("role", active.user.role);
}

void write_state(JsonWriter& out, ErrorCode code) { out.text("error_code", info(code).name); }

void write_result(JsonWriter& out, const IntrospectResult& result) {
    out.begin_object();
    std::visit([&](const auto& state) { write_state(out, state); }, result.state);
    out.text("ref", result.ref);
    out.end_object();
}

std::int64_t read_subject(JsonReader& reader, const JsonObjectView& object) {
    const auto id = parse_number<std::int64_t>(object.text("sub"));
    if (!id) reader.wrong("sub", "is not a decimal number");
    return id.value_or(0);
}

IntrospectResult read_result(JsonReader& reader, const JsonObjectView& object) {
    IntrospectResult result;
    result.ref = object.text("ref", "");
    if (object.has("error_code")) {
        result.state = parse_error_code(object.text("error_code")).value_or(ErrorCode::service_unavailable);
    } else if (object.flag("active")) {
        Active active;
        active.user = {read_subject(reader, object), object.text("full_name"), object.text("email"),
                       object.text("role")};
        active.sid = object.text("sid", "");
        active.iat = object.number("iat");
        active.exp = object.number("exp");
        result.state = std::move(active);
    }
    return result;
}

}  // namespace

std::string to_json(const IntrospectRequest& request) {
    JsonWriter out(64 + 256 * request.items.size());
    out.begin_object();
    if (request.shape == Shape::batch) {
        out.begin_array("items");
        for (const IntrospectItem& item : request.items) {
            out.begin_object();
            write_item(out, item);
            out.end_object();
        }
        out.end_array();
    } else {
        write_item(out, request.items.front());
    }
    if (request.touch == Touch::no) out.flag("touch", false);
    out.end_object();
    return std::move(out).take();
}

Result<IntrospectRequest> introspect_request_from_json(std::string_view body) {
    JsonReader reader(body, Errc::invalid_input);
    const JsonObjectView object = reader.root();
    IntrospectRequest request;
    request.touch = object.flag("touch", true) ? Touch::yes : Touch::no;
    if (object.has("items")) {
        request.shape = Shape::batch;
        for (const JsonObjectView& item : object.objects("items", kIntrospectBatch)) {
            request.items.push_back(read_item(item));
        }
        if (request.items.empty()) reader.wrong("items", "is empty");
    } else {
        request.items.push_back(read_item(object));
    }
    return reader.finish(std::move(request));
}

std::string to_json(const IntrospectAnswer& answer) {
    JsonWriter out(32 + 320 * answer.items.size());
    if (answer.shape == Shape::single) {
        write_result(out, answer.items.front());
        return std::move(out).take();
    }
    out.begin_object();
    out.begin_array("items");
    for (const IntrospectResult& result : answer.items) write_result(out, result);
    out.end_array();
    out.end_object();
    return std::move(out).take();
}

Result<IntrospectAnswer> introspect_answer_from_json(std::string_view body) {
    JsonReader reader(body, Errc::protocol);
    const JsonObjectView object = reader.root();
    IntrospectAnswer answer;
    if (object.has("items")) {
        answer.shape = Shape::batch;
        for (const JsonObjectView& item : object.objects("items", kIntrospectBatch)) {
            answer.items.push_back(read_result(reader, item));
        }
    } else {
        answer.items.push_back(read_result(reader, object));
    }
    return reader.finish(std::move(answer));
}

}  // namespace gatehouse::proto
