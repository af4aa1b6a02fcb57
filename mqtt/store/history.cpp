#include "mqtt/store/history.hpp"

#include "mqtt/types/topic.hpp"

#include <algorithm>

namespace mqtt {
namespace {

// Whether everything that `narrow` selects is selected by `wide`.
bool contains(std::string_view wide, std::string_view narrow) {
    const bool narrow_is_open = narrow.front() == '+' || narrow.front() == '#';
    if (narrow.front() == '$' && (wide.front() == '+' || wide.front() == '#'))
        return false; // [MQTT-4.7.2-1]
    if (wide.front() == '$' && narrow_is_open)
        return false;
    std::optional<std::string_view> wide_rest = wide;
    std::optional<std::string_view> narrow_rest = narrow;
    while (wide_rest) {
        const auto level = next_level(wide_rest);
        if (level == "#")
            return true; // also the level above it, as narrow has run out then
        if (!narrow_rest)
            return false;
        const auto narrow_level = next_level(narrow_rest);
        if (narrow_level == "#" || (level != "+" && level != narrow_level))
            return false;
    }
    return !narrow_rest;
}

} // namespace

const history_rule* rule_for(std::span<const history_rule> rules, std::string_view topic) {
    const auto found = std::find_if(rules.begin(), rules.end(), [&](const history_rule& each) {
        return matches(each.filter, topic);
    });
    return found == rules.end() ? nullptr : &*found;
}

bool is_covered(std::span<const history_rule> rules, std::string_view filter) {
    return std::any_of(rules.begin(), rules.end(),
                       [&](const history_rule& each) { return contains(each.filter, filter); });
}

std::size_t bucket_count(const series_query& what) {
    using std::chrono::milliseconds;
    const auto step = what.step.count();
    if (step <= 0 || what.until <= what.since)
        return 0;
    const auto floor = [step](std::int64_t at) {
        return at >= 0 ? at / step : -((-at + step - 1) / step);
    };
    const auto first = std::chrono::floor<milliseconds>(what.since).time_since_epoch().count();
    const auto end = std::chrono::ceil<milliseconds>(what.until).time_since_epoch().count();
    const auto count = floor(end - 1) - floor(first) + 1;
    return count > static_cast<std::int64_t>(series_buckets_max) ? 0
                                                                 : static_cast<std::size_t>(count);
}

} // namespace mqtt
