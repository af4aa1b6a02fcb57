// QoS 2 messages that a client has open towards us, MQTT 5 section 4.3.3, and how many of QoS 1.
// Lives as long as the session.
#pragma once

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
    // A QoS 1 message whose PUBACK waits for the store, and no longer does.
    void hold() { ++held_; }
    void let_go() { --held_; }
    // What counts against our Receive Maximum.
    std::size_t size() const { return open_.size() + held_; }

private:
    boost::container::flat_set<std::uint16_t> open_;
    std::uint32_t held_ = 0;
};

} // namespace mqtt
