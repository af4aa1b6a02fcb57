// What the caller of PUT and POST gets: how far the message went, and what it cost over HTTP and
// would have over MQTT.
#pragma once

#include "mqtt/broker/local_client.hpp"
#include "rest/exchange.hpp"
#include "rest/publish_options.hpp"

#include <cstdint>
#include <string>

namespace rest {

// Fills the body. acked: told only where the caller waited for it. requires: every other part of
// the answer is there, because its bytes are counted.
void show_receipt(exchange& each, const std::string& topic, const publish_options& options,
                  const mqtt::publish_outcome& outcome, std::uint32_t acked = 0);

} // namespace rest
