#include "gateway/option_table.hpp"

#include "gateway/option_text.hpp"
#include "gateway/options/bridges.hpp"
#include "gateway/options/general.hpp"
#include "gateway/options/history.hpp"
#include "gateway/options/http.hpp"
#include "gateway/options/limits.hpp"
#include "gateway/options/listener.hpp"
#include "gateway/options/logging.hpp"
#include "gateway/options/persistence.hpp"
#include "gateway/options/plugins.hpp"
#include "gateway/options/security.hpp"
#include "gateway/options/tls.hpp"

#include <algorithm>
#include <array>
#include <vector>

namespace gateway {

namespace {

constexpr std::array topics{
    option_topic{"Listeners", listener_options},
    option_topic{"TLS", tls_options},
    option_topic{"Security", security_options},
    option_topic{"Plugins", plugin_options},
    option_topic{"HTTP", http_options},
    option_topic{"Limits", limit_options},
    option_topic{"Log", log_options},
    option_topic{"Persistence", persistence_options},
    option_topic{"History", history_options},
    option_topic{"Program", general_options},
    option_topic{"Bridges", bridge_options},
};

// What is behind the beginning is free, but it is printed in messages as it stands.
bool begins_as(const option_row& row, std::string_view name) {
    const auto harmless = [](char each) { return each > ' ' && each < '\x7F'; };
    return row.name.ends_with('*') && name.starts_with(row.name.substr(0, row.name.size() - 1)) &&
           std::all_of(name.begin(), name.end(), harmless);
}

} // namespace

std::span<const option_topic> option_topics() {
    return topics;
}

const option_row* find_option(std::string_view name) {
    const option_row* beginning = nullptr;
    for (const auto& topic : topics)
        for (const auto& row : topic.rows) {
            if (row.name == name)
                return &row;
            if (begins_as(row, name))
                beginning = &row;
        }
    return beginning;
}

std::string nearest_option(std::string_view name) {
    std::vector<std::string_view> names;
    for (const auto& topic : topics)
        for (const auto& row : topic.rows)
            if (!row.name.ends_with('*'))
                names.push_back(row.name);
    return std::string(nearest(name, names));
}

} // namespace gateway
