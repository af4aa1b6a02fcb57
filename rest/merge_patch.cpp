#include "rest/merge_patch.hpp"

#include "rest/json_text.hpp"
#include "rest/request.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>
#include <vector>

namespace rest {
namespace {

struct member {
    std::string name;       // decoded
    std::string_view token; // the name as it stands there, in its quotes
    std::string value;
};

// Where the value that begins at `from` ends. requires: is_json of the whole text
std::size_t end_of_value(std::string_view text, std::size_t from) {
    std::size_t depth = 0;
    bool quoted = false;
    for (auto i = from; i < text.size(); ++i) {
        const char c = text[i];
        if (quoted) {
            if (c == '\\')
                ++i;
            else if (c == '"')
                quoted = false;
        } else if (c == '"') {
            quoted = true;
        } else if (c == '{' || c == '[') {
            ++depth;
        } else if (c == '}' || c == ']' || c == ',') {
            if (depth == 0)
                return i;
            depth -= c == ',' ? 0 : 1;
        }
    }
    return text.size();
}

// requires: text is a JSON object
std::vector<member> members_of(std::string_view text) {
    std::vector<member> found; // bound: the text
    auto at = text.find('{') + 1;
    while (at < text.size()) {
        const auto quote = text.find('"', at);
        const auto brace = text.find('}', at);
        if (quote == std::string_view::npos || brace < quote)
            break;
        auto end = quote + 1;
        while (text[end] != '"')
            end += text[end] == '\\' ? 2 : 1;
        const auto token = text.substr(quote, end + 1 - quote);
        const auto colon = text.find(':', end);
        const auto stop = end_of_value(text, colon + 1);
        found.push_back({nlohmann::json::parse(token).get<std::string>(), token,
                         std::string(trimmed(text.substr(colon + 1, stop - colon - 1)))});
        at = stop + 1;
    }
    return found;
}

bool is_object(std::string_view json) {
    return json.starts_with('{');
}

// bound of the recursion: json_depth_max, as both are JSON
std::string merged(std::string_view target, std::string_view patch) {
    if (!is_object(patch))
        return std::string(patch);
    const auto changes = members_of(patch);
    auto members = is_object(target) ? members_of(target) : std::vector<member>();
    for (const auto& change : changes) {
        const auto same = [&](const member& each) { return each.name == change.name; };
        const auto at = std::find_if(members.begin(), members.end(), same);
        if (change.value == "null")
            std::erase_if(members, same);
        else if (at == members.end())
            members.push_back({change.name, change.token, merged("", change.value)});
        else {
            at->value = merged(at->value, change.value);
            members.erase(std::remove_if(at + 1, members.end(), same), members.end());
        }
    }
    std::string out = "{";
    for (const auto& each : members) {
        out += out.size() > 1 ? "," : "";
        out.append(each.token).append(":").append(each.value);
    }
    return out + "}";
}

std::string_view without_space(std::string_view json) {
    const auto space = " \t\r\n";
    const auto from = json.find_first_not_of(space);
    return json.substr(from, json.find_last_not_of(space) + 1 - from);
}

} // namespace

std::optional<std::string> merge_patch(std::string_view target, std::string_view patch) {
    if (!is_json(target) || !is_json(patch))
        return std::nullopt;
    return merged(without_space(target), without_space(patch));
}

} // namespace rest
