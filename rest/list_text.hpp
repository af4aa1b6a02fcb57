// The forms of a list that are not envelopes: lines for people, rows for spreadsheets, a tree for
// scripts.
#pragma once

#include "mqtt/types/message.hpp"

#include <span>
#include <string>
#include <string_view>

namespace rest {

// "topic payload" lines. A line end within a payload is written \n or \r, bytes that are no text as
// "base64:...".
std::string list_as_text(std::span<const mqtt::message_ptr> values);

// topic,payload,enc,qos,id,ts; RFC 4180
std::string list_as_csv(std::span<const mqtt::message_ptr> values);

// One cell of it, quoted where it must be.
void append_csv_cell(std::string& out, std::string_view text);

// {"home":{"kitchen":{"temp":"21.5"}}}. A topic that has a value and others below it keeps its own
// under "/", which no level can be named. Bytes that are no text are written "base64:...".
std::string list_as_tree(std::span<const mqtt::message_ptr> values, bool parse);

} // namespace rest
