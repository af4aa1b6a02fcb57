#include "gateway/privileges.hpp"
#include "tests/support/catch2_any.hpp"

#include <stdexcept>

namespace {

using gateway::system_user;
using gateway::user_to_become;

constexpr uid_t root = 0;
constexpr uid_t somebody = 1000;

const gateway::user_directory with_us{[](const std::string& name) -> std::optional<system_user> {
    if (name == "root" || name == "toor")
        return system_user{name, 0, 0};
    if (name == "sluice")
        return system_user{name, 101, 102};
    if (name == "nobody")
        return system_user{name, 65534, 65534};
    return std::nullopt;
}};
const gateway::user_directory empty{
    [](const std::string&) -> std::optional<system_user> { return std::nullopt; }};

} // namespace

TEST_CASE("root becomes the user that is named") {
    const auto found = user_to_become("sluice", root, with_us);
    REQUIRE(found);
    CHECK(found->name == "sluice");
    CHECK(found->user == 101);
    CHECK(found->group == 102);
    CHECK_FALSE(found->stands_in);
}

TEST_CASE("where there is no mosquitto, nobody stands in, and for no other") {
    const auto found = user_to_become("mosquitto", root, with_us);
    REQUIRE(found);
    CHECK(found->name == "nobody");
    CHECK(found->stands_in);
    CHECK_THROWS_WITH(
        user_to_become("mosquito", root, with_us),
        "there is no user 'mosquito'; the option user names the one that this program becomes");
    CHECK_THROWS_AS(user_to_become("", root, with_us), std::runtime_error);
    CHECK_THROWS_AS(user_to_become("sluice", root, empty), std::runtime_error);
}

TEST_CASE("root stays root only when it is named, under whichever name") {
    CHECK_FALSE(user_to_become("root", root, with_us));
    CHECK_FALSE(user_to_become("toor", root, with_us));
}

TEST_CASE("who is not root stays who it is, whoever is named") {
    CHECK_FALSE(user_to_become("sluice", somebody, with_us));
    CHECK_FALSE(user_to_become("unheard of", somebody, with_us));
}

TEST_CASE("the system knows root") {
    CHECK(gateway::system_users.find("root")->user == 0);
    CHECK_FALSE(gateway::system_users.find("no such user of sluice"));
}
