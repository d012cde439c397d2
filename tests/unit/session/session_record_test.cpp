#include "session/sessions/session_record.hpp"

#include <cstdint>
#include <string>

#include "support/catch.hpp"

using namespace gatehouse;
using namespace gatehouse::session;
using namespace std::string_literals;

namespace {

const std::string kHead = "1 7 1000 2000 9000 5000 ";

Result<Session> read(std::string_view record) {
    Result<Session> session;
    if (auto done = read_record(record, *session); !done) return std::unexpected(std::move(done).error());
    return session;
}

std::string detail_of(const std::string& record) {
    auto session = read(record);
    REQUIRE_FALSE(session);
    CHECK(session.error().code == Errc::protocol);
    return session.error().detail;
}

}  // namespace

TEST_CASE("a record is read back as it was written") {
    const UserFacts facts{UserId{42}, "jo@example.org", "J\0: 9:\n"s, "member", Epoch{7}};
    const auto session = read(kHead + facts_members(facts) + client_member("browser"));
    REQUIRE(session);
    CHECK(session->user == facts);
    CHECK(session->client == "browser");
    CHECK(session->created_at.time_since_epoch().count() == 1000);
    CHECK(session->touched_at.time_since_epoch().count() == 3000);
    CHECK(session->absolute_end.time_since_epoch().count() == 10000);
    CHECK(session->expires_in.count() == 5000);
    CHECK(read("1 7 1000 7000 9000 5000 i1:4")->expires_in.count() == 2000);
}

TEST_CASE("unknown members of a record are skipped") {
    const auto session = read(kHead + "q3:abci2:42?0:");
    REQUIRE(session);
    CHECK(session->user.id == UserId{42});
}

TEST_CASE("a record that is not whole is refused, and not quoted") {
    const std::string whole = kHead + "i2:42e5:a@b.c";
    REQUIRE(read(whole));
    for (std::size_t length = 0; length < whole.size(); ++length) {
        const bool only_the_user = length == (kHead + "i2:42").size();
        CHECK(read(whole.substr(0, length)).has_value() == only_the_user);
    }
    for (const auto& record :
         {"2" + whole.substr(1), whole + "e-1:", whole + "e99999999999999999999:x", kHead + "i3:4x2",
          kHead + "e5:a@b.c", std::string("1 -7 1 2 3 4 i1:4"), std::string("1 7 1 2 -3 4 i1:4")}) {
        CAPTURE(record);
        CHECK(detail_of(record).find("a@b.c") == std::string::npos);
    }
}

TEST_CASE("epochs are numbers without leading zeros, so that scripts can compare them by length and text") {
    CHECK(epoch_text(Epoch{0}) == "0");
    CHECK(epoch_text(Epoch{10}) == "10");
    CHECK(epoch_text(Epoch{INT64_MAX}) == "9223372036854775807");
    for (const std::int64_t number : {std::int64_t{0}, std::int64_t{999999999999999999}, INT64_MAX})
        CHECK(read_epoch(epoch_text(Epoch{number})).value() == Epoch{number});
    CHECK(epoch_text(Epoch{-1}) == epoch_text(Epoch{0}));
    CHECK(read_epoch(epoch_text(Epoch{1763800000000})).value() == Epoch{1763800000000});
    CHECK(read_epoch("0000001763800000000").value() == Epoch{1763800000000});  // as the first builds wrote it
    for (const char* text : {"", "x", "7x", "7 ", "99999999999999999x", "9223372036854775808", "9999999999999999999",
                             "10000000000000000000", "-1"}) {
        CAPTURE(text);
        CHECK_FALSE(read_epoch(text));
    }
}
