#include "session/accounts/email_key.hpp"

#include "proto/email.hpp"
#include "support/catch.hpp"

namespace gatehouse::session {
namespace {

// Expected: Python's hashlib.blake2b(b"jane@example.com", digest_size=32).
TEST_CASE("an address's key is BLAKE2b-256 of its canonical form") {
    const auto key = email_key(proto::canonical_email(" Jane@Example.com ").value());
    CHECK(crypto::hex(crypto::view(key)) == "9d1f9368e7d52476c8eb386d555467444508c6094fccebab8415caa1917b4a68");
}

TEST_CASE("addresses that a database's collation takes for one have two keys") {
    CHECK(email_key("jos\xc3\xa9@example.com") != email_key("jose@example.com"));
    CHECK(email_key("stra\xc3\x9f"
                    "e@example.com") != email_key("strasse@example.com"));
}

}  // namespace
}  // namespace gatehouse::session
