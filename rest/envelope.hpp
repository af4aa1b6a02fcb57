// The JSON envelope of a message, section 5 of the contract: the same in lists, streams and long
// polls.
#pragma once

#include "mqtt/types/message.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace rest {

// The members of an envelope, one bit each in the order in which they stand in it.
using envelope_fields = std::uint8_t;
inline constexpr std::array<std::string_view, 7> envelope_members{
    "id", "ts", "topic", "payload", "qos", "retain", "props"};
inline constexpr envelope_fields whole_envelope = 0x7F;

// Appends {"id":...} without a line end. parse: a payload that is JSON stands in it as JSON.
// members: only these, with the name of the payload's encoding beside the payload.
void append_envelope(std::string& out, const mqtt::message& what, mqtt::qos qos, bool retained,
                     bool parse, envelope_fields members = whole_envelope);
// The members alone, without braces: somebody puts more beside them.
void append_envelope_members(std::string& out, const mqtt::message& what, mqtt::qos qos,
                             bool retained, bool parse, envelope_fields members = whole_envelope);

// Appends the payload alone as a JSON value; returns the name of its encoding, empty for text.
std::string_view append_payload(std::string& out, std::string_view payload, bool parse);

} // namespace rest
