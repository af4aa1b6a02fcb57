// The fixed header, MQTT 5 section 2.1: where one packet ends in a stream of bytes.
#pragma once

#include "mqtt/codec/packet_table.hpp"
#include "mqtt/types/reason.hpp"
#include "mqtt/types/version.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace mqtt {

enum class frame_state : std::uint8_t {
    complete,   // type, flags and body are set; size bytes of the input are used up
    incomplete, // more bytes are needed; size is how many the packet has in all, 0 while unknown
    refused,    // the stream can't go on; why says so
};

struct frame {
    frame_state state = frame_state::incomplete;
    mqtt::reason why = reason::success;
    packet_type type = packet_type::reserved;
    std::uint8_t flags = 0;
    std::string_view body{};
    std::size_t size = 0;
};

// Looks at the packet at the front of the input. Refuses at the earliest byte that tells: an
// impossible type or flags [MQTT-2.1.3-1], a Remaining Length of more than four bytes, a packet
// larger than size_max bytes in all. MQTT 3.1 repeats SUBSCRIBE, UNSUBSCRIBE and PUBREL with DUP.
frame next_frame(std::string_view input, std::size_t size_max, version level = version::v3_1_1);

// Writes type, flags and Remaining Length. requires: body_size <= varint_max
void write_frame_header(std::string& out, packet_type type, unsigned flags, std::size_t body_size);

} // namespace mqtt
