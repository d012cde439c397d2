#include "ctl/table.hpp"

#include "support/catch.hpp"

using namespace gatehouse::ctl;

TEST_CASE("columns are as wide as their widest cell, counted in characters and not in bytes") {
    Table table({"ID", "NAME", "ROLE"});
    table.add({"1", "José", "staff"});
    table.add({"1000", "Al", ""});
    CHECK(table.text() ==
          "ID    NAME  ROLE\n"
          "1     José  staff\n"
          "1000  Al    \n");
}

TEST_CASE("text from outside cannot steer the terminal") {
    CHECK(harmless("a\x1b[31mb\r\nc\x7f") == "a?[31mb??c?");
    CHECK(harmless("\xc2\x9b"
                   "31m") == "?31m");
    CHECK(harmless("é ü \xc2\xa0") == "é ü \xc2\xa0");
    Table table({"A"});
    table.add({"\x1b]0;x\a"});
    CHECK(table.text() == "A\n?]0;x?\n");
}

TEST_CASE("a listing aligns its values") {
    CHECK(listing({{"id", "7"}, {"e-mail", "a@b.c"}}) == "id      7\ne-mail  a@b.c\n");
}

TEST_CASE("times are UTC and spans are short") {
    CHECK(time_text(1763800000) == "2025-11-22 08:26:40Z");
    CHECK(time_text({}) == "-");
    CHECK(span_text(45) == "45 s");
    CHECK(span_text(720) == "12 min");
    CHECK(span_text(12000) == "3 h 20 min");
    CHECK(span_text(7200) == "2 h");
    CHECK(span_text(187200) == "2 d 4 h");
    CHECK(span_text(86400) == "1 d");
}
