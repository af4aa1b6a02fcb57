// All numbers of the process at once, for those who show them.
#pragma once

#include "mqtt/broker/metrics.hpp"

#include <array>
#include <cstdint>

namespace mqtt {

class broker;

struct readings {
    std::array<std::int64_t, static_cast<std::size_t>(metric::count)> sums{};
    std::array<std::array<std::int64_t, static_cast<std::size_t>(way::count)>,
               static_cast<std::size_t>(metric::count)>
        by_way{};
    histogram::reading http_seconds;
    histogram::reading publish_seconds;

    std::int64_t subscriptions = 0;
    std::int64_t shared_subscriptions = 0;
    std::int64_t retained_messages = 0;
    std::int64_t retained_bytes = 0;
    std::int64_t shards = 0;

    bool keeps = false; // something outlives the process; else the store's numbers are 0
    bool disk_full = false;
    std::int64_t changes_waiting = 0;
    std::int64_t history_written = 0;
    histogram::reading commit_seconds;

    std::int64_t sum(metric which) const { return sums[static_cast<std::size_t>(which)]; }
    std::int64_t of(metric which, way how) const {
        return by_way[static_cast<std::size_t>(which)][static_cast<std::size_t>(how)];
    }
};

// thread: a shard's
readings read_all(broker& hub);

} // namespace mqtt
