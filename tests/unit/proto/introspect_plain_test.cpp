// The quick readers of a check's two messages take nothing that the general reader would refuse, and read alike.
#include "proto/introspect_plain.hpp"

#include <initializer_list>

#include "golden.hpp"

using namespace gatehouse;
using namespace gatehouse::proto;
using namespace gatehouse::test;
using namespace std::string_view_literals;

namespace {

// A blank in front, and the quick reader leaves the text to the general one.
std::string blank(std::string_view text) { return " " + std::string(text); }

// All that a question says, whichever reader made it.
std::string shown(const IntrospectQuestion& question) {
    std::string all = question.shape == Shape::batch ? "batch" : "single";
    all += question.touch == Touch::yes ? " touch" : "";
    for (const auto& item : question.items) {
        for (const std::string_view text : {item.token, item.ref, item.request_id, item.traceparent}) {
            all += '|';
            all += text;
        }
    }
    return all;
}

// Whether the quick reader took `text`. If it did, the general one reads the same.
bool question_agrees(std::string_view text) {
    REQUIRE(!read_plain_question(blank(text)));
    const auto plain = read_plain_question(text);
    if (!plain) return false;
    const auto general = introspect_question_from_json(blank(text));
    INFO(text);
    REQUIRE(general.has_value());
    CHECK(shown(*plain) == shown(*general));
    return true;
}

// As our writer writes it again.
std::string shown(const IntrospectAnswerView& answer) {
    IntrospectAnswerWriter out(answer.shape, answer.items.size());
    for (const auto& item : answer.items) {
        std::visit([&](const auto& state) { out.add(item.ref, state); }, item.state);
    }
    return std::move(out).take();
}

bool answer_agrees(std::string_view text) {
    REQUIRE(!read_plain_answer(blank(text)));
    const auto plain = read_plain_answer(text);
    if (!plain) return false;
    const auto general = introspect_answer_from_json(blank(text));
    INFO(text);
    REQUIRE(general.has_value());
    CHECK(plain->shape == general->shape);
    CHECK(shown(*plain) == to_json(*general));
    return true;
}

std::string golden_line(const char* name) {
    std::string text = golden(name);
    while (!text.empty() && text.back() == '\n') text.pop_back();
    return text;
}

// `text` cut at every byte, with a byte of every kind in place of each, and with one byte more or less everywhere.
template <class Agrees>
std::size_t mutations_taken(const std::string& text, Agrees agrees) {
    constexpr auto bytes = "\0\x01\x1f \"\\/,:[]{}-+.0189aeEntu\x7f\x80\xbf\xc3\xe2\xff"sv;
    std::size_t taken = 0;
    for (std::size_t at = 0; at <= text.size(); ++at) {
        taken += agrees(text.substr(0, at));
        taken += at < text.size() && agrees(text.substr(0, at) + text.substr(at + 1));
        for (const char byte : bytes) {
            std::string other = text;
            taken += agrees(other.insert(at, 1, byte));
            if (at == text.size()) continue;
            other = text;
            other[at] = byte;
            taken += agrees(other);
        }
    }
    return taken;
}

IntrospectAnswer answer_with(std::string name) {
    IntrospectAnswer answer;
    answer.shape = Shape::batch;
    answer.items.push_back({"0123456789abcdef", Active{{7, std::move(name), "a@b.c", "student"}, "s", 1, 2}});
    return answer;
}

}  // namespace

TEST_CASE("what our own writer writes is read without a document") {
    for (const char* name : {"introspect_request", "introspect_batch_request"}) {
        CHECK(question_agrees(golden_line(name)));
        CHECK(question_agrees(to_json(introspect_request_from_json(golden(name)).value())));
    }
    for (const char* name : {"introspect_answer", "introspect_inactive"}) {
        CHECK(answer_agrees(golden_line(name)));
        CHECK(answer_agrees(to_json(introspect_answer_from_json(golden(name)).value())));
    }
    CHECK(answer_agrees(to_json(answer_with("Trần Thị Ánh 😀"))));
}

// A blank behind each ',' and ':' that is not within a string.
std::string spaced(const std::string& text) {
    std::string all;
    bool quoted = false;
    for (const char c : text) {
        quoted ^= c == '"';
        all += c;
        if (!quoted && (c == ',' || c == ':')) all += ' ';
    }
    return all;
}

TEST_CASE("what Python's json.dumps writes is read without a document too") {
    CHECK(question_agrees(R"({"items": [{"token": "t"}, {"token": "u", "ref": "r"}], "touch": false})"));
    CHECK(question_agrees(R"({"token": "t", "request_id": "i", "traceparent": "p"})"));
    for (const char* name : {"introspect_request", "introspect_batch_request"}) {
        CHECK(question_agrees(spaced(golden_line(name))));
        CHECK(mutations_taken(spaced(golden_line(name)), question_agrees) > 100);
    }
    for (const char* name : {"introspect_answer", "introspect_inactive"}) {
        CHECK(answer_agrees(spaced(golden_line(name))));
        CHECK(mutations_taken(spaced(golden_line(name)), answer_agrees) > 100);
    }
    for (const char* text : {R"({ "token":"t"})", R"({"token" :"t"})", R"({"token":  "t"})", R"({"token":"t" })",
                             R"({"token":"t"} )", "{\"token\":\t\"t\"}", "{\"token\":\n\"t\"}"}) {
        CHECK_FALSE(question_agrees(text));
        CHECK(introspect_question_from_json(text).has_value());
    }
}

TEST_CASE("an escape, an error and a member of a later version are left to the general reader") {
    CHECK(!answer_agrees(golden_line("introspect_batch_answer")));
    CHECK(!answer_agrees(to_json(answer_with("a\\b"))));
    CHECK(!answer_agrees(R"({"active":false,"ref":"","later":1})"));
    CHECK(!question_agrees(R"({"token":"t","later":1})"));
    CHECK(!question_agrees(R"({"token":"t","touch":true})"));
    CHECK(!question_agrees(R"({"ref":"r","token":"t"})"));
    CHECK(introspect_question_from_json(R"({"ref":"r","token":"t","touch":true})").has_value());
}

TEST_CASE("a changed message is read as the general reader reads it, or left to it") {
    for (const char* name : {"introspect_request", "introspect_batch_request"}) {
        CHECK(mutations_taken(golden_line(name), question_agrees) > 100);
    }
    for (const char* name : {"introspect_answer", "introspect_inactive"}) {
        CHECK(mutations_taken(golden_line(name), answer_agrees) > 100);
    }
    CHECK(mutations_taken(to_json(answer_with("Núñez")), answer_agrees) > 100);
}

TEST_CASE("names are valid UTF-8 or no answer at all") {
    const std::string text = to_json(answer_with("????abcdefgh"));
    const auto with = [&](std::initializer_list<int> bytes) {
        std::string changed = text;
        auto at = changed.find("????");
        for (const int byte : bytes) changed[at++] = static_cast<char>(byte);
        return changed;
    };
    for (int lead = 0x80; lead <= 0xff; ++lead) {
        for (const int second : {0x22, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0}) {
            for (const int third : {0x7f, 0x80, 0xbf, 0xc0}) {
                for (const int fourth : {0x7f, 0x80, 0xbf, 0xc0}) {
                    const std::string changed = with({lead, second, third, fourth});
                    const bool valid = introspect_answer_from_json(blank(changed)).has_value();
                    CHECK(answer_agrees(changed) == valid);
                }
            }
        }
    }
    for (const int byte : {0xc3, 0xe2, 0xf0})
        CHECK(!answer_agrees(R"({"active":false,"ref":")" + std::string(1, static_cast<char>(byte))));
}

TEST_CASE("numbers at the ends of their range are read alike") {
    for (const char* number : {"0", "-0", "00", "01", "-1", "999999999999999999", "1000000000000000000",
                               "9223372036854775807", "9223372036854775808", "1.0", "1e3", ""}) {
        const std::string text = R"({"active":true,"sub":"7","iat":)" + std::string(number) +
                                 R"(,"exp":1,"sid":"","email":"","full_name":"","role":"","ref":""})";
        const bool taken = answer_agrees(text);
        CHECK(taken == (number == std::string("0") || number == std::string("999999999999999999")));
    }
    for (const char* sub : {"-7", "007", "9223372036854775807", "9223372036854775808", "1x", ""}) {
        answer_agrees(R"({"active":true,"sub":")" + std::string(sub) +
                      R"(","iat":1,"exp":1,"sid":"","email":"","full_name":"","role":"","ref":""})");
    }
}

TEST_CASE("a batch is as long as the general reader allows, and never empty") {
    const auto batch = [](std::size_t size, const std::string& item) {
        std::string items = item;
        for (std::size_t i = 1; i < size; ++i) items += "," + item;
        return R"({"items":[)" + items + "]}";
    };
    CHECK(question_agrees(batch(kIntrospectBatch, R"({"token":"t"})")));
    CHECK(!question_agrees(batch(kIntrospectBatch + 1, R"({"token":"t"})")));
    CHECK(!question_agrees(R"({"items":[]})"));
    CHECK(answer_agrees(batch(kIntrospectBatch, R"({"active":false,"ref":"r"})")));
    CHECK(!answer_agrees(batch(kIntrospectBatch + 1, R"({"active":false,"ref":"r"})")));
}

TEST_CASE("a question that had to be decoded keeps what it shows") {
    const std::string body =
        R"({"items":[{"token":"t\u0041\n","ref":"r","request_id":"i","traceparent":"p"}],"touch":false})";
    auto question = introspect_question_from_json(body);
    REQUIRE(question.has_value());
    const IntrospectQuestion moved = std::move(*question);
    CHECK(shown(moved) == "batch|tA\n|r|i|p");
    CHECK(introspect_question_from_json(R"({"ref":"r"})").error().detail == "token is missing");
}

TEST_CASE("an answer that had to be decoded keeps what it shows") {
    for (const char* name : {"introspect_answer", "introspect_inactive", "introspect_batch_answer"}) {
        auto answer = introspect_answer_view_from_json(blank(golden(name)));
        REQUIRE(answer.has_value());
        const IntrospectAnswerView moved = std::move(*answer);
        CHECK(shown(moved) == golden_line(name));
    }
    CHECK(introspect_answer_view_from_json("{}").error().detail == introspect_answer_from_json("{}").error().detail);
}
