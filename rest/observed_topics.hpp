// The topics that descriptions of the MQTT side are made of: those that have a retained value which
// the caller may read, page by page.
#pragma once

#include "mqtt/types/message.hpp"
#include "rest/exchange.hpp"
#include "rest/listener_address.hpp"

#include <boost/asio/awaitable.hpp>
#include <nlohmann/json_fwd.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rest {

struct observed_topic {
    std::string id; // its name in the document: "home.kitchen.temp"
    mqtt::message_ptr value;
    bool writable = false; // the caller may publish to it
};

struct observed_topics {
    std::vector<observed_topic> topics;
    bool truncated = false;
};

// With the options of a list: filter, tree, limit, cursor; all topics when none is named. A page
// that goes on adds its Link to the answer. Nothing: the exchange is refused.
boost::asio::awaitable<std::optional<observed_topics>> observe_topics(exchange& each);

// Where clients of MQTT connect to, for a caller who reached the machine by this name; each address
// once.
std::vector<listener_address> reachable_addresses(const exchange& each);

// "host:port" as it stands in a URI.
std::string host_of(const listener_address& where);

// Whether the caller has shown a name, and so has to show one over MQTT.
bool is_named_caller(const exchange& each);

void show_description(exchange& each, std::string_view content_type,
                      const nlohmann::ordered_json& document);

} // namespace rest
