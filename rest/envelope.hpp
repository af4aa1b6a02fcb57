// The JSON envelope of a message, section 5 of the contract: the same in lists, streams and long
// polls.
#pragma once

#include "mqtt/types/message.hpp"

#include <string>

namespace rest {

// Appends {"id":...} without a line end. parse: a payload that is JSON stands in it as JSON.
void append_envelope(std::string& out, const mqtt::message& what, mqtt::qos qos, bool retained,
                     bool parse);

// Appends the payload alone as a JSON value; returns the name of its encoding, empty for text.
std::string_view append_payload(std::string& out, std::string_view payload, bool parse);

} // namespace rest
