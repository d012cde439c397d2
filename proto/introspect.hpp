// POST /v1/sessions/introspect: "whose session is this?", in RFC 7662's words, one token or a batch.
//
//     {"token":"…","ref":"…","request_id":"…","traceparent":"…","touch":false}  ->  one result
//     {"items":[{"token":…,…},…],"touch":false}                                 ->  {"items":[result,…]}, same order
//
// A result is {"active":true,…}, {"active":false} or, in a batch only, {"error_code":"SESSIONS_UNAVAILABLE"}: a single
// one fails as every other request does. Each carries `ref`, by which an answer is matched to what was asked.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.hpp"
#include "base/secret.hpp"
#include "proto/error_code.hpp"
#include "proto/user.hpp"

namespace gatehouse::proto {

inline constexpr std::size_t kIntrospectBatch = 100;
// A gateway gathers so many checks into one batch: a service that took fewer would fail its busiest callers.
inline constexpr std::size_t kIntrospectGathered = 64;

struct IntrospectItem {
    Secret token;             // a token, or a cookie's value: what follows the dot is ignored
    std::string ref;          // first 8 bytes of the token's hash, 16 hex digits; may be empty
    std::string request_id;   // of the request that asks; may be empty
    std::string traceparent;  // W3C Trace Context; may be empty
};

enum class Shape : std::uint8_t { single, batch };
enum class Touch : std::uint8_t { no, yes };

struct IntrospectRequest {
    Shape shape = Shape::single;
    Touch touch = Touch::yes;           // no: a poller, whose question does not keep the session alive
    std::vector<IntrospectItem> items;  // exactly 1 if single; 1 to 100 in a batch
};

// A request whose texts lie elsewhere, for who must not copy them: in what asks, or in the body that was read, which
// must stay as it is meanwhile, or in `decoded`.
struct IntrospectQuestion {
    struct Item {  // as IntrospectItem
        std::string_view token;
        std::string_view ref;
        std::string_view request_id;
        std::string_view traceparent;
    };
    Shape shape = Shape::single;
    Touch touch = Touch::yes;
    std::vector<Item> items;
    IntrospectRequest decoded{};  // of any other body than read_plain_question() takes
};

// A live session.
struct Active {
    User user;
    std::string sid;       // 16 hex digits: the session's public name
    std::int64_t iat = 0;  // when it was created, Unix seconds
    std::int64_t exp = 0;  // when it ends if nothing touches it
    friend bool operator==(const Active&, const Active&) = default;
};
// Unknown, ended, revoked or no token at all: no difference is shown.
struct Inactive {
    friend bool operator==(const Inactive&, const Inactive&) = default;
};

struct IntrospectResult {
    std::string ref;
    std::variant<Inactive, Active, ErrorCode> state;  // ErrorCode: the answer is not known; not a logout
};

struct IntrospectAnswer {
    Shape shape = Shape::single;
    std::vector<IntrospectResult> items;
};

// As Active; its texts lie elsewhere.
struct ActiveView {
    UserView user;
    std::string_view sid;
    std::int64_t iat = 0;
    std::int64_t exp = 0;
};

// An answer whose texts lie elsewhere: in the body that was read, which must stay as it is meanwhile, or in `decoded`.
struct IntrospectAnswerView {
    struct Item {  // as IntrospectResult
        std::string_view ref;
        std::variant<Inactive, ActiveView, ErrorCode> state;
    };
    Shape shape = Shape::single;
    std::vector<Item> items;
    std::unique_ptr<const IntrospectAnswer> decoded{};  // of any other body than read_plain_answer() takes
};

// An answer as its writer has it: the same as IntrospectAnswer, without a copy of what the store has given.
class IntrospectAnswerWriter {
public:
    // `results`: how many will be added; exactly 1 if single.
    IntrospectAnswerWriter(Shape shape, std::size_t results);
    void add(std::string_view ref, const ActiveView& active);
    void add(std::string_view ref, Inactive inactive);
    void add(std::string_view ref, ErrorCode code);
    [[nodiscard]] std::string take() &&;

private:
    const Shape shape_;
    JsonWriter out_;
};

[[nodiscard]] std::string to_json(const IntrospectRequest& request);
// The same of one whose texts lie elsewhere.
[[nodiscard]] std::string write_question(const IntrospectQuestion& question);
// invalid_input: names the member.
[[nodiscard]] Result<IntrospectRequest> introspect_request_from_json(std::string_view body);
// The same, borrowed from `body` where it can be (introspect_plain.hpp).
[[nodiscard]] Result<IntrospectQuestion> introspect_question_from_json(std::string_view body);

[[nodiscard]] std::string to_json(const IntrospectAnswer& answer);
// protocol: it is not one. An error_code that is not known reads as service_unavailable.
[[nodiscard]] Result<IntrospectAnswer> introspect_answer_from_json(std::string_view body);
// The same, borrowed from `body` where it can be (introspect_plain.hpp).
[[nodiscard]] Result<IntrospectAnswerView> introspect_answer_view_from_json(std::string_view body);

}  // namespace gatehouse::proto
