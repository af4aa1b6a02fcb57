// What a JSON WebSocket says, section 6: the requests of clients as values, the answers as text.
#pragma once

#include "mqtt/types/message.hpp"
#include "mqtt/types/reason.hpp"
#include "rest/problem.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace rest {

enum class json_op : std::uint8_t { auth, sub, unsub, pub, get, req, ack, ping };

struct json_filter {
    std::string filter;
    mqtt::qos qos = mqtt::qos::at_least_once;
    std::chrono::milliseconds every{0}; // see queue_rules

    bool has_terms_of(const json_filter& other) const {
        return qos == other.qos && every == other.every;
    }
};

// One request; which members count depends on op.
struct json_request {
    json_op op = json_op::ping;
    std::optional<std::uint64_t> number; // "n": the client's own, repeated in the answer

    // auth
    std::string token;
    std::string username;
    std::string password;

    // sub, unsub
    std::vector<json_filter> filters; // at most filters_max
    std::string retained = "all";     // all, new or none
    std::string after;                // the id of the message to go on behind
    bool no_local = false;
    bool manual_ack = false;
    bool parse = false; // payloads that are JSON come as JSON; get, req likewise

    // pub, req
    std::string topic;
    std::string payload;
    mqtt::qos qos = mqtt::qos::at_least_once;
    bool retain = false;
    std::optional<std::uint32_t> expiry; // seconds
    mqtt::publish_properties properties;
    bool require_subscriber = false;
    std::chrono::milliseconds timeout{5000}; // req

    // get; filters has the one
    std::uint64_t limit = 100;
    std::string cursor; // the topic behind which it goes on

    // ack
    std::string id;
};

// Why a request can't be read, and which one it was, as far as that is known.
struct json_refusal {
    std::optional<std::uint64_t> number;
    problem why;
};

// The one parser of what clients send. Never throws.
boost::system::result<json_request, json_refusal> read_json_request(std::string_view text);

[[noreturn]] inline void throw_exception_from_error(const json_refusal&,
                                                    const boost::source_location&) {
    std::abort();
}

// {"op":"...","n":7 without the closing brace: what follows is put behind it.
std::string begin_answer(std::string_view op, std::optional<std::uint64_t> number);

std::string reasons_answer(std::string_view op, std::optional<std::uint64_t> number,
                           std::span<const mqtt::reason> reasons);
std::string error_answer(std::optional<std::uint64_t> number, const problem& why);

} // namespace rest
