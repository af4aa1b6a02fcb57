// QoS 2 messages that a client has open towards us, MQTT 5 section 4.3.3, and how many of QoS 1.
// Lives as long as the session.
#pragma once

#include "mqtt/types/qos.hpp"

#include <boost/container/flat_set.hpp>

#include <cstddef>
#include <cstdint>

namespace mqtt {

class inbound {
public:
    // True when this identifier's PUBLISH came already: a repeat is acknowledged, never delivered.
    // [MQTT-4.3.3-10]
    bool is_open(std::uint16_t packet_id) const { return open_.contains(packet_id); }
    void open(std::uint16_t packet_id) { open_.insert(packet_id); } // bound: 65 535 identifiers
    // False when the identifier was not open.
    bool close(std::uint16_t packet_id) { return open_.erase(packet_id) == 1; }
    // A message whose PUBACK or PUBREC waits for the store, and no longer does.
    void hold(mqtt::qos level) {
        ++held_;
        held_once_ += level == qos::at_least_once ? 1 : 0;
    }
    void let_go(mqtt::qos level) {
        --held_;
        held_once_ -= level == qos::at_least_once ? 1 : 0;
    }
    std::uint32_t held() const { return held_; }
    // What counts against our Receive Maximum.
    std::size_t size() const { return open_.size() + held_once_; }

private:
    boost::container::flat_set<std::uint16_t> open_;
    std::uint32_t held_ = 0;      // of both
    std::uint32_t held_once_ = 0; // of QoS 1: those of QoS 2 are open besides
};

} // namespace mqtt
