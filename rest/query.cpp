#include "rest/query.hpp"

#include "mqtt/types/utf8.hpp"
#include "rest/percent.hpp"
#include "rest/request.hpp"

#include <algorithm>
#include <charconv>

namespace rest {
namespace {

bool decode_form(std::string_view raw, std::string& out) {
    if (raw.find_first_of("%+") == std::string_view::npos) {
        out = raw;
        return true;
    }
    std::string spaced(raw);
    std::replace(spaced.begin(), spaced.end(), '+', ' ');
    return percent_decode(spaced, out);
}

// "x-" options are the caller's own, and topics come as often as they are asked for.
bool may_repeat(std::string_view name) {
    return name == "filter" || name == "topic" || name.starts_with("x-");
}

} // namespace

std::optional<std::uint64_t> parse_number(std::string_view digits) {
    std::uint64_t number = 0;
    const auto* end = digits.data() + digits.size();
    const auto [stopped, failure] = std::from_chars(digits.data(), end, number);
    if (failure != std::errc{} || stopped != end || digits.empty())
        return std::nullopt;
    return number;
}

problem invalid_option(std::string_view name, std::string_view value, std::string_view takes) {
    problem made{.id = problem_id::invalid_parameter};
    made.detail.append(name).append("=").append(value);
    made.hint.append("'").append(name).append("' takes ").append(takes).append(".");
    return made;
}

checked<bool> wants_parsed(const query& options) {
    const auto* found = options.find("parse");
    if (found != nullptr && found->value != "json")
        return invalid_option("parse", found->value, "'json'");
    return found != nullptr;
}

checked<query> query::parse(std::string_view text) {
    query made;
    while (!text.empty()) {
        const auto end = std::min(text.find('&'), text.size());
        const auto part = text.substr(0, end);
        text.remove_prefix(std::min(text.size(), end + 1));
        if (part.empty())
            continue;
        option next;
        const auto equals = part.find('=');
        next.has_value = equals != std::string_view::npos;
        if (next.has_value)
            next.raw = part.substr(equals + 1);
        if (!decode_form(part.substr(0, equals), next.name) || !decode_form(next.raw, next.value))
            return problem{.id = problem_id::bad_percent_escape,
                           .detail = std::string(part),
                           .hint = "A percent sign itself is written %25."};
        if (!mqtt::is_utf8_string(next.name) || !mqtt::is_utf8_string(next.value))
            return problem{.id = problem_id::invalid_parameter,
                           .detail = std::string(part),
                           .hint = "Options are UTF-8 text."};
        if (!may_repeat(next.name) && made.find(next.name) != nullptr)
            return problem{.id = problem_id::invalid_parameter,
                           .detail = "'" + next.name + "' is given twice"};
        made.options_.push_back(std::move(next));
    }
    return made;
}

void query::erase(std::string_view name) {
    std::erase_if(options_, [name](const option& each) { return each.name == name; });
}

const query::option* query::find(std::string_view name) const {
    const auto at = std::find_if(options_.begin(), options_.end(),
                                 [name](const option& each) { return each.name == name; });
    return at == options_.end() ? nullptr : &*at;
}

checked<bool> query::flag(std::string_view name) const {
    const auto* found = find(name);
    if (found == nullptr)
        return false;
    const auto& value = found->value;
    if (value.empty() || value == "1" || equal_ignoring_case(value, "true"))
        return true;
    if (value == "0" || equal_ignoring_case(value, "false"))
        return false;
    return invalid_option(name, value, "no value, 1 or 0");
}

checked<std::optional<std::uint64_t>> query::number(std::string_view name, std::uint64_t low,
                                                    std::uint64_t high) const {
    const auto* found = find(name);
    if (found == nullptr)
        return std::optional<std::uint64_t>{};
    const auto number = parse_number(found->value);
    if (!number || *number < low || *number > high)
        return invalid_option(name, found->value,
                              "a whole number from " + std::to_string(low) + " to " +
                                  std::to_string(high));
    return std::optional<std::uint64_t>{*number};
}

} // namespace rest
