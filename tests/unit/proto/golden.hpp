// One golden JSON per message, shared by every service: reads it, writes it back, compares as JSON.
#pragma once

#include <string>
#include <string_view>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "base/result.hpp"
#include "support/catch.hpp"
#include "support/golden.hpp"

namespace gatehouse::test {

// The message in golden/`name`.json survives reading and writing; a member of a later version is accepted.
template <class Read>
auto round_trip(const std::string& name, Read read) {
    const std::string text = golden(name);
    const boost::json::value expected = boost::json::parse(text);

    auto message = read(std::string_view(text));
    REQUIRE(message.has_value());
    CHECK(boost::json::serialize(boost::json::parse(to_json(*message))) == boost::json::serialize(expected));

    boost::json::value later = expected;
    later.as_object()["of_a_later_version"] = boost::json::object{{"a", 1}};
    auto newer = read(std::string_view(boost::json::serialize(later)));
    REQUIRE(newer.has_value());
    CHECK(boost::json::serialize(boost::json::parse(to_json(*newer))) == boost::json::serialize(expected));
    return message;
}

// Every member of golden/`name`.json that `read` needs: without it, or with another type, the text is refused.
template <class Read>
void needs(const std::string& name, std::string_view member, Errc code, Read read) {
    INFO("member " << member);
    boost::json::value without = boost::json::parse(golden(name));
    without.as_object().erase(boost::json::string_view(member.data(), member.size()));
    auto refused = read(std::string_view(boost::json::serialize(without)));
    REQUIRE(!refused.has_value());
    CHECK(refused.error().code == code);

    boost::json::value wrong = boost::json::parse(golden(name));
    wrong.as_object()[boost::json::string_view(member.data(), member.size())] = boost::json::array{};
    refused = read(std::string_view(boost::json::serialize(wrong)));
    REQUIRE(!refused.has_value());
    CHECK(refused.error().code == code);
}

}  // namespace gatehouse::test
