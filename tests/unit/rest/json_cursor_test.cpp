// JSON that is walked over in place: what is JSON, what its strings mean, and nothing beyond its
// end.
#include "rest/json_cursor.hpp"
#include "tests/support/catch2_any.hpp"

#include <nlohmann/json.hpp>

#include <string>

namespace {

bool is_one_value(std::string text) {
    rest::json_cursor from(text);
    rest::json_value value;
    return from.take_value(value) && from.is_at_end();
}

// What the string means; "-" where it is none.
std::string meaning(std::string text) {
    rest::json_cursor from(text);
    rest::json_value value;
    if (!from.take_value(value) || value.kind != rest::json_kind::string)
        return "-";
    return std::string(rest::decoded(value));
}

} // namespace

TEST_CASE("the cursor takes what JSON is and nothing else", "[batch]") {
    for (const std::string text :
         {"0", "-0", "10", "1.5", "-1.5e-7", "1E9", "true", "false", "null", "\"\"", "[]", "{}",
          " [ 1 , \"a\" , { \"b\" : [ ] } ] ", "{\"a\":{\"b\":null}}", "\"\xC3\xA4\"",
          "\"\\ud83d\\ude00\"", "\"\\u0000\"", "\"\x7F\""}) {
        INFO(text);
        CHECK(is_one_value(text));
        CHECK(nlohmann::json::accept(text));
    }
    for (const std::string text : {"",
                                   " ",
                                   "01",
                                   "-",
                                   "1.",
                                   ".5",
                                   "1e",
                                   "+1",
                                   "tru",
                                   "True",
                                   "nul",
                                   "\"",
                                   "\"a",
                                   "'a'",
                                   "[",
                                   "[1",
                                   "[1,",
                                   "[1,]",
                                   "[,]",
                                   "{",
                                   "{1:2}",
                                   "{\"a\"}",
                                   "{\"a\":}",
                                   "{\"a\":1,}",
                                   "1 2",
                                   "\"\\x\"",
                                   "\"\\u12\"",
                                   "\"\\ud83d\"",
                                   "\"\\ude00\"",
                                   "\"\\ud83d\\u0041\"",
                                   "\"a\nb\"",
                                   "\"\xC3\"",
                                   "\"\xED\xA0\x80\"",
                                   "\"\\",
                                   "\"\\u123",
                                   "nan",
                                   "-a"}) {
        INFO(text);
        CHECK_FALSE(is_one_value(text));
        CHECK_FALSE(nlohmann::json::accept(text));
    }
}

TEST_CASE("nesting is bounded", "[batch]") {
    CHECK(is_one_value(std::string(64, '[') + std::string(64, ']')));
    CHECK_FALSE(is_one_value(std::string(65, '[') + std::string(65, ']')));
    CHECK_FALSE(is_one_value(std::string(100'000, '[')));
}

TEST_CASE("strings are decoded in place", "[batch]") {
    CHECK(meaning(R"("plain")") == "plain");
    CHECK(meaning(R"("a\"b\\c\/d")") == "a\"b\\c/d");
    CHECK(meaning(R"("\b\f\n\r\t")") == "\b\f\n\r\t");
    CHECK(meaning(R"("\u0041\u00e4\u20ac\ud83d\ude00!")") ==
          "A\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80!");
    CHECK(meaning(R"("\u0000x")") == std::string("\0x", 2));
}

TEST_CASE("a value is compacted in place, and its strings stay", "[batch]") {
    std::string text = "{ \"a b\" : [ 1 , 2 ] ,\n\t\"c\\\" \" : \"d  e\" }";
    rest::json_cursor from(text);
    rest::json_value value;
    REQUIRE(from.take_value(value));
    CHECK(rest::compacted(value) == "{\"a b\":[1,2],\"c\\\" \":\"d  e\"}");
}
