#include "rest/request.hpp"

#include <algorithm>

namespace rest {
namespace {

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

} // namespace

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
        text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
        text.remove_suffix(1);
    return text;
}

bool equal_ignoring_case(std::string_view left, std::string_view right) {
    return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                      [](char a, char b) { return lower(a) == lower(b); });
}

bool next_element(std::string_view& list, std::string_view& element) {
    while (!list.empty()) {
        bool quoted = false;
        std::size_t end = 0;
        for (; end < list.size(); ++end) {
            const char c = list[end];
            if (quoted && c == '\\')
                ++end;
            else if (c == '"')
                quoted = !quoted;
            else if (c == ',' && !quoted)
                break;
        }
        end = std::min(end, list.size());
        element = trimmed(list.substr(0, end));
        list.remove_prefix(std::min(list.size(), end + 1));
        if (!element.empty())
            return true;
    }
    return false;
}

std::string_view request::field(http_field name) const {
    for (const auto& line : lines_)
        if (line.id == name)
            return text_of(line.value);
    return {};
}

std::string_view request::field(std::string_view name) const {
    for (const auto& line : lines_)
        if (equal_ignoring_case(text_of(line.name), name))
            return text_of(line.value);
    return {};
}

std::size_t request::count(http_field name) const {
    return static_cast<std::size_t>(std::count_if(
        lines_.begin(), lines_.end(), [name](const line& each) { return each.id == name; }));
}

std::string request::list(http_field name) const {
    std::string joined;
    for (const auto& line : lines_) {
        if (line.id != name)
            continue;
        if (!joined.empty())
            joined += ", ";
        joined += text_of(line.value);
    }
    return joined;
}

void request::clear() {
    text_.clear();
    lines_.clear();
    // A large body is not kept for the life of the connection.
    if (body.capacity() > 65'536)
        std::string().swap(body);
    body.clear();
    wire_bytes = 0;
    method_ = http_verb::unknown;
    version_ = 11;
    method_text_ = {};
    target_ = {};
}

request::span request::keep(std::string_view part) {
    const span kept{static_cast<std::uint32_t>(text_.size()),
                    static_cast<std::uint32_t>(part.size())};
    text_ += part;
    return kept;
}

void request::set_line(http_verb method, std::string_view method_text, std::string_view target,
                       unsigned version) {
    method_ = method;
    version_ = version;
    method_text_ = keep(method_text);
    target_ = keep(target);
}

bool request::add_field(http_field name, std::string_view name_text, std::string_view value) {
    if (lines_.size() >= header_lines_max ||
        text_.size() + name_text.size() + value.size() > header_bytes_max)
        return false;
    const auto kept_name = keep(name_text);
    lines_.push_back({name, kept_name, keep(value)});
    return true;
}

} // namespace rest
