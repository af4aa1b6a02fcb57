// The option table: the only place that knows the words of the configuration file. Its rows stand
// in options/, by topic.
#pragma once

#include "gateway/option_row.hpp"
#include "gateway/options/unserved.hpp"

#include <span>
#include <string>
#include <string_view>

namespace gateway {

struct option_topic {
    std::string_view title;
    std::span<const option_row> rows; // sorted by name
};

std::span<const option_topic> option_topics();

const option_row* find_option(std::string_view name);

// An option of mosquitto's that is not served, by its name or by what it begins with.
const unserved_option* find_unserved(std::string_view name);

// The name, of a served or an unserved option, that comes nearest to one that does not exist;
// empty: none is near.
std::string nearest_option(std::string_view name);

} // namespace gateway
