// POST with ?reply=5: publishes a question and answers with what comes back, section 7 of the
// contract. The responder is any MQTT client that answers on the Response Topic, MQTT 5 section
// 4.10.
#pragma once

#include "rest/exchange.hpp"
#include "rest/publish_options.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>

namespace rest {

inline constexpr std::size_t replies_collected_max = 1'000;
// Questions of one service that wait for their answers.
inline constexpr std::size_t questions_max = 1'000;

struct reply_options {
    std::chrono::seconds time{0};
    bool clamped = false;
    std::string topic; // of the answer; empty: one of the server's own
    std::size_t wanted = 1;
    bool collects = false; // an array of envelopes, of whatever came until the deadline
};

// Nothing: the request does not ask for an answer.
checked<std::optional<reply_options>> read_reply_options(const exchange& each);

// requires: the right to publish is settled
boost::asio::awaitable<void> ask_and_tell(exchange& each, std::string topic,
                                          publish_options options, reply_options reply);

} // namespace rest
