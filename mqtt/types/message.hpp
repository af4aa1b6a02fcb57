// An application message, MQTT 5 section 3.3: as views on its way (publication), and kept
// (message).
#pragma once

#include "mqtt/types/clock.hpp"
#include "mqtt/types/qos.hpp"

#include <boost/smart_ptr/intrusive_ptr.hpp>

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mqtt {

// The properties of a PUBLISH that a receiver gets as the sender gave them, in readable form.
// Empty text means absent; section 3.3.2.3.
struct publish_properties {
    std::optional<bool> payload_is_utf8; // Payload Format Indicator
    std::string content_type;
    std::string response_topic;
    std::string correlation;                               // Correlation Data, any bytes
    std::vector<std::pair<std::string, std::string>> user; // order kept, names may repeat
};

// A message on its way. Everything is a view into somebody's buffer and holds as long as that one.
struct publication {
    std::string_view topic;
    std::string_view payload;
    std::string_view properties; // forwarded properties as MQTT 5 wire bytes, without their length
    mqtt::qos qos = mqtt::qos::at_most_once;
    bool retain = false;
    steady_time expires_at = never; // Message Expiry Interval, counted from its arrival
};

class message;
using message_ptr = boost::intrusive_ptr<const message>;

// A message that somebody keeps: immutable, shared, one allocation with its bytes behind it.
class message {
public:
    // id: position of the message in this run of the process, rising, never 0. arrived: for people;
    // expiry uses expires_at.
    static message_ptr make(const publication& what, std::uint64_t id, wall_time arrived);

    std::string_view topic() const { return {bytes(), topic_bytes_}; }
    std::string_view properties() const { return {bytes() + topic_bytes_, property_bytes_}; }
    std::string_view payload() const {
        return {bytes() + topic_bytes_ + property_bytes_, payload_bytes_};
    }
    mqtt::qos qos() const { return qos_; }
    bool retain() const { return retain_; } // as published
    steady_time expires_at() const { return expires_at_; }
    std::uint64_t id() const { return id_; }
    wall_time arrived() const { return arrived_; }

    publication view() const {
        return {topic(), payload(), properties(), qos_, retain_, expires_at_};
    }

    message(const message&) = delete;
    message& operator=(const message&) = delete;

private:
    message(const publication& what, std::uint64_t id, wall_time arrived);
    ~message() = default;
    const char* bytes() const { return reinterpret_cast<const char*>(this + 1); }

    friend void intrusive_ptr_add_ref(const message* held) {
        held->references_.fetch_add(1, std::memory_order_relaxed);
    }
    friend void intrusive_ptr_release(const message* held);

    mutable std::atomic<std::uint32_t> references_{
        0}; // atomic: a message may be kept by several shards
    std::uint32_t payload_bytes_;
    std::uint32_t property_bytes_;
    std::uint16_t topic_bytes_;
    mqtt::qos qos_;
    bool retain_;
    std::uint64_t id_;
    steady_time expires_at_;
    wall_time arrived_;
};

} // namespace mqtt
