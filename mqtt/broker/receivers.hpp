// Who the subscribers of all shards are, where rules decide who may receive what. Shared between
// shards: callers hold the lock of shared_state.
#pragma once

#include "mqtt/auth/identity.hpp"
#include "mqtt/session/subscriber.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstddef>
#include <memory>
#include <utility>

namespace mqtt {

class receivers {
public:
    void set(subscriber_id id, std::shared_ptr<const identity> who) {
        known_.insert_or_assign(id, std::move(who));
    }
    void erase(subscriber_id id) { known_.erase(id); }
    // Null: not known.
    std::shared_ptr<const identity> find(subscriber_id id) const {
        const auto found = known_.find(id);
        return found == known_.end() ? nullptr : found->second;
    }

private:
    struct hash {
        std::size_t operator()(const subscriber_id& id) const {
            return std::hash<std::uint64_t>{}((std::uint64_t{id.slot} << 40U) ^
                                              (std::uint64_t{id.shard} << 32U) ^ id.generation);
        }
    };
    boost::unordered_flat_map<subscriber_id, std::shared_ptr<const identity>, hash>
        known_; // bound: subscribers
};

} // namespace mqtt
