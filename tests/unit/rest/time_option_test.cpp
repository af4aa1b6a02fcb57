// Times and spans as options name them.
#include "rest/time_option.hpp"
#include "tests/support/catch2_any.hpp"

namespace {

using namespace std::chrono_literals;

constexpr mqtt::wall_time now{std::chrono::sys_days(std::chrono::year(2026) / 11 / 22) + 15h};

std::optional<std::int64_t> seconds(std::string_view text) {
    const auto time = rest::parse_time(text, now);
    if (!time)
        return std::nullopt;
    return std::chrono::floor<std::chrono::seconds>(time->when).time_since_epoch().count();
}

} // namespace

TEST_CASE("a time is told by a clock, by a number, or from now", "[time]") {
    constexpr std::int64_t then = 1'795'275'045;
    for (const auto* text : {"2026-11-21T15:30:45Z", "2026-11-21T15:30:45.999z",
                             "2026-11-21t16:30:45+01:00", "2026-11-21T16:30:45 01:00",
                             "2026-11-21T10:00:45-05:30", "1795275045", "1795275045000"}) {
        INFO(text);
        CHECK(seconds(text) == then);
        CHECK_FALSE(rest::parse_time(text, now)->moves);
    }
    CHECK(rest::parse_time("now", now)->when == now);
    CHECK(rest::parse_time("-24h", now)->when == now - 24h);
    CHECK(rest::parse_time("-90", now)->when == now - 90s);
    CHECK(rest::parse_time("-1w", now)->moves);
    CHECK(rest::parse_time("2026-11-21T15:30:45.25Z", now)->when.time_since_epoch() ==
          1'795'275'045'250ms);
    for (const auto* text :
         {"", "-", "yesterday", "2026-11-21", "2026-11-21T15:30Z", "2026-11-21T15:30:45",
          "2026-02-30T15:30:45Z", "2026-11-21T24:30:45Z", "2026-11-21T15:30:45+1:00",
          "2026-11-21T15:30:45.Z", "99999999999999999999", "9999999999999999", "-0s", "+5m"}) {
        INFO(text);
        CHECK_FALSE(rest::parse_time(text, now));
    }
}

TEST_CASE("a span of time has a unit, or counts seconds", "[time]") {
    CHECK(rest::parse_span("500ms") == 500ms);
    CHECK(rest::parse_span("30") == 30s);
    CHECK(rest::parse_span("30s") == 30s);
    CHECK(rest::parse_span("5m") == 5min);
    CHECK(rest::parse_span("2h") == 2h);
    CHECK(rest::parse_span("7d") == 168h);
    CHECK(rest::parse_span("1w") == 168h);
    for (const auto* text : {"", "s", "0", "0ms", "1.5h", "-1s", "1y", "100000000000h", "5 m"}) {
        INFO(text);
        CHECK_FALSE(rest::parse_span(text));
    }
}
