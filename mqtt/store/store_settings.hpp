// What an operator says of the store.
#pragma once

#include <chrono>
#include <string>

namespace mqtt {

struct store_settings {
    std::string folder = ".";
    // Zero: acknowledgements wait for the disk. Else they do not, and it is written so often.
    std::chrono::milliseconds interval{0};
};

} // namespace mqtt
