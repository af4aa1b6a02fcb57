// Rows of the option table: what is kept of what was published, to be asked for later.
#pragma once

#include "gateway/option_setters.hpp"
#include "mqtt/types/topic.hpp"

#include <array>

namespace gateway {

namespace set {

inline constexpr std::size_t history_lines_max = 64;
inline constexpr std::int64_t history_messages_most = 10'000'000'000;

// A number and one of s m h d w: here m means minutes, as nobody keeps messages for months and
// nothing for minutes.
inline std::optional<std::chrono::seconds> history_age_from(std::string_view text) {
    if (text.empty())
        return std::nullopt;
    constexpr std::string_view units = "smhdw";
    constexpr std::array<std::int64_t, 5> seconds{1, 60, 3'600, 86'400, 604'800};
    const auto unit = units.find(text.back());
    if (unit == units.npos)
        return std::nullopt;
    const auto count = number_from(text.substr(0, text.size() - 1));
    constexpr std::int64_t years_100 = 100LL * 365 * 86'400;
    if (!count || *count <= 0 || *count > years_100 / seconds[unit])
        return std::nullopt;
    return std::chrono::seconds(*count * seconds[unit]);
}

// The last two words are age and number; what stands before is the filter, spaces included.
inline outcome take_history(const option_target& target, std::string_view text) {
    const auto last_word = [&text] {
        const auto space = text.find_last_of(" \t");
        const auto word = space == text.npos ? std::string_view() : text.substr(space + 1);
        text = trimmed(text.substr(0, space == text.npos ? text.size() : space));
        return word;
    };
    const auto count_text = last_word();
    const auto age_text = last_word();
    if (age_text.empty())
        return outcome::error("takes a topic filter, an age and a number of messages, such as "
                              "home/# 7d 200000");
    if (!mqtt::is_topic_filter(text) || mqtt::is_shared(text))
        return outcome::error(must_be("a topic filter before the age", text));
    const auto age = history_age_from(age_text);
    if (!age)
        return outcome::error("the age " +
                              must_be("a number and one of s, m (minutes), h, d, w", age_text));
    const auto count = number_from(count_text);
    if (!count || *count < 1 || *count > history_messages_most)
        return outcome::error("the number of messages " +
                              must_be(number_between(1, history_messages_most), count_text));
    auto& list = target.all.history;
    if (list.size() >= history_lines_max)
        return outcome::error("may be given 64 times at the most");
    if (list.empty())
        target.all.history_at = target.where;
    list.push_back({std::string(text), *age, static_cast<std::uint64_t>(*count)});
    return outcome::taken();
}

inline constexpr option_value history_lines{
    take_history, [](const settings& all, const listener&) {
        std::string shown;
        for (const auto& each : all.history)
            shown += (shown.empty() ? "" : " ") + each.filter + " " +
                     std::to_string(each.age.count()) + "s " + std::to_string(each.messages_max);
        return shown;
    }};

inline bool is_plain_filter(std::string_view text) {
    return mqtt::is_topic_filter(text) && !mqtt::is_shared(text);
}
inline constexpr char filter_wanted[] = "a topic filter, such as home/#";

} // namespace set

// clang-format off
inline constexpr std::array history_options{
    option_row{"history", scope::global, origin::ours, false, "<filter> <age> <max>", "",
               "Keeps the messages of these topics, to be asked for at /api/v1/history and /api/v1/series: none older than the age (30s, 90m, 12h, 7d, 4w; m means minutes), and no more than so many of all its topics together. Needs persistence true. May be given several times; of the lines that match a topic the first one counts, and what no line names any more is deleted.",
               set::history_lines, true},
    option_row{"last_value_cache", scope::global, origin::ours, false, "<filter>", "",
               "Remembers the newest message of each of these topics, retained or not, for GET /topics/{topic}?last. Kept in memory, at most 100000 topics and 64 MiB; those that were silent for longest are forgotten first. May be given several times.",
               set::words<&settings::last_value_cache, 64, set::is_plain_filter, set::filter_wanted>, true},
};
// clang-format on

} // namespace gateway
