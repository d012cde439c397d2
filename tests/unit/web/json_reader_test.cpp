#include "web/json_reader.hpp"

#include <cstdint>
#include <limits>

#include "support/catch.hpp"

namespace gatehouse::web {
namespace {

using namespace std::string_literals;

bool reads(const std::string& body) { return read_json_object(body).has_value(); }
std::string refusal(const std::string& body) {
    const auto read = read_json_object(body);
    REQUIRE_FALSE(read);
    CHECK(read.error().code == Errc::invalid_input);
    return read.error().detail;
}
template <class T>
T value_of(const std::string& json) {
    const auto read = read_json_object(R"({"v":)" + json + "}");
    REQUIRE(read);
    REQUIRE(read->size() == 1);
    REQUIRE(read->find("v"));
    return std::get<T>(*read->find("v"));
}
std::string nested(int depth) {  // in all, the outermost object included
    return R"({"a":)" + std::string(static_cast<std::size_t>(depth) - 1, '[') +
           std::string(static_cast<std::size_t>(depth) - 1, ']') + "}";
}
std::string members(int count) {
    std::string all;
    for (int i = 0; i < count; ++i) all += (i ? "," : "") + ("\"" + std::to_string(i) + "\":1");
    return "{" + all + "}";
}

}  // namespace

TEST_CASE("an object's members keep their types") {
    CHECK(value_of<std::string>(R"("a\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00")") ==
          "a\"\\/\b\f\n\r\t\xc3\xa9\xf0\x9f\x98\x80");
    CHECK(value_of<std::string>(R"("\u0000")") == "\0"s);
    CHECK(value_of<std::string>("\"\"").empty());
    CHECK(value_of<std::int64_t>("0") == 0);
    CHECK(value_of<double>("0.5") == 0.5);
    CHECK(value_of<double>("1e3") == 1000);
    CHECK(value_of<bool>("true"));
    CHECK_FALSE(value_of<bool>("false"));
    value_of<JsonNull>("null");
    value_of<JsonNested>("{}");
    value_of<JsonNested>(R"([1,{"v":2}])");
    const auto empty = read_json_object(" \t\r\n{ } \n");
    REQUIRE(empty);
    CHECK(empty->size() == 0);
    CHECK(empty->find("v") == nullptr);
}

TEST_CASE("what is nested is checked and dropped, and never taken for the top level") {
    const auto read = read_json_object(R"({"a":{"email":"x","b":[{"c":"d"},"e",1]},"f":"g","h":[],"i":1})");
    REQUIRE(read);
    CHECK(read->size() == 4);
    CHECK(std::holds_alternative<JsonNested>(*read->find("a")));
    CHECK(read->find("email") == nullptr);
    CHECK(read->find("c") == nullptr);
    CHECK(std::get<std::string>(*read->find("f")) == "g");
    CHECK(std::holds_alternative<JsonNested>(*read->find("h")));
    CHECK(std::get<std::int64_t>(*read->find("i")) == 1);
}

TEST_CASE("a member that appears twice is refused at any depth, however it is written") {
    CHECK(refusal(R"({"a":1,"a":1})") == "a member appears twice");
    CHECK(refusal(R"({"a":1,"\u0061":2})") == "a member appears twice");
    CHECK(refusal(R"({"\u00e9":1,"b":0,")" + "\xc3\xa9"s + R"(":2})") == "a member appears twice");
    CHECK(refusal(R"({"":1,"":2})") == "a member appears twice");
    CHECK(refusal(R"({"x":{"a":1,"a":2}})") == "a member appears twice");
    CHECK(refusal(R"({"x":[[{"y":{"a":1,"b":{},"a":2}}]]})") == "a member appears twice");
    CHECK(refusal(R"({"a":{"b":1},"a":2})") == "a member appears twice");
    const std::string longer(5000, 'k');
    CHECK(refusal("{\"" + longer + "\":1,\"" + longer + "\":2}") == "a member appears twice");
    CHECK(reads("{\"" + longer + "1\":1,\"" + longer + "2\":2}"));
    CHECK(reads(R"({"a":{"a":{"a":1}},"b":[{"a":1},{"a":2}],"A":1})"));
}

TEST_CASE("long keys and strings arrive whole") {
    const std::string key(9000, 'k');
    const std::string text = std::string(9000, 't') + R"(\n)" + std::string(9000, 'u');
    const auto read = read_json_object("{\"" + key + "\\u0041\":\"" + text + "\"}");
    REQUIRE(read);
    REQUIRE(read->find(key + "A"));
    CHECK(std::get<std::string>(*read->find(key + "A")) == std::string(9000, 't') + "\n" + std::string(9000, 'u'));
}

TEST_CASE("integers fit in 64 bits and doubles are finite, at any depth") {
    CHECK(value_of<std::int64_t>("9223372036854775807") == std::numeric_limits<std::int64_t>::max());
    CHECK(value_of<std::int64_t>("-9223372036854775808") == std::numeric_limits<std::int64_t>::min());
    CHECK(refusal(R"({"a":9223372036854775808})") == "a number is out of range");
    CHECK(refusal(R"({"a":18446744073709551615})") == "a number is out of range");
    CHECK(refusal(R"({"a":1e999})") == "a number is out of range");
    CHECK(refusal(R"({"a":-1e999})") == "a number is out of range");
    CHECK(refusal(R"({"a":[{"b":1e999}]})") == "a number is out of range");
    CHECK(value_of<double>("1e-999") == 0);
    for (const auto* number : {"01", "+1", "1.", ".1", "0x1", "NaN", "Infinity", "-", "1e", "--1"}) {
        INFO(number);
        CHECK_FALSE(reads(R"({"a":)"s + number + "}"));
    }
}

TEST_CASE("depth and members are bounded") {
    CHECK(reads(nested(8)));
    CHECK(refusal(nested(9)) == "nested too deeply");
    CHECK(refusal(nested(5000)) == "nested too deeply");
    CHECK(reads(members(32)));
    CHECK(refusal(members(33)) == "too many members");
    CHECK(refusal(R"({"a":)" + members(32) + "}") == "too many members");
}

TEST_CASE("a member stays where it was made, however many follow: a short string that moves leaves a copy behind") {
    JsonObject object;
    object.add("password", std::string("hunter2"));
    const auto* const made = object.find("password");
    for (std::size_t i = 1; i < JsonObject::kMost; ++i) object.add(std::to_string(i), std::int64_t{1});
    CHECK(object.find("password") == made);
    CHECK(object.size() == JsonObject::kMost);
}

TEST_CASE("only one object is JSON here, and nothing beside it") {
    for (const auto* body : {"", " ", "[]", "[{}]", "\"a\"", "1", "true", "null"}) {
        INFO(body);
        CHECK_FALSE(reads(body));
    }
    for (const auto* body :
         {"{}x", "{}{}", "{},", "{} {}", "{}\v", "{", "}", "{]", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{,}", "{a:1}",
          "{'a':1}", "{\"a\":1}//", "/**/{}", "{\"a\":undefined}", "\xef\xbb\xbf{}", "\xff{}"}) {
        INFO(body);
        CHECK_FALSE(reads(body));
    }
    CHECK_FALSE(reads("{}\0"s));
    CHECK_FALSE(reads("\0{}"s));
}

TEST_CASE("strings are valid UTF-8 without raw control characters or lone surrogates") {
    for (const auto* text :
         {R"(\ud800)", R"(\udc00)", R"(\ud800\u0041)", R"(\ud800x)", R"(\udc00\ud800)", R"(\u12)", R"(\x41)", R"(\)",
          "\xff", "\xc3", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82", "\n", "\x01", "\t"}) {
        INFO(text);
        CHECK_FALSE(reads("{\"a\":\""s + text + "\"}"));
        CHECK_FALSE(reads("{\""s + text + "\":1}"));
    }
}

TEST_CASE("a refusal repeats nothing of what was sent") {
    for (const auto* body : {R"({"hunter2":1,"hunter2":2})", R"({"a":"hunter2"} hunter2)", R"({"a":hunter2})"}) {
        CHECK(refusal(body).find("hunter2") == std::string::npos);
    }
}

}  // namespace gatehouse::web
