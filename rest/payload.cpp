#include "rest/payload.hpp"

#include "mqtt/types/utf8.hpp"
#include "rest/json_text.hpp"
#include "rest/request.hpp"

#include <algorithm>
#include <array>

namespace rest {
namespace {

// Above this size the brackets at both ends must do: nobody waits while a megabyte is parsed for
// its name.
constexpr std::size_t json_sniff_max = 65'536;

bool is_white(char c) {
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

std::string_view without_white(std::string_view text) {
    while (!text.empty() && is_white(text.front()))
        text.remove_prefix(1);
    while (!text.empty() && is_white(text.back()))
        text.remove_suffix(1);
    return text;
}

// Objects and arrays only: "21.5" and "true" are text to whoever reads them.
bool looks_like_json(std::string_view payload) {
    const auto text = without_white(payload);
    if (text.size() < 2)
        return false;
    const bool object = text.front() == '{' && text.back() == '}';
    const bool array = text.front() == '[' && text.back() == ']';
    return (object || array) && (text.size() > json_sniff_max || is_json(text));
}

bool is_token(std::string_view text) {
    constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
    return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               marks.find(c) != std::string_view::npos;
    });
}

// Types that a browser shows without running anything in them. Everything else gets the sandbox.
bool is_passive(std::string_view type) {
    constexpr std::array<std::string_view, 5> passive{"text/plain", "text/csv", "application/json",
                                                      "application/octet-stream",
                                                      "application/cbor"};
    std::string lower(trimmed(type.substr(0, type.find(';'))));
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    if (std::find(passive.begin(), passive.end(), lower) != passive.end())
        return true;
    const bool media =
        lower.starts_with("image/") || lower.starts_with("audio/") || lower.starts_with("video/");
    return media && lower.find("xml") == std::string::npos &&
           lower.find("svg") == std::string::npos;
}

} // namespace

std::string_view sniffed_type(std::string_view payload) {
    if (!mqtt::is_utf8(payload) || payload.find('\0') != std::string_view::npos)
        return "application/octet-stream";
    if (looks_like_json(payload))
        return "application/json";
    return "text/plain; charset=utf-8";
}

bool is_media_type(std::string_view text) {
    const auto semicolon = text.find(';');
    const auto type = trimmed(text.substr(0, semicolon));
    const auto slash = type.find('/');
    if (slash == std::string_view::npos || !is_token(type.substr(0, slash)) ||
        !is_token(type.substr(slash + 1)))
        return false;
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7F; });
}

content_type type_of(std::string_view named, std::string_view payload) {
    content_type made;
    if (is_media_type(named)) {
        made.text = named;
    } else {
        made.text = sniffed_type(payload);
        made.named_otherwise = !named.empty();
    }
    made.active = !is_passive(made.text);
    return made;
}

} // namespace rest
