// The ACL claim of a token: two forms that are taken, and all others that are not.
#include "mqtt/auth/token_rights.hpp"
#include "tests/support/catch2_any.hpp"

#include <nlohmann/json.hpp>

using namespace mqtt;
using kind = token_right::kind;
using rights = std::vector<token_right>;

namespace {

std::optional<rights> rights_of(const std::string& claim) {
    return rights_from(nlohmann::json::parse(claim));
}

} // namespace

TEST_CASE("the rights in a token are read from an object of filters") {
    CHECK(rights_of(R"({"pub":["a/#"],"sub":["b/+","dev-%c/%u"],"all":["c"]})") ==
          rights{{kind::readwrite, "c"},
                 {kind::write, "a/#"},
                 {kind::read, "b/+"},
                 {kind::read, "dev-%c/%u"}});
    CHECK(rights_of("{}") == rights());
    CHECK(rights_of(R"({"pub":[]})") == rights());
}

TEST_CASE("the rights in a token are read from a list of permissions") {
    CHECK(rights_of(R"([{"permission":"allow","action":"publish","topic":"a/#"},)"
                    R"({"permission":"allow","action":"subscribe","topic":"b"},)"
                    R"({"permission":"deny","action":"all","topic":"#"},)"
                    R"({"permission":"allow","action":"all","topic":"$SYS/#"}])") ==
          rights{{kind::write, "a/#"},
                 {kind::read, "b"},
                 {kind::deny, "#"},
                 {kind::readwrite, "$SYS/#"}});
    CHECK(rights_of("[]") == rights());
}

TEST_CASE("rights that can't be followed are none") {
    for (const auto* claim : {"null",
                              "true",
                              "\"a/#\"",
                              "1",
                              R"({"pub":"a"})",
                              R"({"pub":[1]})",
                              R"({"pub":["a/#/b"]})",
                              R"({"pub":[""]})",
                              R"({"pub":["a\u0000"]})",
                              R"({"pub":["a"],"publish":["b"]})",
                              R"({"Pub":["a"]})",
                              R"({"pub":null})",
                              R"(["a"])",
                              R"([{}])",
                              R"([[]])",
                              R"([{"permission":"allow","action":"publish"}])",
                              R"([{"permission":"allow","action":"publish","topic":"a","qos":1}])",
                              R"([{"permission":"allow","action":"publish","topic":["a"]}])",
                              R"([{"permission":"Allow","action":"publish","topic":"a"}])",
                              R"([{"permission":"allow","action":"pub","topic":"a"}])",
                              R"([{"permission":"allow","action":"publish","topic":"a#"}])",
                              R"([{"permission":"deny","action":"publish","topic":"a"}])",
                              R"([{"permission":"deny","action":"subscribe","topic":"a"}])",
                              R"([{"permission":"allow","action":"all","topic":"a"},null])"}) {
        INFO(claim);
        CHECK_FALSE(rights_of(claim));
    }
}

TEST_CASE("a token grants at most a thousand rights") {
    std::string filters = "\"a\"";
    for (std::size_t number = 1; number < token_rights_max; ++number)
        filters += ",\"a\"";
    const auto most = rights_of(R"({"pub":[)" + filters + "]}");
    REQUIRE(most);
    CHECK(most->size() == token_rights_max);
    CHECK_FALSE(rights_of(R"({"pub":[)" + filters + R"(],"sub":["a"]})"));
}
