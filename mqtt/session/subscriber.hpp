// Whoever gets messages: an MQTT session, a stream, a long poll. The broker sees no difference.
#pragma once

#include "mqtt/auth/access.hpp"
#include "mqtt/session/frames.hpp"
#include "mqtt/types/limits.hpp"
#include "mqtt/types/qos.hpp"

#include <cstdint>
#include <memory>
#include <span>

namespace mqtt {

// Names a subscriber over all shards, and never another one that came later into its place. 0:
// nobody.
struct subscriber_id {
    std::uint8_t shard = 0;
    std::uint32_t slot = 0;
    std::uint32_t generation = 0; // 0: nobody

    friend auto operator<=>(const subscriber_id&, const subscriber_id&) = default;
};

class shared_group; // broker/shared_group.hpp
struct identity;    // auth/identity.hpp

// One message on its way to one receiver.
struct delivery {
    frames& what;
    mqtt::qos qos; // outgoing_qos
    bool retain;   // as the receiver's packet shows it
    std::span<const std::uint32_t> subscription_ids;
    bool retained; // sent because of the subscription, not because of a publish
    std::shared_ptr<shared_group> group{}; // null: a subscription of its own
};

enum class delivered : std::uint8_t { sent, queued, dropped };

// The QoS that a receiver gets a message at.
constexpr qos outgoing_qos(qos granted, qos published, const limits& bounds) {
    return bounds.upgrade_outgoing_qos ? granted : lesser(granted, published); // [MQTT-3.8.4-8]
}

class subscriber {
public:
    virtual ~subscriber() = default;
    // thread: the subscriber's own shard. Must not call back into the broker.
    virtual delivered deliver(const delivery& what) = 0;
    virtual bool is_online() const { return true; }
    // False: what is delivered waits for the receiver to come back, or for room.
    virtual bool is_ready() const { return true; }
    // Whether it is there to acknowledge what is delivered at QoS 1 and 2.
    virtual bool acknowledges() const { return false; }
    // By which way it is reached; while it is away nobody knows, and plain MQTT is said.
    virtual transport reached_by() const { return transport::mqtt; }
    // Whether what is delivered at QoS 1 and 2 outlives the process.
    virtual bool is_kept() const { return false; }
    // Who it is; null: nobody that has a name.
    virtual const identity* whose() const { return nullptr; }
};

} // namespace mqtt
