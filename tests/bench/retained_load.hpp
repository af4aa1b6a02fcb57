// Retained messages, each on a topic of its own: site/S/device/D/temp, a thousand devices a site.
#pragma once

#include "tests/bench/connection.hpp"

#include <cstddef>
#include <cstdint>

namespace bench {

struct retained_sizes {
    std::uint64_t messages = 0;
    std::uint64_t topic_bytes = 0;
    std::uint64_t payload_bytes = 0;
};

// ensures: the broker has acknowledged them all
retained_sizes publish_retained(const endpoint& broker, std::uint64_t count,
                                std::size_t payload_bytes);

} // namespace bench
