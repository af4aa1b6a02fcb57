#include "mqtt/auth/token_rights.hpp"

#include "mqtt/types/topic.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace mqtt {
namespace {

using nlohmann::json;
using kind = token_right::kind;

struct word {
    std::string_view text;
    kind what;
};

constexpr std::array<word, 3> sides{word{"pub", kind::write}, word{"sub", kind::read},
                                    word{"all", kind::readwrite}};
constexpr std::array<word, 3> actions{word{"publish", kind::write}, word{"subscribe", kind::read},
                                      word{"all", kind::readwrite}};

std::optional<kind> kind_of(const std::array<word, 3>& words, std::string_view text) {
    const auto* found = std::find_if(words.begin(), words.end(),
                                     [&](const auto& each) { return each.text == text; });
    if (found == words.end())
        return std::nullopt;
    return found->what;
}

// The member's text; null: it has none.
const std::string* text_in(const json& object, const char* member) {
    const auto found = object.find(member);
    return found == object.end() ? nullptr : found->get_ptr<const std::string*>();
}

bool add(std::vector<token_right>& rights, kind what, const std::string& filter) {
    if (rights.size() >= token_rights_max || !is_topic_filter(filter))
        return false;
    rights.push_back({what, filter}); // bound: token_rights_max
    return true;
}

bool read_sides(const json& claim, std::vector<token_right>& rights) {
    for (const auto& [name, filters] : claim.items()) {
        const auto what = kind_of(sides, name);
        if (!what || !filters.is_array())
            return false;
        for (const auto& filter : filters)
            if (!filter.is_string() || !add(rights, *what, filter.get_ref<const std::string&>()))
                return false;
    }
    return true;
}

bool read_entry(const json& entry, std::vector<token_right>& rights) {
    if (!entry.is_object() || entry.size() != 3) // a member more could narrow what is allowed
        return false;
    const auto* permission = text_in(entry, "permission");
    const auto* action = text_in(entry, "action");
    const auto* topic = text_in(entry, "topic");
    if (permission == nullptr || action == nullptr || topic == nullptr)
        return false;
    const auto what = kind_of(actions, *action);
    if (!what)
        return false;
    if (*permission == "allow")
        return add(rights, *what, *topic);
    return *permission == "deny" && *what == kind::readwrite && add(rights, kind::deny, *topic);
}

} // namespace

std::optional<std::vector<token_right>> rights_from(const json& claim) {
    std::vector<token_right> rights;
    if (claim.is_object()) {
        if (!read_sides(claim, rights))
            return std::nullopt;
        return rights;
    }
    if (!claim.is_array() || !std::all_of(claim.begin(), claim.end(), [&](const auto& entry) {
            return read_entry(entry, rights);
        }))
        return std::nullopt;
    return rights;
}

} // namespace mqtt
