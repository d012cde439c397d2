#include "proto/introspect.hpp"

#include <charconv>
#include <utility>

#include "base/text.hpp"
#include "proto/introspect_plain.hpp"

namespace gatehouse::proto {
namespace {

void write_item(JsonWriter& out, const IntrospectQuestion::Item& item) {
    out.text("token", item.token);
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

void write_subject(JsonWriter& out, std::int64_t id) {
    char digits[24];
    const auto end = std::to_chars(std::begin(digits), std::end(digits), id).ptr;
    out.text("sub", {digits, end});
}

ActiveView view_of(const Active& active) { return {active.user, active.sid, active.iat, active.exp}; }

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
    IntrospectQuestion question;
    question.shape = request.shape;
    question.touch = request.touch;
    for (const IntrospectItem& item : request.items) {
        question.items.push_back({item.token.view(), item.ref, item.request_id, item.traceparent});
    }
    return write_question(question);
}

std::string write_question(const IntrospectQuestion& question) {
    JsonWriter out(64 + 256 * question.items.size());
    out.begin_object();
    if (question.shape == Shape::batch) {
        out.begin_array("items");
        for (const IntrospectQuestion::Item& item : question.items) {
            out.begin_object();
            write_item(out, item);
            out.end_object();
        }
        out.end_array();
    } else {
        write_item(out, question.items.front());
    }
    if (question.touch == Touch::no) out.flag("touch", false);
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

Result<IntrospectQuestion> introspect_question_from_json(std::string_view body) {
    if (auto plain = read_plain_question(body)) return *std::move(plain);
    auto request = introspect_request_from_json(body);
    if (!request) return std::unexpected(std::move(request).error());
    IntrospectQuestion question;
    question.shape = request->shape;
    question.touch = request->touch;
    question.decoded = *std::move(request);
    question.items.reserve(question.decoded.items.size());
    for (const IntrospectItem& item : question.decoded.items) {
        question.items.push_back({item.token.view(), item.ref, item.request_id, item.traceparent});
    }
    return question;
}

IntrospectAnswerWriter::IntrospectAnswerWriter(Shape shape, std::size_t results)
    : shape_(shape), out_(32 + 240 * results) {
    if (shape_ == Shape::single) return;
    out_.begin_object();
    out_.begin_array("items");
}

void IntrospectAnswerWriter::add(std::string_view ref, const ActiveView& active) {
    out_.begin_object();
    out_.flag("active", true);
    write_subject(out_, active.user.user_id);
    out_.number("iat", active.iat);
    out_.number("exp", active.exp);
    out_.text("sid", active.sid);
    out_.text("email", active.user.email);
    out_.text("full_name", active.user.full_name);
    out_.text("role", active.user.role);
    out_.text("ref", ref);
    out_.end_object();
}

void IntrospectAnswerWriter::add(std::string_view ref, Inactive /*inactive*/) {
    out_.begin_object();
    out_.flag("active", false);
    out_.text("ref", ref);
    out_.end_object();
}

void IntrospectAnswerWriter::add(std::string_view ref, ErrorCode code) {
    out_.begin_object();
    out_.text("error_code", info(code).name);
    out_.text("ref", ref);
    out_.end_object();
}

std::string IntrospectAnswerWriter::take() && {
    if (shape_ == Shape::batch) {
        out_.end_array();
        out_.end_object();
    }
    return std::move(out_).take();
}

std::string to_json(const IntrospectAnswer& answer) {
    IntrospectAnswerWriter out(answer.shape, answer.items.size());
    for (const IntrospectResult& result : answer.items) {
        if (const auto* active = std::get_if<Active>(&result.state)) {
            out.add(result.ref, view_of(*active));
        } else if (const auto* code = std::get_if<ErrorCode>(&result.state)) {
            out.add(result.ref, *code);
        } else {
            out.add(result.ref, Inactive{});
        }
    }
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

Result<IntrospectAnswerView> introspect_answer_view_from_json(std::string_view body) {
    if (auto plain = read_plain_answer(body)) return *std::move(plain);
    auto answer = introspect_answer_from_json(body);
    if (!answer) return std::unexpected(std::move(answer).error());
    IntrospectAnswerView view;
    view.shape = answer->shape;
    view.decoded = std::make_unique<const IntrospectAnswer>(*std::move(answer));
    view.items.reserve(view.decoded->items.size());
    for (const IntrospectResult& result : view.decoded->items) {
        auto& item = view.items.emplace_back(IntrospectAnswerView::Item{result.ref, Inactive{}});
        if (const auto* active = std::get_if<Active>(&result.state)) {
            item.state = view_of(*active);
        } else if (const auto* code = std::get_if<ErrorCode>(&result.state)) {
            item.state = *code;
        }
    }
    return view;
}

}  // namespace gatehouse::proto
