// Packets as lines for people: what `sluice -v` prints. Learners compare them with what mosquitto
// prints, so the facts stand in the same order.
#pragma once

#include "mqtt/codec/packets.hpp"

#include <string>
#include <string_view>

namespace mqtt {

std::string text_of(const connect& packet);         // (p4, c1, k60)
std::string text_of(const publish& packet);         // PUBLISH ... (d0, q1, r0, m7, 'a/b', 5 bytes)
std::string text_of(const acknowledgement& packet); // (m7, rc0)
std::string text_of(const subscription_request& request);

// "Received PUBLISH from client (…)" and "Sending PUBLISH to client (…)"
std::string received_line(packet_type type, std::string_view client, std::string_view details = {});
std::string sending_line(packet_type type, std::string_view client, std::string_view details = {});

} // namespace mqtt
