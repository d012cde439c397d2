#include "base/edit_distance.hpp"

#include "support/catch.hpp"

namespace gatehouse {

TEST_CASE("edit distance counts inserted, deleted and replaced letters, up to a limit") {
    CHECK(edit_distance("", "", 2) == 0);
    CHECK(edit_distance("abc", "abc", 2) == 0);
    CHECK(edit_distance("abc", "abxc", 2) == 1);
    CHECK(edit_distance("abc", "ac", 2) == 1);
    CHECK(edit_distance("abc", "axc", 2) == 1);
    CHECK(edit_distance("abcd", "badc", 9) == 3);
    CHECK(edit_distance("kitten", "sitting", 9) == 3);
    CHECK(edit_distance("kitten", "sitting", 2) == 3);
    CHECK(edit_distance("a", "abcdef", 2) == 3);
}

}  // namespace gatehouse
