// What PUT, POST, PATCH and DELETE of topics share: the condition, the publish, and what is said of
// how it went.
#pragma once

#include "mqtt/broker/local_client.hpp"
#include "rest/exchange.hpp"
#include "rest/publish_options.hpp"

#include <boost/asio/awaitable.hpp>

#include <string>
#include <string_view>

namespace rest {

// 412, with the tag of the value that is there; null: there is none.
void refuse_changed(exchange& each, std::string_view topic, const mqtt::message* current);

// What the broker's refusal of a publish means here. no_room: the disk is full.
void refuse_publish(exchange& each, mqtt::reason reason, std::string_view topic,
                    bool no_room = false);

// If-Match and the like. Refuses the exchange when the condition can't be met or makes no sense
// here.
mqtt::retained_condition condition_of(exchange& each, const std::string& topic, bool retain);

// The message that the options describe; it shows what topic and payload show.
mqtt::publish_request request_of(const std::string& topic, std::string_view payload,
                                 const publish_options& options);

// Publishes the payload and answers. Where the condition fails, and the caller is not to be told,
// false: nothing was published and nothing answered. requires: the right to publish is settled
boost::asio::awaitable<bool> publish_if(exchange& each, std::string topic,
                                        std::string_view payload, publish_options options,
                                        mqtt::retained_condition condition, bool tell_failure);

// Publishes the request's body later; answers 202. requires: as above, and options.delay
boost::asio::awaitable<void> publish_later(exchange& each, std::string topic,
                                           publish_options options);

// What PATCH takes, for Accept-Patch. RFC 5789
inline constexpr std::string_view accept_patch = "application/merge-patch+json, application/json";

} // namespace rest
