#include "gateway/option_table.hpp"

#include "gateway/option_text.hpp"
#include "gateway/options/general.hpp"
#include "gateway/options/http.hpp"
#include "gateway/options/limits.hpp"
#include "gateway/options/listener.hpp"
#include "gateway/options/logging.hpp"
#include "gateway/options/security.hpp"

#include <array>
#include <vector>

namespace gateway {

namespace {

constexpr std::array topics{
    option_topic{"Listeners", listener_options},
    option_topic{"Security", security_options},
    option_topic{"HTTP", http_options},
    option_topic{"Limits", limit_options},
    option_topic{"Log", log_options},
    option_topic{"Program", general_options},
};

bool stands_for(std::string_view listed, std::string_view name) {
    if (!listed.ends_with('*'))
        return listed == name;
    listed.remove_suffix(1);
    return name.starts_with(listed);
}

} // namespace

std::span<const option_topic> option_topics() {
    return topics;
}

const option_row* find_option(std::string_view name) {
    for (const auto& topic : topics)
        for (const auto& row : topic.rows)
            if (row.name == name)
                return &row;
    return nullptr;
}

const unserved_option* find_unserved(std::string_view name) {
    for (const auto& listed : unserved_options)
        if (stands_for(listed.name, name))
            return &listed;
    return nullptr;
}

std::string nearest_option(std::string_view name) {
    std::vector<std::string_view> names;
    for (const auto& topic : topics)
        for (const auto& row : topic.rows)
            names.push_back(row.name);
    for (const auto& listed : unserved_options)
        if (!listed.name.ends_with('*'))
            names.push_back(listed.name);
    return std::string(nearest(name, names));
}

} // namespace gateway
