// What messages cost on the wire: measured, by the counters; and computed, way by way, by what
// encodes packets and writes answers. No number here is written down by hand.
#pragma once

#include "mqtt/broker/packet_cost.hpp"
#include "mqtt/broker/readings.hpp"
#include "rest/exchange.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace rest {

struct cost_question {
    std::string topic;
    std::uint64_t size = 4;  // bytes of each payload
    std::uint64_t n = 1'000; // messages
    std::uint64_t receivers = 1;
};

inline constexpr std::uint64_t costed_size_max = 1'048'576;
inline constexpr std::uint64_t costed_number_max = 1'000'000; // of messages, and of receivers

struct cost_row {
    std::string_view way;
    mqtt::wire_cost all; // of n messages; where it is received, of all receivers
};

struct cost_table {
    std::vector<cost_row> publish;
    std::vector<cost_row> receive;
};

// each: the request that asks. The requests of the table have its header fields, as whoever asks
// would send them.
cost_table compute_costs(exchange& each, const cost_question& asked);

std::string cost_json(const cost_question& asked, const cost_table& table);
std::string cost_text(const cost_question& asked, const cost_table& table);

// The ways that have carried anything.
std::string measured_json(const mqtt::readings& now);
std::string measured_text(const mqtt::readings& now);

} // namespace rest
