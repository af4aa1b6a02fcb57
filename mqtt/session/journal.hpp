// Where the rooms below the gateway tell what happens. They hand over facts as lines; the gateway
// decides who reads them.
#pragma once

#include "mqtt/codec/packet_table.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace mqtt {

// One packet that came or went.
struct packet_fact {
    bool sent = false;
    packet_type type = packet_type::reserved;
    std::string_view client{};        // its id; empty where it is not known yet
    std::size_t bytes = 0;            // all of the packet, without the frames of WebSocket
    std::string details{};            // such as "d0, q1, r0, m7, 'a/b', ... (5 bytes)"
    std::vector<std::string> lines{}; // the filters of SUBSCRIBE and UNSUBSCRIBE
};

class journal {
public:
    virtual ~journal() = default;
    // True when somebody reads of packets; ask before making a fact.
    virtual bool wants_packets() const = 0;
    virtual void packet(const packet_fact& what) = 0;
    virtual void connection(std::string_view line) = 0; // clients coming and going
    virtual void subscribed(std::string_view line) = 0;
    virtual void unsubscribed(std::string_view line) = 0;
};

} // namespace mqtt
