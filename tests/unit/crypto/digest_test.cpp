#include "crypto/digest.hpp"

#include "crypto/init.hpp"
#include "support/catch.hpp"

namespace gatehouse::crypto {
namespace {

// Expected values: Python's hashlib.blake2b, the implementation of RFC 7693's authors.
TEST_CASE("BLAKE2b-256 gives the values of RFC 7693's reference implementation") {
    init();
    CHECK(hex(view(blake2b_256("abc"))) == "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319");
    CHECK(hex(view(blake2b_256(""))) == "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8");
}

TEST_CASE("hex is lower case and keeps zero bytes") {
    CHECK(hex(std::string_view("\0\x01\xAB\xff", 4)) == "0001abff");
    CHECK(hex("").empty());
}

// RFC 4648 section 10, in the alphabet of section 5.
TEST_CASE("base64url has no padding and no character that a URL must escape") {
    CHECK(base64url("").empty());
    CHECK(base64url("f") == "Zg");
    CHECK(base64url("fo") == "Zm8");
    CHECK(base64url("foobar") == "Zm9vYmFy");
    CHECK(base64url("\xfb\xff\xfe") == "-__-");
}

TEST_CASE("initialising twice is harmless") {
    init();
    init();
    SUCCEED();
}

}  // namespace
}  // namespace gatehouse::crypto
