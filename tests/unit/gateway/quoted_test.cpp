#include "gateway/quoted.hpp"
#include "tests/support/catch2_any.hpp"

using gateway::quoted;

TEST_CASE("plain text is quoted as it is") {
    CHECK(quoted("") == "''");
    CHECK(quoted("home/kitchen/temp") == "'home/kitchen/temp'");
    CHECK(quoted("grün/\xE6\xB8\xA9\xE5\xBA\xA6/\xF0\x9F\x8C\xA1") ==
          "'grün/\xE6\xB8\xA9\xE5\xBA\xA6/\xF0\x9F\x8C\xA1'");
}

TEST_CASE("a quote cannot end the quotation") {
    CHECK(quoted("a' b") == "'a\\' b'");
    CHECK(quoted("a\\' b") == "'a\\\\\\' b'");
}

TEST_CASE("a client id cannot forge a log line or steer a terminal") {
    CHECK(quoted("a\r\nb") == "'a\\x0d\\x0ab'");
    CHECK(quoted("\x1b[2J") == "'\\x1b[2J'");
    CHECK(quoted(std::string_view("a\0b", 3)) == "'a\\x00b'");
    CHECK(quoted("\x7f") == "'\\x7f'");
    CHECK(quoted("\xC2\x9b"
                 "2J") == "'\\xc2\\x9b2J'");
    CHECK(quoted("\xE2\x80\xA8") == "'\\xe2\\x80\\xa8'"); // U+2028 line separator
    CHECK(quoted("\xE2\x80\xAE") == "'\\xe2\\x80\\xae'"); // U+202E right-to-left override
    CHECK(quoted("\xE2\x81\xA6") == "'\\xe2\\x81\\xa6'"); // U+2066 left-to-right isolate
    CHECK(quoted("\xE2\x80\xA6\xE2\x80\x93") == "'\xE2\x80\xA6\xE2\x80\x93'"); // ellipsis, dash
}

TEST_CASE("bytes that are no UTF-8 are shown as such") {
    CHECK(quoted("\xFF") == "'\\xff'");
    CHECK(quoted("a\xC3") == "'a\\xc3'");
    CHECK(quoted("\x80\xE2\x82z") == "'\\x80\\xe2\\x82z'");
    CHECK(quoted("\xED\xA0\x80") == "'\\xed\\xa0\\x80'"); // a surrogate
}

TEST_CASE("a long text is cut") {
    CHECK(quoted(std::string(gateway::quoted_bytes_max, 'a')).ends_with("a'"));
    const auto cut = quoted(std::string(gateway::quoted_bytes_max + 1, 'a'));
    CHECK(cut.ends_with("a'..."));
    CHECK(cut.size() == gateway::quoted_bytes_max + 5);
}
