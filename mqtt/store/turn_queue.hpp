// The turns of all shards on their way to the writer. Those of one shard are taken in their order;
// a turn that has a part of a message of several shards is taken together with the others, or waits
// for them.
#pragma once

#include "mqtt/store/store.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace mqtt {

struct stored_turn {
    std::vector<store_change> changes;
    std::vector<joint_part> joint;
    std::uint8_t shard = 0;
    store_position at = 0;
};

class turn_queue {
public:
    void put(stored_turn one);
    bool empty() const { return waiting_.empty(); }
    // What can be written in one transaction now.
    std::vector<stored_turn> take();

private:
    std::vector<stored_turn>
        waiting_; // in the order in which they came; bound: changes_waiting_max
    bool any_joint_ = false;
};

} // namespace mqtt
