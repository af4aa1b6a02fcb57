#include "rest/time_option.hpp"

#include <array>
#include <utility>

namespace rest {
namespace {

using std::chrono::milliseconds;

// A hundred years: more is a slip, and keeps the arithmetic far from its ends.
constexpr milliseconds span_max{std::chrono::hours(24 * 365 * 100)};
constexpr std::uint64_t epoch_milliseconds_max = 253'402'300'799'999; // the end of the year 9999
// From here on a number counts milliseconds: as seconds it would lie beyond the year 5000.
constexpr std::uint64_t milliseconds_from = 100'000'000'000;

// Takes so many digits off the front.
std::optional<unsigned> take_digits(std::string_view& text, std::size_t count) {
    if (text.size() < count)
        return std::nullopt;
    const auto number = parse_number(text.substr(0, count));
    text.remove_prefix(count);
    return number ? std::optional(static_cast<unsigned>(*number)) : std::nullopt;
}

bool take(std::string_view& text, std::string_view any_of) {
    if (text.empty() || any_of.find(text.front()) == any_of.npos)
        return false;
    text.remove_prefix(1);
    return true;
}

// ".25": to milliseconds, what is finer is cut off. Nothing: there is no digit behind the point.
std::optional<milliseconds> take_fraction(std::string_view& text) {
    milliseconds fraction{0};
    if (!take(text, ".,"))
        return fraction;
    int weight = 100;
    std::size_t digits = 0;
    for (; !text.empty() && text.front() >= '0' && text.front() <= '9'; ++digits) {
        fraction += milliseconds(weight * (text.front() - '0'));
        weight /= 10;
        text.remove_prefix(1);
    }
    return digits > 0 ? std::optional(fraction) : std::nullopt;
}

// "Z", "+01:00"; a '+' that was not escaped has become a space.
std::optional<std::chrono::minutes> take_offset(std::string_view& text) {
    if (take(text, "Zz"))
        return std::chrono::minutes(0);
    const bool west = text.starts_with('-');
    if (!take(text, "+- "))
        return std::nullopt;
    const auto hours = take_digits(text, 2);
    if (!hours || *hours > 23 || !take(text, ":"))
        return std::nullopt;
    const auto minutes = take_digits(text, 2);
    if (!minutes || *minutes > 59)
        return std::nullopt;
    const std::chrono::minutes offset(*hours * 60 + *minutes);
    return west ? -offset : offset;
}

// "2026-11-22T15:30:45.123Z"
std::optional<mqtt::wall_time> parse_rfc3339(std::string_view text) {
    const auto year = take_digits(text, 4);
    if (!year || !take(text, "-"))
        return std::nullopt;
    const auto month = take_digits(text, 2);
    if (!month || !take(text, "-"))
        return std::nullopt;
    const auto day = take_digits(text, 2);
    if (!day || !take(text, "Tt "))
        return std::nullopt;
    const auto hour = take_digits(text, 2);
    if (!hour || *hour > 23 || !take(text, ":"))
        return std::nullopt;
    const auto minute = take_digits(text, 2);
    if (!minute || *minute > 59 || !take(text, ":"))
        return std::nullopt;
    const auto second = take_digits(text, 2);
    const auto fraction = take_fraction(text);
    const auto offset = take_offset(text);
    const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(*year)),
                                           std::chrono::month(*month), std::chrono::day(*day)};
    if (!second || *second > 60 || !fraction || !offset || !text.empty() || !date.ok())
        return std::nullopt;
    return std::chrono::sys_days(date) + std::chrono::hours(*hour) + std::chrono::minutes(*minute) +
           std::chrono::seconds(*second) + *fraction - *offset;
}

} // namespace

std::optional<milliseconds> parse_span(std::string_view text) {
    constexpr std::array<std::pair<std::string_view, milliseconds>, 6> units{{
        {"ms", milliseconds(1)}, // before "s", which it ends in
        {"s", std::chrono::seconds(1)},
        {"m", std::chrono::minutes(1)},
        {"h", std::chrono::hours(1)},
        {"d", std::chrono::hours(24)},
        {"w", std::chrono::hours(24 * 7)},
    }};
    milliseconds unit = std::chrono::seconds(1);
    for (const auto& [name, length] : units) {
        if (!text.ends_with(name))
            continue;
        text.remove_suffix(name.size());
        unit = length;
        break;
    }
    const auto number = parse_number(text);
    if (!number || *number == 0 ||
        *number > static_cast<std::uint64_t>(span_max.count() / unit.count()))
        return std::nullopt;
    return milliseconds(static_cast<std::int64_t>(*number) * unit.count());
}

std::optional<named_time> parse_time(std::string_view text, mqtt::wall_time now) {
    if (text == "now")
        return named_time{now, true};
    if (text.starts_with('-')) {
        const auto span = parse_span(text.substr(1));
        return span ? std::optional(named_time{now - *span, true}) : std::nullopt;
    }
    if (const auto number = parse_number(text)) {
        const auto count = *number < milliseconds_from ? *number * 1000 : *number;
        if (count > epoch_milliseconds_max)
            return std::nullopt;
        return named_time{mqtt::wall_time(milliseconds(count)), false};
    }
    const auto when = parse_rfc3339(text);
    return when ? std::optional(named_time{*when, false}) : std::nullopt;
}

checked<std::optional<named_time>> time_option(const query& options, std::string_view name,
                                               mqtt::wall_time now) {
    const auto* found = options.find(name);
    if (found == nullptr)
        return std::optional<named_time>{};
    const auto when = parse_time(found->value, now);
    if (!when)
        return invalid_option(name, found->value,
                              "a time: 2026-11-22T15:30:45Z, seconds or milliseconds since 1970, "
                              "-24h, or now");
    return when;
}

} // namespace rest
