#include "plugins/sql/rights_cache.hpp"
#include "tests/support/catch2_any.hpp"

using namespace std::chrono_literals;
using sql_auth::rights;
using sql_auth::rights_cache;
using sql_auth::standing;

namespace {

const sql_auth::time_point start{1000s};

rights superuser() {
    rights made;
    made.kind = standing::superuser;
    return made;
}

} // namespace

TEST_CASE("rights are believed until their time and not a moment longer") {
    rights_cache cache;
    cache.put("a", superuser(), start + 5s);
    REQUIRE(cache.find("a", start + 5s - 1ns) != nullptr);
    CHECK(cache.find("a", start + 5s - 1ns)->kind == standing::superuser);
    CHECK(cache.find("a", start + 5s) == nullptr);
    CHECK(cache.size() == 0);
    CHECK(cache.find("b", start) == nullptr);
}

TEST_CASE("new rights of a user take the place of the old ones") {
    rights_cache cache;
    cache.put("a", superuser(), start + 5s);
    CHECK(cache.put("a", {}, start + 5s).kind == standing::unclear);
    CHECK(cache.find("a", start)->kind == standing::unclear);
    CHECK(cache.size() == 1);
    cache.clear();
    CHECK(cache.find("a", start) == nullptr);
}

TEST_CASE("the oldest rights go when there are too many users") {
    rights_cache cache;
    for (std::size_t number = 0; number <= sql_auth::cached_users_max; ++number)
        cache.put(std::to_string(number), {}, start + 5s);
    CHECK(cache.size() == sql_auth::cached_users_max);
    CHECK(cache.find("0", start) == nullptr);
    CHECK(cache.find("1", start) != nullptr);
}

TEST_CASE("the oldest rights go when the rules take too much memory") {
    rights big;
    const std::string filter(65'000, 'x');
    while (big.rules.add(filter, "read"))
        ;
    rights_cache cache;
    for (int number = 0; number < 400; ++number)
        cache.put(std::to_string(number), big, start + 5s);
    CHECK(cache.size() == sql_auth::cached_bytes_max / (big.rules.bytes() + 200));
    CHECK(cache.find("399", start) != nullptr);
}
