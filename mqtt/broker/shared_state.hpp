// All that the shards of a process have in common. Everything else belongs to one of them.
#pragma once

#include "mqtt/auth/access.hpp"
#include "mqtt/auth/rate_buckets.hpp"
#include "mqtt/broker/documents.hpp"
#include "mqtt/broker/events.hpp"
#include "mqtt/broker/last_values.hpp"
#include "mqtt/broker/mailbox.hpp"
#include "mqtt/broker/metrics.hpp"
#include "mqtt/broker/pull_counts.hpp"
#include "mqtt/broker/receivers.hpp"
#include "mqtt/broker/retained_store.hpp"
#include "mqtt/broker/subscription_index.hpp"
#include "mqtt/store/history.hpp"
#include "mqtt/store/store.hpp"
#include "mqtt/types/limits.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <shared_mutex>
#include <string>
#include <vector>

namespace mqtt {

class broker;

// What is remembered of what passes by, besides retained messages.
struct remembered_topics {
    std::vector<history_rule> history;
    std::vector<std::string> last_values; // filters

    bool any() const { return !history.empty() || !last_values.empty(); }
};

struct shared_state {
    shared_state(const limits& bounds, access& door, store& kept)
        : bounds(bounds), door(door), kept(kept), limits_receiving(door.limits_receiving()),
          asks_others(door.asks_others()) {}

    const limits bounds;
    access& door;
    store& kept;
    const bool limits_receiving; // see access
    const bool asks_others;
    message_ids ids;
    remembered_topics remembered; // set before the first thread starts
    bool users_by_realm = false;  // likewise; a name means somebody else in another realm
    mqtt::last_values last_values;
    mqtt::documents documents;
    mqtt::pull_counts pull_counts;
    event_hub events;
    rate_buckets rates; // of those who publish where a listener limits that

    // The index and the retained messages, under one lock: a subscription and the retained messages
    // it finds are one step, so that nothing is missed and nothing comes twice.
    std::shared_mutex lock;
    subscription_index subscriptions;
    retained_store retained;
    mqtt::receivers receivers; // kept only where rules limit who receives
    // Rises with each change of subscriptions; whoever has a route of the same generation needs no
    // lock.
    std::atomic<std::uint64_t> generation{1};

    std::atomic<std::uint32_t> clients{0}; // connected
    std::vector<const metrics*> counts;    // one a shard; as mailboxes
    std::vector<broker*> brokers;          // likewise
    std::vector<std::unique_ptr<mailbox>>
        mailboxes; // one a shard; set before the first thread starts

    bool same_user(const identity& left, const identity& right) const {
        return left.username == right.username && (left.realm == right.realm || !users_by_realm);
    }

    std::int64_t count(metric which) const {
        std::int64_t sum = 0;
        for (const auto* shard : counts)
            sum += shard->value(which);
        return sum;
    }
    std::uint8_t shards() const { return static_cast<std::uint8_t>(mailboxes.size()); }
};

} // namespace mqtt
