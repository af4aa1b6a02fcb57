// What the contrast of MQTT with HTTP has counted. One list of columns writes it as JSON and as
// text; no number here is written down by hand.
#pragma once

#include "gateway/contrast/counted_socket.hpp"
#include "rest/contrast_limits.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gateway {

struct contrast_question {
    std::string host = "127.0.0.1";
    std::string http_host; // empty: the same
    std::uint16_t port = 1883;
    std::uint16_t http_port = 8080; // 0: there is no HTTP
    std::string topic = "contrast/temp";
    std::string username; // empty: none
    std::string password;
    std::uint64_t size = 4; // bytes of each payload
    std::uint64_t receivers = 100;
    std::uint64_t seconds = 2; // of idleness
    bool local = false;        // the broker is this program, which can tell of its memory
};

using rest::contrast_receivers_max;
using rest::contrast_size_max;
inline constexpr std::uint64_t contrast_seconds_max = 600;
inline constexpr std::uint64_t contrast_topic_bytes_max = 200;

enum class contrast_group { publish, receive, ping, fan_out, idle, count };

struct contrast_row {
    contrast_group group = contrast_group::publish;
    std::string_view way;
    std::uint64_t messages = 0;
    std::uint64_t connections = 1;
    std::uint64_t payload_bytes = 0;
    traffic counted{};
    std::optional<double> latency_us{}; // the median; of a fan-out until the last one has it
    std::optional<double> cpu_us{};     // of the client, for one message
    std::optional<double> memory_bytes{};
    traffic sockets{}; // everything that has passed on its connections, opening included
    std::vector<std::uint16_t> ports{}; // of the client, where they are few
};

struct contrast_table {
    contrast_question asked;
    std::vector<contrast_row> rows;
    std::vector<std::string> notes; // what is missing, and why
};

// Ports beyond these are not listed.
inline constexpr std::size_t contrast_ports_max = 32;

std::string contrast_json(const contrast_table& table);
std::string contrast_text(const contrast_table& table);

// The line that measures the same again.
std::string contrast_command_line(const contrast_question& asked);

} // namespace gateway
