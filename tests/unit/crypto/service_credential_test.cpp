#include "crypto/service_credential.hpp"

#include "support/catch.hpp"

using namespace gatehouse;
using namespace gatehouse::crypto;

namespace {

NewCredential make(std::string_view name, std::vector<std::string> scopes) {
    auto made = new_service_credential(name, scopes);
    REQUIRE(made);
    return std::move(*made);
}

}  // namespace

TEST_CASE("a new credential has the documented form and is admitted by its entry only") {
    const auto made = make("gateway", {"login", "introspect"});
    const auto text = std::string(made.credential.view());
    CHECK(text.starts_with("ghs_gateway_"));
    CHECK(text.size() == 4 + 7 + 1 + 43);
    CHECK(credential_name(text) == std::string_view("gateway"));
    CHECK(admits(made.entry, text));
    CHECK_FALSE(admits(make("gateway", {"login"}).entry, text));
    CHECK(made.credential.view() != make("gateway", {"login"}).credential.view());
}

TEST_CASE("a credential that differs in one character is not admitted") {
    const auto made = make("a-1", {"admin"});
    for (std::size_t at = 0; at < made.credential.view().size(); ++at) {
        std::string forged(made.credential.view());
        forged[at] = forged[at] == 'x' ? 'y' : 'x';
        CHECK_FALSE(admits(made.entry, forged));
    }
    CHECK_FALSE(admits(made.entry, ""));
    CHECK_FALSE(admits(made.entry, std::string(made.credential.view()) + "A"));
}

TEST_CASE("the hash is BLAKE2b-256 of the whole credential") {
    // b2sum -l 256 of "abc"
    CredentialEntry entry{"n", {"s"}, blake2b_256("abc")};
    CHECK(to_string(entry) == "n:s:bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319");
}

TEST_CASE("a credential's name is only read from text of the right form") {
    const std::string random(43, 'A');
    CHECK(credential_name("ghs_a_" + random) == std::string_view("a"));
    CHECK(credential_name("ghs_a_" + std::string(43, '_')) == std::string_view("a"));
    for (const auto& bad : {std::string(), std::string("ghs_"), "ghs__" + random, "ghs_A_" + random, "ghs_-a_" + random,
                            "ghx_a_" + random, "ghs_a-" + random, "ghs_a_" + random.substr(1), "ghs_a_" + random + "A",
                            "ghs_a_" + random.substr(1) + "=", "ghs_" + std::string(33, 'a') + "_" + random}) {
        INFO(bad);
        CHECK_FALSE(credential_name(bad));
    }
}

TEST_CASE("an entry survives being written and read") {
    const auto made = make("ops-1", {"admin", "revoke"});
    const auto text = to_string(made.entry);
    CHECK(text.starts_with("ops-1:admin+revoke:"));
    const auto read = parse_credential_entry(text);
    REQUIRE(read);
    CHECK(*read == made.entry);
    CHECK(read->has_scope("admin"));
    CHECK_FALSE(read->has_scope("login"));
}

TEST_CASE("an entry that breaks a rule is refused without repeating it") {
    const std::string hash(64, 'a');
    const std::string secret = "ghs_x_" + std::string(43, 'Q');
    for (const auto& bad : {std::string(), secret, "a:" + hash, "a::" + hash, "a:b+:" + hash, "a:b+b:" + hash,
                            "A:b:" + hash, "a:b:" + hash + "a", "a:b:" + hash.substr(1), "a:b:" + hash.substr(1) + "g",
                            "a:b c:" + hash, "a:b:c:" + hash, secret + ":b:" + hash}) {
        INFO(bad);
        const auto read = parse_credential_entry(bad);
        REQUIRE_FALSE(read);
        CHECK(read.error().code == Errc::invalid_input);
        CHECK(read.error().detail.find("QQQ") == std::string::npos);
    }
}

TEST_CASE("the entry that admits is found among several") {
    std::vector<NewCredential> made;
    std::vector<CredentialEntry> entries;
    for (const auto* name : {"gateway", "ops", "ops"}) {
        made.push_back(make(name, {"admin"}));
        entries.push_back(made.back().entry);
    }
    for (std::size_t n = 0; n < made.size(); ++n)
        CHECK(find_credential(entries, made[n].credential.view()) == &entries[n]);
    CHECK(find_credential(entries, make("ops", {"admin"}).credential.view()) == nullptr);
    CHECK(find_credential({}, made[0].credential.view()) == nullptr);
}

TEST_CASE("names and scopes that break the rules make no credential") {
    CHECK_FALSE(new_service_credential("", std::vector<std::string>{"admin"}));
    CHECK_FALSE(new_service_credential("Ops", std::vector<std::string>{"admin"}));
    CHECK_FALSE(new_service_credential("a_b", std::vector<std::string>{"admin"}));
    CHECK_FALSE(new_service_credential("ops", std::vector<std::string>{}));
    CHECK_FALSE(new_service_credential("ops", std::vector<std::string>{"ad min"}));
    CHECK_FALSE(new_service_credential("ops", std::vector<std::string>{"admin", "admin"}));
}
