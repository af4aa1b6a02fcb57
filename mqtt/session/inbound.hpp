// QoS 2 messages that a client has open towards us, MQTT 5 section 4.3.3. Lives as long as the
// session.
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
    std::size_t size() const { return open_.size(); }

private:
    boost::container::flat_set<std::uint16_t> open_;
};

} // namespace mqtt
