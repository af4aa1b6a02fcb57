// What an operator says of the store.
#pragma once

#include "mqtt/store/history.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace mqtt {

struct store_settings {
    std::string folder = ".";
    // Zero: acknowledgements wait for the disk. Else they do not, and it is written so often.
    std::chrono::milliseconds interval{0};
    std::vector<history_rule> history; // the first that matches a topic counts
};

} // namespace mqtt
