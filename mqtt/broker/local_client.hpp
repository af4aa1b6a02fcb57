// The in-process client: how rest publishes, subscribes and reads without a socket. It enters the
// broker by the same door as a PUBLISH or SUBSCRIBE packet: same authorisation, same limits, same
// fan-out. thread: everything here is called on the shard's thread, and calls back on it.
#pragma once

#include "mqtt/auth/access.hpp"
#include "mqtt/auth/rate_buckets.hpp"
#include "mqtt/broker/metrics.hpp"
#include "mqtt/types/message.hpp"
#include "mqtt/types/reason.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mqtt {

class broker;

// Compare-and-set on a retained value, decided inside the retained store (If-Match, If-None-Match:
// *).
struct retained_condition {
    std::optional<std::uint64_t> id_is; // the value there now must have this id
    bool must_exist = false;            // If-Match: *
    bool must_be_absent = false;        // If-None-Match: *
};

struct publish_request {
    std::string_view topic;
    std::string_view payload; // empty with retain: clears the retained value
    mqtt::qos qos = mqtt::qos::at_least_once;
    bool retain = false;
    publish_properties properties;
    std::optional<std::uint32_t> expiry; // seconds
    retained_condition condition;        // only with retain
    bool require_subscriber =
        false; // do nothing when nobody matches; reason no_matching_subscribers
    // Called on this thread each time that a client which is online has acknowledged the message,
    // for a minute at most. Empty: nobody waits for that.
    std::function<void()> on_acknowledged{};
    // Subscriptions with no_local that are the publisher's own, by number(): they don't hear of it.
    std::span<const std::uint64_t> unheard_by{};
    way by = way::http; // that the metrics show it under
};

struct publish_outcome {
    // success; no_matching_subscribers (accepted); an error of authorisation, name, size, quota.
    mqtt::reason reason = mqtt::reason::success;
    std::optional<rate_standing> rate; // where publishing is limited; see limit_rate
    bool no_room = false;              // with quota_exceeded: the disk is full
    bool condition_failed = false;     // nothing was published; current is what stands there
    message_ptr
        previous; // retained value before this publish, if any (with retain, or condition_failed)
    std::uint64_t id = 0;
    std::uint32_t matched = 0;    // subscribers whose filter matches
    std::uint32_t sent = 0;       // of these: handed to a connection
    std::uint32_t queued = 0;     // of these: kept for later
    std::uint32_t awaited = 0;    // of both: clients that are there to acknowledge it
    std::uint32_t mqtt_bytes = 0; // size of the same message as an MQTT 3.1.1 PUBLISH from a
                                  // client, its acknowledgement included
};

// Where the messages of a subscription go. Called on the shard's thread; must not block, must bound
// what it keeps.
class message_sink {
public:
    virtual ~message_sink() = default;
    // retained: sent because the subscription was made, not because it was published now.
    virtual void on_message(const message_ptr& what, mqtt::qos granted, bool retained) = 0;
};

enum class retained_delivery { all, none };

struct subscribe_request {
    std::vector<std::string> filters; // topic filters, checked here
    mqtt::qos qos = mqtt::qos::at_least_once;
    retained_delivery retained = retained_delivery::all;
    bool awaits_reply = false; // on a topic below $reply/, which is the server's own
    std::uint64_t retained_after = 0; // only retained messages with a higher id
    bool no_local = false;            // see publish_request::unheard_by
};

struct retained_page {
    std::vector<message_ptr> messages; // in the order of their topics, bytewise
    std::size_t total = 0;             // messages that match the filter in all; only when asked for
    bool truncated = false;
};

class local_client {
public:
    // A subscription that ends when this object does. One sink may have several filters; a message
    // that matches more than one of them comes once.
    class subscription {
    public:
        virtual ~subscription() = default;
        // One for each filter that it began with, as SUBACK gives them.
        virtual std::span<const mqtt::reason> granted() const = 0;
        // More filters, while it runs; a reason for each. Retained messages of what is new are
        // delivered before it returns, without those that an earlier filter selected already.
        virtual std::vector<mqtt::reason> add(const subscribe_request& what) = 0;
        // False: it has no such filter. What was delivered before stays delivered.
        virtual bool remove(std::string_view filter) = 0;
        // What it hears of now.
        virtual std::span<const std::string> filters() const = 0;
        // Names it over all shards, and never another one.
        virtual std::uint64_t number() const = 0;
    };

    // requires: door and hub outlive the client.
    local_client(broker& hub, access& door, identity who);

    // What it publishes from now on counts against its user's bucket, or its address's; beyond that
    // outcome.reason is message_rate_too_high. Over no network of its own it can't be made to wait.
    void limit_rate(const publish_rate& rate);

    // Publishes; done is called once, at once or later on this thread (what the views in `what`
    // show has to last until then), when every matching session has the message (and, for QoS 1 and
    // 2 with persistence, when it is on disk).
    void publish(const publish_request& what, std::function<void(const publish_outcome&)> done);

    // What publish would refuse by looking at the request alone: its topic, size, properties and
    // the right to it; success when nothing of that is wrong. requires: settled, see below
    mqtt::reason check(const publish_request& what) const;

    // Others are behind with what they were given: whoever publishes a great deal should wait.
    bool is_congested() const;

    // Subscribes and delivers the matching retained messages to the sink before it returns, so that
    // none is missed and none comes twice. Fails with topic_filter_invalid, not_authorized (all
    // filters refused), quota_exceeded. requires: sink outlives the subscription.
    std::unique_ptr<subscription> subscribe(const subscribe_request& what, message_sink& sink,
                                            mqtt::reason& failure);

    // The retained message of a topic, or null. Expired ones are not there.
    message_ptr retained(std::string_view topic) const;

    // The newest message of a topic, retained or not, where last_value_cache remembers it or it is
    // retained; null: neither, or it is expired.
    message_ptr last_value(std::string_view topic) const;

    // Who would get a message of this topic now; of a shared subscription one.
    std::size_t subscriber_count(std::string_view topic) const;

    // Messages that have come so far have at most this id.
    std::uint64_t newest_id() const;

    // Up to limit retained messages that match the filter and whose topic comes after `after`.
    // Counts all matches into total when count is set.
    retained_page retained_matching(std::string_view filter, std::size_t limit,
                                    std::string_view after, bool count) const;

    bool authorized(operation what, std::string_view topic) const;
    // Runs `then` once authorized() can tell, for the topic or for what the filter selects: at
    // once, or later on this thread.
    void settle(operation what, std::string_view topic_or_filter, std::function<void()> then);
    // Whether the rules would still let this client in.
    bool still_good() const;
    const identity& who() const { return who_; }

private:
    broker& hub_;
    access& door_;
    identity who_;
    publish_rate rate_;
    std::shared_ptr<rate_bucket> bucket_; // null: nothing is counted
};

// The readable form of a message's properties.
publish_properties properties_of(const message& what);
// Seconds until the message expires, rounded up; nothing when it does not.
std::optional<std::uint32_t> expiry_left(const message& what, steady_time now);
// The opaque id that HTTP shows, "k7x2-1042": the start of this run and the message's position in
// it.
std::string public_id(std::uint64_t id);
// What public ids begin with from now on: the store's, so that they mean the same after a restart.
// thread: before any other is started
void set_public_epoch(std::string epoch);
// The position in public_id's text; nothing when it is not of this run or not such text.
std::optional<std::uint64_t> parse_public_id(std::string_view text);

} // namespace mqtt
