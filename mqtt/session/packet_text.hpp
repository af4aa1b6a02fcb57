// Packets as lines for people: what `sluice -v` prints. Learners compare them with what mosquitto
// prints, so the facts stand in the same order.
#pragma once

#include "mqtt/codec/packets.hpp"
#include "mqtt/session/journal.hpp"

#include <string>

namespace mqtt {

std::string text_of(const connect& packet);         // (p4, c1, k60)
std::string text_of(const publish& packet);         // PUBLISH ... (d0, q1, r0, m7, 'a/b', 5 bytes)
std::string text_of(const acknowledgement& packet); // (m7, rc0)
std::string text_of(const subscription_request& request);

// "Received PUBLISH from client (…)" or "Sending PUBLISH to client (…)"
std::string line_of(const packet_fact& what);

} // namespace mqtt
