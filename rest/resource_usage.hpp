// What this program takes of its machine, as the kernel tells it.
#pragma once

#include <cstdint>

namespace rest {

struct resource_usage {
    double started_at = 0; // seconds since 1970
    double cpu_seconds = 0;
    std::int64_t resident_bytes = 0;
    std::int64_t virtual_bytes = 0;
    std::int64_t threads = 0;
    std::int64_t open_descriptors = 0;
    std::int64_t descriptors_max = 0; // 0: unlimited
};

// What can't be read is 0.
resource_usage read_resource_usage();

} // namespace rest
