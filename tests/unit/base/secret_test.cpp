#include "base/secret.hpp"

#include <type_traits>

#include "support/catch.hpp"

namespace gatehouse {

static_assert(!std::is_copy_constructible_v<Secret>);
static_assert(!std::is_copy_assignable_v<Secret>);

TEST_CASE("a secret takes its bytes and leaves none behind in the string that held them") {
    std::string bytes = "hunter2";  // short: lives inside the string object, and a move copies it
    const char* where = bytes.data();
    const Secret secret(std::move(bytes));
    CHECK(secret.view() == "hunter2");
    // What is left of the source is looked at on purpose.
    // NOLINTBEGIN(bugprone-use-after-move,clang-analyzer-cplusplus.InnerPointer)
    CHECK(bytes.empty());
    CHECK(std::string_view(where, 7) == std::string_view("\0\0\0\0\0\0\0", 7));
    // NOLINTEND(bugprone-use-after-move,clang-analyzer-cplusplus.InnerPointer)
}

TEST_CASE("moving a secret wipes the source, also a short one") {
    Secret from(std::string_view("hunter2"));
    const char* where = from.view().data();
    const Secret to(std::move(from));
    CHECK(to.view() == "hunter2");
    CHECK(from.empty());  // NOLINT(bugprone-use-after-move)
    CHECK(std::string_view(where, 7) == std::string_view("\0\0\0\0\0\0\0", 7));

    Secret assigned(std::string_view("other"));
    Secret source(std::string_view("hunter3"));
    assigned = std::move(source);
    CHECK(assigned.view() == "hunter3");
    CHECK(source.empty());  // NOLINT(bugprone-use-after-move)
    CHECK(assigned.copy().view() == "hunter3");
}

TEST_CASE("wiping overwrites and empties") {
    std::string bytes = "hunter2";
    const char* where = bytes.data();
    wipe(bytes);
    CHECK(bytes.empty());
    CHECK(std::string_view(where, 7) == std::string_view("\0\0\0\0\0\0\0", 7));
}

TEST_CASE("wiping overwrites what a longer text left behind the end") {
    std::string bytes(200, 's');
    bytes.resize(5);
    const char* where = bytes.data();
    const auto capacity = bytes.capacity();
    wipe(bytes);
    CHECK(bytes.capacity() == capacity);
    bytes.resize_and_overwrite(capacity, [](char*, std::size_t size) { return size; });  // shows what is there
    CHECK(bytes.data() == where);
    CHECK(bytes == std::string(capacity, '\0'));
}

TEST_CASE("wiping the contents overwrites them, empties and keeps the room") {
    std::string bytes = "a text that is longer than a string object holds";
    const std::size_t length = bytes.size();
    const char* const memory = bytes.data();
    wipe_contents(bytes);
    CHECK(bytes.empty());
    CHECK(bytes.data() == memory);
    CHECK(bytes.capacity() >= length);
    CHECK(std::string_view(memory, length) == std::string(length, '\0'));
}

TEST_CASE("constant-time comparison agrees with ==") {
    CHECK(equal_in_constant_time("", ""));
    CHECK(equal_in_constant_time("abc", "abc"));
    CHECK_FALSE(equal_in_constant_time("abc", "abd"));
    CHECK_FALSE(equal_in_constant_time("xbc", "abc"));
    CHECK_FALSE(equal_in_constant_time("abc", "abcd"));
    CHECK_FALSE(equal_in_constant_time("", "a"));
}

}  // namespace gatehouse
