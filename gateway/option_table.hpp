// The option table: the only place that knows the words of the configuration file. Its rows stand
// in options/, by topic.
#pragma once

#include "gateway/option_row.hpp"

#include <span>
#include <string>
#include <string_view>

namespace gateway {

struct option_topic {
    std::string_view title;
    std::span<const option_row> rows; // sorted by name
};

std::span<const option_topic> option_topics();

// By its name, or by what it begins with where no row has that name.
const option_row* find_option(std::string_view name);

// The name that comes nearest to one that does not exist; empty: none is near.
std::string nearest_option(std::string_view name);

} // namespace gateway
