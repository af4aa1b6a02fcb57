// The messages of one webhook on their way to its endpoint: which of them go next, in which
// company, and which have to wait for others. One call of a topic at a time, so that its messages
// arrive in their order; different topics don't wait for each other. Knows no clock and no socket.
#pragma once

#include "mqtt/types/clock.hpp"
#include "mqtt/types/message.hpp"
#include "rest/webhooks/definition.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace rest::webhooks {

struct queued_message {
    mqtt::message_ptr what;
    mqtt::qos qos = mqtt::qos::at_least_once;
    bool retain = false;
    bool owed = true; // of the session, which wants to know when it is done; else sent once more
    mqtt::steady_time came{};
};

// What one call carries; tried again as it is.
struct delivery {
    std::uint64_t number = 0;
    std::string id; // stable over retries, and over restarts as long as the company is the same
    std::vector<queued_message> messages; // at most batch_max
    std::vector<std::string> lanes;       // that wait for it; at most one a message
    unsigned tries = 0;
    bool in_flight = false;
    mqtt::steady_time begun{}; // of the first try
    mqtt::steady_time due{};   // of the next one
    std::string last_error{};
};

class delivery_queue {
public:
    explicit delivery_queue(const definition& terms) { set_terms(terms); }

    // For what comes from now on.
    void set_terms(const definition& terms);

    // bound: the caller's
    void add(queued_message message);
    // Takes up a delivery that was given up: none of its messages are owed any more.
    void add_again(delivery failed, mqtt::steady_time now);

    // The next delivery that may go out at this time, which is in flight then; null: none. Valid
    // until it is finished.
    delivery* start(mqtt::steady_time now);
    // Messages that start() found expired before they were called once; they are gone from here.
    std::vector<queued_message> take_expired() { return std::exchange(expired_, {}); }
    // When start() will find something, as far as that is known; never: something must happen.
    mqtt::steady_time next_due() const;

    // requires: the delivery is in flight
    void finish(std::uint64_t number);
    void put_back(std::uint64_t number, mqtt::steady_time due, std::string error);

    // Of all that were tried and have to be tried again; null: there is none of that id.
    delivery* find(std::string_view id);
    void hurry(delivery& waiting, mqtt::steady_time now);

    std::size_t size() const { return size_; } // messages, those in flight included
    std::size_t in_flight() const { return in_flight_; }
    // In the order of their numbers.
    const std::map<std::uint64_t, delivery>& deliveries() const { return deliveries_; }

private:
    struct lane {
        std::deque<queued_message> waiting;
        bool busy = false;  // a delivery has some of its messages
        bool ready = false; // stands in ready_
    };

    std::string lane_of(const queued_message& message) const;
    void make_ready(const std::string& key, lane& of);
    void release_lanes(const delivery& done);
    mqtt::steady_time batch_due() const;
    delivery* start_fresh(mqtt::steady_time now);
    void take_from(lane& of, delivery& into, mqtt::steady_time now);

    delivery_order order_ = delivery_order::topic;
    std::size_t batch_max_ = 1;
    std::chrono::milliseconds linger_{0};
    std::size_t max_inflight_ = 1;

    std::unordered_map<std::string, lane> lanes_; // those with messages or a delivery
    std::deque<std::string> ready_; // lanes whose messages may go, in the order of their turn
    std::size_t ready_messages_ = 0;
    std::map<std::uint64_t, delivery> deliveries_; // in flight, or to be tried again
    std::multimap<mqtt::steady_time, std::uint64_t> again_;
    std::vector<queued_message> expired_; // bound: the queue; taken after each start()
    std::size_t in_flight_ = 0;
    std::size_t size_ = 0;
    std::uint64_t last_number_ = 0;
};

// The id of a delivery with these messages.
std::string delivery_id(const std::vector<queued_message>& messages);

} // namespace rest::webhooks
