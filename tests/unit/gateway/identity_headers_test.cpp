#include "gateway/guard/identity_headers.hpp"

#include <algorithm>
#include <map>

#include "support/catch.hpp"
#include "web/response_writer.hpp"

namespace gatehouse::gateway {
namespace {

using Shown = std::map<std::string, std::string>;

Shown shown(const proto::User& user, IdentityHeaders which = IdentityHeaders::remote) {
    web::Response response;
    add_identity(response, user, which);
    Shown all;
    for (const auto& [name, value] : response.headers) CHECK(all.emplace(name, value).second);
    return all;
}

// As it goes over the wire: a header whose value could not be written would be missing, and the client's own pass.
std::string written(const proto::User& user) {
    web::Response response;
    add_identity(response, user, IdentityHeaders::both);
    std::string out;
    write_response(out, response, {"", "", "", "id", web::Keep::alive, web::SendBody::yes});
    return out;
}

}  // namespace

TEST_CASE("who it is, in the headers that are configured") {
    const proto::User user{7, "Jane Doe", "jane@example.org", "librarian"};
    const Shown remote{{"Remote-User", "7"},
                       {"Remote-Groups", "librarian"},
                       {"Remote-Email", "jane@example.org"},
                       {"Remote-Name", "Jane Doe"}};
    const Shown auth_request{{"X-Auth-Request-User", "7"},
                             {"X-Auth-Request-Groups", "librarian"},
                             {"X-Auth-Request-Email", "jane@example.org"},
                             {"X-Auth-Request-Preferred-Username", "Jane Doe"}};
    CHECK(shown(user) == remote);
    CHECK(shown(user, IdentityHeaders::x_auth_request) == auth_request);
    auto both = remote;
    both.insert(auth_request.begin(), auth_request.end());
    CHECK(shown(user, IdentityHeaders::both) == both);
}

TEST_CASE("what there is nothing to say about is said empty, so that a client's own header is overwritten") {
    const auto nobody = shown({}, IdentityHeaders::both);
    CHECK(nobody.size() == 8);
    CHECK(nobody.at("Remote-Email").empty());
    CHECK(nobody.at("Remote-Groups").empty());
    CHECK(nobody.at("X-Auth-Request-Preferred-Username").empty());
    CHECK(written({}).contains("\r\nRemote-Name: \r\n"));
}

TEST_CASE("any name fits into a header, and can be read back") {
    const auto name = [](std::string_view full_name) {
        return shown({1, std::string(full_name), "", ""}).at("Remote-Name");
    };
    CHECK(name("Jos\xc3\xa9 \xe6\x9d\xa5") == "Jos%C3%A9 %E6%9D%A5");
    CHECK(name("100% Jane") == "100%25 Jane");
    CHECK(name("a\r\nRemote-User: 1") == "a%0D%0ARemote-User: 1");
    CHECK(name(std::string_view("a\0b\x7f\t", 5)) == "a%00b%7F%09");
    CHECK(name("\xff\xfe") == "%FF%FE");
    const auto user = shown({1, "", "jos\xc3\xa9%x@example.org", "student,admin"});
    CHECK(user.at("Remote-Email") == "jos%C3%A9%25x@example.org");
    CHECK(user.at("Remote-Groups") == "student%2Cadmin");  // one group
}

TEST_CASE("no byte of a name, address or role makes a header of its own, or its own header go missing") {
    std::string bytes;
    for (int byte = 0; byte < 256; ++byte) bytes += static_cast<char>(byte);
    const auto head = written({1, bytes, bytes, bytes});
    const auto quiet = written({1, "x", "x", "x"});
    CHECK(std::ranges::count(head, '\n') == std::ranges::count(quiet, '\n'));
    CHECK(std::ranges::count(head, '\0') == 0);
    CHECK(std::ranges::all_of(head, [](char c) { return c == '\r' || c == '\n' || (c >= 0x20 && c < 0x7f); }));
}

}  // namespace gatehouse::gateway
