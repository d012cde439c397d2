#include "proto/json.hpp"

#include <limits>

#include "base/json_text.hpp"
#include "support/catch.hpp"

using namespace gatehouse;
using namespace gatehouse::proto;

TEST_CASE("what the writer writes, the reader reads") {
    JsonWriter out(1);  // grows at every step
    out.begin_object();
    out.text("text", "a\"b\xff");
    out.number("least", std::numeric_limits<std::int64_t>::min());
    out.number("most", std::numeric_limits<std::int64_t>::max());
    out.flag("yes", true);
    out.begin_array("list");
    out.element("one");
    out.element("two");
    out.end_array();
    out.begin_object("inner");
    out.end_object();
    out.end_object();
    const std::string text = std::move(out).take();

    JsonReader reader(text, Errc::protocol);
    const JsonObjectView object = reader.root();
    CHECK(object.text("text") == "a\"b\xEF\xBF\xBD");
    CHECK(object.number("least") == std::numeric_limits<std::int64_t>::min());
    CHECK(object.number("most") == std::numeric_limits<std::int64_t>::max());
    CHECK(object.flag("yes"));
    CHECK(object.texts("list", 2) == std::vector<std::string>{"one", "two"});
    CHECK(object.object("inner").number("absent", 7) == 7);
    CHECK(reader.finish(0).has_value());
}

TEST_CASE("null reads as absent") {
    JsonReader reader(R"({"nothing":null})", Errc::protocol);
    const JsonObjectView object = reader.root();
    CHECK(!object.has("nothing"));
    CHECK(object.text("nothing", "fallback") == "fallback");
}

TEST_CASE("a JSON string is never longer than its bound") {
    std::string every;
    for (int byte = 0; byte < 256; ++byte) every += static_cast<char>(byte);
    for (const std::string& text : {std::string(), std::string("plain"), every, std::string(100, '\x01'),
                                    std::string(100, '\xff'), std::string("\xF0\x9F\x98\x80")}) {
        std::string written;
        append_json_string(written, text);
        CHECK(written.size() <= json_string_bound(text));
    }
}

TEST_CASE("the first mistake is reported, with the member and without what was sent") {
    JsonReader reader(R"({"a":"secret-value","b":1})", Errc::invalid_input);
    const JsonObjectView object = reader.root();
    CHECK(object.number("a") == 0);
    CHECK(object.text("b").empty());
    const auto result = reader.finish(0);
    REQUIRE(!result.has_value());
    CHECK(result.error().code == Errc::invalid_input);
    CHECK(result.error().detail == "a is not a 64-bit integer");
}

TEST_CASE("what is not exactly one JSON object is refused, and its members read as empty") {
    for (std::string_view text : {"", " ", "[]", "1", "null", "{", "{}x", "{\"a\":}", "\xff", "{\"a\":1}{}"}) {
        INFO(text);
        JsonReader reader(text, Errc::protocol);
        CHECK(reader.root().text("a").empty());
        CHECK(reader.root().objects("a", 9).empty());
        CHECK(reader.root().object("a").object("b").texts("c", 1).empty());
        const auto result = reader.finish(0);
        REQUIRE(!result.has_value());
        CHECK(result.error().code == Errc::protocol);
    }
}

TEST_CASE("numbers beyond 64 bits, fractions and deep nesting are refused") {
    for (std::string_view text : {R"({"a":9223372036854775808})", R"({"a":1.5})", R"({"a":1e3})", R"({"a":"1"})"}) {
        JsonReader reader(text, Errc::invalid_input);
        CHECK(reader.root().number("a") == 0);
        CHECK(!reader.finish(0).has_value());
    }
    const std::string deep = R"({"a":)" + std::string(9, '[') + std::string(9, ']') + "}";
    JsonReader reader(deep, Errc::invalid_input);
    CHECK(!reader.finish(0).has_value());
}

TEST_CASE("an array with too many or wrong elements is refused") {
    for (std::string_view text : {R"({"a":["1","2","3"]})", R"({"a":["1",2]})", R"({"a":{}})"}) {
        JsonReader reader(text, Errc::invalid_input);
        static_cast<void>(reader.root().texts("a", 2));
        CHECK(!reader.finish(0).has_value());
    }
    JsonReader reader(R"({"a":[{},1]})", Errc::invalid_input);
    static_cast<void>(reader.root().objects("a", 2));
    CHECK(!reader.finish(0).has_value());
}
