#include "gateway/option_text.hpp"

#include "gateway/quoted.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

namespace gateway {

namespace {

constexpr std::string_view blanks = " \t";

struct duration_unit {
    char letter;
    std::int64_t seconds;
};

// Largest first, so that a value is said in the unit a person would choose.
constexpr std::array duration_units{
    duration_unit{'y', 31'536'000}, duration_unit{'m', 2'592'000}, duration_unit{'w', 604'800},
    duration_unit{'d', 86'400},     duration_unit{'h', 3'600},
};

} // namespace

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(blanks);
    if (first == text.npos)
        return {};
    return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

split_text first_word(std::string_view text) {
    text = trimmed(text);
    const auto end = std::min(text.find_first_of(blanks), text.size());
    return {text.substr(0, end), trimmed(text.substr(end))};
}

std::optional<std::int64_t> number_from(std::string_view text) {
    std::int64_t value = 0;
    const auto* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc{} || stop != end)
        return std::nullopt;
    return value;
}

std::optional<bool> flag_from(std::string_view text) {
    if (text == "true" || text == "1")
        return true;
    if (text == "false" || text == "0")
        return false;
    return std::nullopt;
}

std::optional<std::chrono::seconds> duration_from(std::string_view text) {
    if (text.empty())
        return std::nullopt;
    const auto* unit = std::find_if(duration_units.begin(), duration_units.end(),
                                    [&](const auto& each) { return each.letter == text.back(); });
    const auto count = number_from(text.substr(0, text.size() - 1));
    if (unit == duration_units.end() || !count || *count < 1)
        return std::nullopt;
    if (*count >
        std::numeric_limits<std::int32_t>::max()) // as good as never, and far from an overflow
        return std::nullopt;
    return std::chrono::seconds(*count * unit->seconds);
}

std::string duration_text(std::chrono::seconds value) {
    for (const auto& unit : duration_units)
        if (value.count() % unit.seconds == 0)
            return fmt::format("{}{}", value.count() / unit.seconds, unit.letter);
    return fmt::format("{} s", value.count());
}

std::string must_be(std::string_view wanted, std::string_view text) {
    return fmt::format("must be {}, not {}", wanted, quoted(text));
}

std::string number_between(std::int64_t low, std::int64_t high) {
    return fmt::format("a number between {} and {}", low, high);
}

std::size_t edit_distance(std::string_view left, std::string_view right) {
    // Three rows of the table of Damerau and Levenshtein (optimal string alignment).
    std::vector<std::size_t> before(right.size() + 1);
    std::vector<std::size_t> above(right.size() + 1);
    std::vector<std::size_t> row(right.size() + 1);
    for (std::size_t at = 0; at <= right.size(); ++at)
        above[at] = at;
    for (std::size_t i = 1; i <= left.size(); ++i) {
        row[0] = i;
        for (std::size_t j = 1; j <= right.size(); ++j) {
            const std::size_t change = left[i - 1] == right[j - 1] ? 0 : 1;
            row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + change});
            if (i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1])
                row[j] = std::min(row[j], before[j - 2] + 1);
        }
        std::swap(before, above);
        std::swap(above, row);
    }
    return above[right.size()];
}

std::string_view nearest(std::string_view text, const std::vector<std::string_view>& candidates) {
    constexpr std::size_t candidate_bytes_max = 64;
    if (text.size() > candidate_bytes_max) // no option is that long, and the table is quadratic
        return {};
    std::string_view best;
    std::size_t fewest = std::max<std::size_t>(2, text.size() / 4) + 1;
    for (const auto candidate : candidates) {
        const auto steps = edit_distance(text, candidate);
        if (steps < fewest && steps < candidate.size()) {
            fewest = steps;
            best = candidate;
        }
    }
    return best;
}

} // namespace gateway
