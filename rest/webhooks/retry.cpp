#include "rest/webhooks/retry.hpp"

#include "rest/query.hpp"

#include <algorithm>
#include <array>
#include <ctime>

namespace rest::webhooks {
namespace {

using std::chrono::milliseconds;

// Section 9 of the contract; behind the last one the last one again.
constexpr std::array<std::chrono::seconds, 7> pauses{
    std::chrono::seconds(0), std::chrono::seconds(5),  std::chrono::seconds(30),
    std::chrono::minutes(5), std::chrono::minutes(30), std::chrono::hours(2),
    std::chrono::hours(6),
};
constexpr double jitter_share = 0.2;
// An endpoint can't ask for more.
constexpr std::chrono::seconds retry_after_max = std::chrono::hours(6);

milliseconds pause_after(unsigned tries, double jitter) {
    const auto at = std::min<std::size_t>(tries - 1, pauses.size() - 1);
    const milliseconds usual = pauses[at];
    return std::chrono::duration_cast<milliseconds>(
        usual * (1.0 + jitter_share * std::clamp(jitter, -1.0, 1.0)));
}

} // namespace

verdict judge(const call_outcome& outcome, unsigned tries, milliseconds age, double jitter) {
    if (outcome.is_success())
        return {fate::delivered};
    if (outcome.status == 410)
        return {fate::disabled};
    const bool refused = outcome.status >= 100 && outcome.status < 500 && outcome.status != 429;
    if (refused && tries >= refused_tries_max)
        return {fate::given_up};
    auto wait = pause_after(tries, jitter);
    if (outcome.retry_after && (outcome.status == 429 || outcome.status == 503))
        wait = std::max<milliseconds>(wait, std::min(*outcome.retry_after, retry_after_max));
    if (age + wait > patience)
        return {fate::given_up};
    return {fate::again, wait};
}

std::string reason_of(const call_outcome& outcome) {
    return outcome.status == 0 ? outcome.error : "HTTP " + std::to_string(outcome.status);
}

std::optional<std::chrono::seconds> parse_retry_after(std::string_view text, mqtt::wall_time now) {
    if (const auto number = parse_number(text))
        return std::chrono::seconds(
            std::min<std::uint64_t>(*number, static_cast<std::uint64_t>(retry_after_max.count())));
    const std::string date(text);
    std::tm parts{};
    const char* end = ::strptime(date.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
    if (end == nullptr || *end != '\0')
        return std::nullopt;
    // In seconds: a clock of nanoseconds ends in the year 2262.
    const auto left = ::timegm(&parts) - std::chrono::system_clock::to_time_t(now);
    return std::clamp(std::chrono::seconds(left), std::chrono::seconds(0), retry_after_max);
}

} // namespace rest::webhooks
