// RFC 7396: its own examples, and what it leaves alone.
#include "rest/merge_patch.hpp"
#include "tests/support/catch2_any.hpp"

#include <nlohmann/json.hpp>

#include <array>

using rest::merge_patch;

TEST_CASE("the examples of RFC 7396 come out as it says", "[merge_patch]") {
    struct example {
        const char* target;
        const char* patch;
        const char* result;
    };
    constexpr std::array examples{
        example{R"({"a":"b"})", R"({"a":"c"})", R"({"a":"c"})"},
        example{R"({"a":"b"})", R"({"b":"c"})", R"({"a":"b","b":"c"})"},
        example{R"({"a":"b"})", R"({"a":null})", R"({})"},
        example{R"({"a":"b","b":"c"})", R"({"a":null})", R"({"b":"c"})"},
        example{R"({"a":["b"]})", R"({"a":"c"})", R"({"a":"c"})"},
        example{R"({"a":"c"})", R"({"a":["b"]})", R"({"a":["b"]})"},
        example{R"({"a":{"b":"c"}})", R"({"a":{"b":"d","c":null}})", R"({"a":{"b":"d"}})"},
        example{R"({"a":[{"b":"c"}]})", R"({"a":[1]})", R"({"a":[1]})"},
        example{R"(["a","b"])", R"(["c","d"])", R"(["c","d"])"},
        example{R"({"a":"b"})", R"(["c"])", R"(["c"])"},
        example{R"({"a":"foo"})", R"(null)", R"(null)"},
        example{R"({"a":"foo"})", R"("bar")", R"("bar")"},
        example{R"({"e":null})", R"({"a":1})", R"({"e":null,"a":1})"},
        example{R"([1,2])", R"({"a":"b","c":null})", R"({"a":"b"})"},
        example{R"({})", R"({"a":{"bb":{"ccc":null}}})", R"({"a":{"bb":{}}})"}};
    for (const auto& each : examples) {
        INFO(each.target << " and " << each.patch);
        REQUIRE(merge_patch(each.target, each.patch));
        CHECK(*merge_patch(each.target, each.patch) == each.result);
    }
}

TEST_CASE("what the patch does not name stays as it was written", "[merge_patch]") {
    CHECK(
        merge_patch(R"( { "n" : 1.500000000000000000001, "big":123456789012345678901234567890,
        "t": "a,}]\"b\\" , "x" : 1 } )",
                    R"({"x":2})") ==
        R"({"n":1.500000000000000000001,"big":123456789012345678901234567890,"t":"a,}]\"b\\","x":2})");
    CHECK(merge_patch(R"({"a/ü":1,"\u0061":2})", R"({"a":3,"b":"}"})") ==
          R"({"a/ü":1,"\u0061":3,"b":"}"})");
}

TEST_CASE("what is not JSON can't be patched, and is no patch", "[merge_patch]") {
    CHECK_FALSE(merge_patch("21.5 C", "{}"));
    CHECK_FALSE(merge_patch("{}", "{a:1}"));
    CHECK_FALSE(merge_patch("", "{}"));
    CHECK_FALSE(merge_patch(std::string(100, '[') + std::string(100, ']'), "{}"));
}
