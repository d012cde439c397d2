// The quick readers of a check's two messages against the general ones: what they take, those take too and read alike.
#include <algorithm>
#include <string>

#include "fuzz/expect.hpp"
#include "proto/introspect.hpp"
#include "proto/introspect_plain.hpp"

namespace {

using gatehouse::fuzz::expect;
using namespace gatehouse::proto;

bool same(const IntrospectQuestion& a, const IntrospectQuestion& b) {
    const auto same_item = [](const IntrospectQuestion::Item& x, const IntrospectQuestion::Item& y) {
        return x.token == y.token && x.ref == y.ref && x.request_id == y.request_id && x.traceparent == y.traceparent;
    };
    return a.shape == b.shape && a.touch == b.touch && std::ranges::equal(a.items, b.items, same_item);
}

std::string as_written(const IntrospectAnswerView& answer) {
    IntrospectAnswerWriter out(answer.shape, answer.items.size());
    for (const auto& item : answer.items) {
        std::visit([&](const auto& state) { out.add(item.ref, state); }, item.state);
    }
    return std::move(out).take();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string body(gatehouse::fuzz::text(data, size));
    const std::string for_the_general = " " + body;  // a blank, and the quick readers decline
    if (const auto plain = read_plain_question(body)) {
        const auto general = introspect_question_from_json(for_the_general);
        expect(general.has_value(), "a question that is taken is one");
        expect(same(*plain, *general), "and says the same");
    }
    if (const auto plain = read_plain_answer(body)) {
        const auto general = introspect_answer_from_json(for_the_general);
        expect(general.has_value(), "an answer that is taken is one");
        expect(plain->shape == general->shape && as_written(*plain) == to_json(*general), "and says the same");
    }
    return 0;
}
