#include "rest/conditions.hpp"

#include "rest/query.hpp"

#include <charconv>
#include <iterator>

namespace rest {
namespace {

// Whitespace, an optional weakness mark and quotes off.
struct tag {
    std::string_view text;
    bool weak = false;
    bool well_formed = false;
};

tag read_tag(std::string_view element) {
    tag made;
    if (element.starts_with("W/")) {
        made.weak = true;
        element.remove_prefix(2);
    }
    if (element.size() >= 2 && element.front() == '"' && element.back() == '"') {
        made.text = element.substr(1, element.size() - 2);
        made.well_formed = true;
    }
    return made;
}

checked<put_condition> read_if_match(std::string_view list, const mqtt::message* now) {
    put_condition made;
    if (list == "*") {
        made.condition.must_exist = true;
        return made;
    }
    std::string_view element;
    while (next_element(list, element)) {
        const auto named = read_tag(element);
        if (!named.well_formed)
            return invalid_option("If-Match", element, "the ETag in its quotes, or *");
        const auto id = named.weak ? std::nullopt : mqtt::parse_public_id(named.text);
        if (!id) // weak, or of an earlier run: it names no value that is there now [RFC9110-13.1.1]
            continue;
        if (!made.condition.id_is || (now != nullptr && now->id() == *id))
            made.condition.id_is = *id;
    }
    made.impossible = !made.condition.id_is;
    return made;
}

} // namespace

std::string entity_tag(const mqtt::message& what) {
    return '"' + mqtt::public_id(what.id()) + '"';
}

bool names_message(std::string_view if_none_match, const mqtt::message& what) {
    const auto id = mqtt::public_id(what.id());
    std::string_view element;
    while (next_element(if_none_match, element))
        if (element == "*" || read_tag(element).text == id)
            return true;
    return false;
}

std::string text_tag(std::string_view body) {
    std::uint64_t hash = 14'695'981'039'346'656'037U; // FNV-1a
    for (const char c : body) {
        hash ^= static_cast<unsigned char>(c);
        hash *= 1'099'511'628'211U;
    }
    char digits[16];
    const auto end = std::to_chars(std::begin(digits), std::end(digits), hash, 16).ptr;
    return '"' + std::string(digits, end) + '-' + std::to_string(body.size()) + '"';
}

bool names_tag(std::string_view if_none_match, std::string_view tag) {
    std::string_view element;
    while (next_element(if_none_match, element))
        if (element == "*" || read_tag(element).text == read_tag(tag).text)
            return true;
    return false;
}

checked<put_condition> read_condition(const request& asked, const mqtt::message* now) {
    const auto if_match = asked.list(http_field::if_match);
    const auto if_none_match = asked.list(http_field::if_none_match);
    if (!if_match.empty() && !if_none_match.empty())
        return problem{.id = problem_id::invalid_parameter,
                       .detail = "If-Match and If-None-Match together"};
    if (!if_match.empty())
        return read_if_match(if_match, now);
    put_condition made;
    if (if_none_match.empty())
        return made;
    if (if_none_match != "*")
        return invalid_option("If-None-Match", if_none_match, "* when something is changed");
    made.condition.must_be_absent = true;
    return made;
}

std::optional<std::string> preference(const request& asked, std::string_view name) {
    const auto list = asked.list(http_field::prefer);
    std::string_view rest = list;
    std::string_view element;
    while (next_element(rest, element)) {
        const auto body = trimmed(element.substr(0, element.find(';')));
        const auto equals = body.find('=');
        if (!equal_ignoring_case(trimmed(body.substr(0, equals)), name))
            continue;
        if (equals == std::string_view::npos)
            return std::string();
        auto value = trimmed(body.substr(equals + 1));
        if (value.size() >= 2 && value.front() == '"' && value.back() == '"')
            value = value.substr(1, value.size() - 2);
        return std::string(value);
    }
    return std::nullopt;
}

} // namespace rest
