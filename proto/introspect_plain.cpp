#include "proto/introspect_plain.hpp"

#include <algorithm>
#include <utility>

#include "base/text.hpp"
#include "proto/plain_json.hpp"

namespace gatehouse::proto {
namespace {

// A guess, so that the vectors seldom grow: the shortest item and result that services of ours write.
constexpr std::size_t kItemBytes = 90;
constexpr std::size_t kResultBytes = 150;

std::size_t guess(std::string_view body, std::size_t each) {
    return std::min(body.size() / each + 1, kIntrospectBatch);
}

// A member of this name may stand here; false: it does, and cannot be read.
template <std::size_t size>
bool optional_text(PlainJson& in, const char (&name)[size], std::string_view& into) {
    return !in.skip_to(name) || in.text(into);
}

bool read_plain_item(PlainJson& in, IntrospectQuestion::Item& item) {
    return in.skip(R"("token":)") && in.text(item.token) && optional_text(in, R"("ref":)", item.ref) &&
           optional_text(in, R"("request_id":)", item.request_id) &&
           optional_text(in, R"("traceparent":)", item.traceparent);
}

bool read_plain_items(PlainJson& in, std::vector<IntrospectQuestion::Item>& items) {
    do {
        if (items.size() == kIntrospectBatch || !in.skip("{") || !read_plain_item(in, items.emplace_back()) ||
            !in.skip("}")) {
            return false;
        }
    } while (in.skip(","));
    return in.skip("]");
}

bool read_active(PlainJson& in, ActiveView& active) {
    std::string_view sub;
    const bool whole = in.skip(R"("sub":)") && in.text(sub) &&                             //
                       in.skip_to(R"("iat":)") && in.number(active.iat) &&                 //
                       in.skip_to(R"("exp":)") && in.number(active.exp) &&                 //
                       in.skip_to(R"("sid":)") && in.text(active.sid) &&                   //
                       in.skip_to(R"("email":)") && in.text(active.user.email) &&          //
                       in.skip_to(R"("full_name":)") && in.text(active.user.full_name) &&  //
                       in.skip_to(R"("role":)") && in.text(active.user.role);
    const auto id = parse_number<std::int64_t>(sub);
    active.user.user_id = id.value_or(0);
    return whole && id;
}

bool read_plain_result(PlainJson& in, std::vector<IntrospectAnswerView::Item>& results) {
    IntrospectAnswerView::Item& result = results.emplace_back();
    if (!in.skip(R"({"active":)")) return false;
    if (in.skip("true")) {
        if (!in.skip(",") || !read_active(in, result.state.emplace<ActiveView>())) return false;
    } else if (!in.skip("false")) {
        return false;
    }
    return in.skip_to(R"("ref":)") && in.text(result.ref) && in.skip("}");
}

bool read_plain_results(PlainJson& in, std::vector<IntrospectAnswerView::Item>& results) {
    do {
        if (results.size() == kIntrospectBatch || !read_plain_result(in, results)) return false;
    } while (in.skip(","));
    return in.skip("]}");
}

}  // namespace

std::optional<IntrospectQuestion> read_plain_question(std::string_view body) {
    PlainJson in(body);
    IntrospectQuestion question;
    if (in.skip(R"({"items":)")) {
        if (!in.skip("[")) return std::nullopt;
        question.shape = Shape::batch;
        question.items.reserve(guess(body, kItemBytes));
        if (!read_plain_items(in, question.items)) return std::nullopt;
    } else if (!in.skip("{") || !read_plain_item(in, question.items.emplace_back())) {
        return std::nullopt;
    }
    if (in.skip_to(R"("touch":)")) {
        if (!in.skip("false")) return std::nullopt;
        question.touch = Touch::no;
    }
    if (!in.skip("}") || !in.at_end()) return std::nullopt;
    return question;
}

std::optional<IntrospectAnswerView> read_plain_answer(std::string_view body) {
    PlainJson in(body);
    IntrospectAnswerView answer;
    bool whole = false;
    if (in.skip(R"({"items":)")) {
        answer.shape = Shape::batch;
        answer.items.reserve(guess(body, kResultBytes));
        whole = in.skip("[") && read_plain_results(in, answer.items);
    } else {
        whole = read_plain_result(in, answer.items);
    }
    if (!whole || !in.at_end()) return std::nullopt;
    return answer;
}

}  // namespace gatehouse::proto
