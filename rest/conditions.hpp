// Conditional requests on the retained value, RFC 9110 section 13, and what Prefer asks for.
#pragma once

#include "mqtt/broker/local_client.hpp"
#include "rest/problem.hpp"
#include "rest/request.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rest {

// "k7-1042" in quotes.
std::string entity_tag(const mqtt::message& what);

// Whether an If-None-Match list names this message: the caller has it already. [RFC9110-13.1.2]
bool names_message(std::string_view if_none_match, const mqtt::message& what);

// A strong tag for a body that has no id: of the same bytes it is the same.
std::string text_tag(std::string_view body);
// Whether an If-None-Match list names this tag, which stands in its quotes. [RFC9110-13.1.2]
bool names_tag(std::string_view if_none_match, std::string_view tag);

struct put_condition {
    mqtt::retained_condition condition;
    bool impossible = false; // no value of this run of the server can meet it
};

// If-Match and If-None-Match of a PUT or DELETE. now: the value there at the moment, to choose from
// several tags; the decision itself is made in the retained store.
checked<put_condition> read_condition(const request& asked, const mqtt::message* now);

// The value of one preference, "minimal" for Prefer: return=minimal; nothing when it is not there.
// RFC 7240
std::optional<std::string> preference(const request& asked, std::string_view name);

} // namespace rest
