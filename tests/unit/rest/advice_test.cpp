// What a problem says of what to do about it.
#include "rest/advice.hpp"
#include "tests/support/catch2_any.hpp"

TEST_CASE("every kind of problem has a hint", "[problem]") {
    for (const auto& row : rest::problem_table) {
        INFO(row.name);
        CHECK_FALSE(rest::usual_hint(row.id).empty());
        const auto line = rest::usual_try(row.id);
        CHECK((line.empty() || line.starts_with("curl ")));
    }
}
