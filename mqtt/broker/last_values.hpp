// The newest message of each of the topics that an operator has chosen, retained or not. Shared
// between shards, with a lock of its own that only messages of those topics take.
#pragma once

#include "mqtt/types/message.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstddef>
#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace mqtt {

// Topics and bytes remembered; beyond, those that were silent for longest are forgotten.
inline constexpr std::size_t last_values_max = 100'000;
inline constexpr std::size_t last_values_bytes_max = 67'108'864;

class last_values {
public:
    explicit last_values(std::size_t topics_max = last_values_max,
                         std::size_t bytes_max = last_values_bytes_max)
        : topics_max_(topics_max), bytes_max_(bytes_max) {}

    // thread: any
    void put(const message_ptr& what);
    message_ptr find(std::string_view topic) const; // null: none is remembered

private:
    using order = std::list<message_ptr>; // the one that came last stands first

    void forget(order::iterator which);

    const std::size_t topics_max_;
    const std::size_t bytes_max_;
    mutable std::mutex lock_; // all below
    order order_;
    // The keys are views into the messages.
    boost::unordered_flat_map<std::string_view, order::iterator> by_topic_;
    std::size_t bytes_ = 0;
};

} // namespace mqtt
