// One shard's subscribers by number. A number that was given back never finds whoever sits there
// now.
#pragma once

#include "mqtt/session/subscriber.hpp"

#include <cstdint>
#include <vector>

namespace mqtt {

class subscriber_slots {
public:
    explicit subscriber_slots(std::uint8_t shard) : shard_(shard) {}

    subscriber_id reserve() {
        std::uint32_t slot = static_cast<std::uint32_t>(entries_.size());
        if (free_.empty()) {
            entries_.push_back({nullptr, 1});
        } else {
            slot = free_.back();
            free_.pop_back();
        }
        return {shard_, slot, entries_[slot].generation};
    }

    void seat(subscriber_id id, subscriber& who) { entries_[id.slot].who = &who; }

    void release(subscriber_id id) {
        auto& entry = entries_[id.slot];
        entry.who = nullptr;
        if (++entry.generation == 0)
            entry.generation = 1;
        free_.push_back(id.slot);
    }

    // Null when it is gone. requires: id.shard is this shard
    subscriber* find(subscriber_id id) const {
        if (id.slot >= entries_.size() || entries_[id.slot].generation != id.generation)
            return nullptr;
        return entries_[id.slot].who;
    }

private:
    struct entry {
        subscriber* who;
        std::uint32_t generation;
    };
    std::uint8_t shard_;
    std::vector<entry> entries_; // bound: clients and local subscriptions of the shard
    std::vector<std::uint32_t> free_;
};

} // namespace mqtt
