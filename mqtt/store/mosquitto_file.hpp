// mosquitto's database, mosquitto.db, as its versions 2.0 and 2.1 write it (formats 5 and 6). Takes
// the bytes apart and checks that lengths hold; what the rows mean, and whether names in them are
// well formed, is for the reader to see.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mqtt {

inline constexpr std::size_t mosquitto_file_bytes_max = 4ULL * 1024 * 1024 * 1024;

// Whether the text begins as such a file does.
bool is_mosquitto_file(std::string_view bytes);

// Where in its exchange a message of QoS 1 or 2 was. In files: never renumber.
enum class mosquitto_state : std::uint8_t {
    invalid = 0,
    publish_qos0 = 1,
    publish_qos1 = 2,
    wait_for_puback = 3,
    publish_qos2 = 4,
    wait_for_pubrec = 5,
    resend_pubrel = 6,
    wait_for_pubrel = 7,
    resend_pubcomp = 8,
    wait_for_pubcomp = 9,
    send_pubrec = 10,
    queued = 11,
};

// All texts are views into the bytes that were read. `offset`: where the row begins, for messages.
struct mosquitto_message {
    std::size_t offset;
    std::uint64_t id;
    std::int64_t expires_at; // seconds since 1970; 0: never
    std::string_view topic, payload;
    std::string_view source;     // the client that sent it
    std::string_view properties; // wire bytes without their length
    std::uint8_t qos;
    bool retain;
};

struct mosquitto_client {
    std::size_t offset;
    std::string_view client_id, username;
    std::int64_t expires_at; // seconds since 1970; 0: connected, or never
    std::uint32_t expiry;    // seconds; 4294967295: never
    std::uint16_t last_packet_id;
    std::uint16_t listener_port; // 0: not said
};

struct mosquitto_queued {
    std::size_t offset;
    std::string_view client_id;
    std::uint64_t message;
    std::string_view properties; // subscription identifiers
    std::uint16_t packet_id;
    std::uint8_t qos;
    mosquitto_state state;
    bool retain, duplicate, outgoing;
};

struct mosquitto_subscription {
    std::size_t offset;
    std::string_view client_id, filter;
    std::uint32_t identifier; // 0: none
    std::uint8_t qos;
    bool no_local, retain_as_published;
};

struct mosquitto_retained {
    std::size_t offset;
    std::uint64_t message;
};

struct mosquitto_reading {
    unsigned format = 0; // 5 or 6
    bool was_shut_down = false;
    // Each is bounded by the size of the file.
    std::vector<mosquitto_message> messages; // in the order of their ids, as they came
    std::vector<mosquitto_client> clients;
    std::vector<mosquitto_queued> queued; // in the order of each client's queue
    std::vector<mosquitto_subscription> subscriptions;
    std::vector<mosquitto_retained> retained;
    // Why the file can't be taken, with the place; empty: it can.
    std::string problem;
};

mosquitto_reading read_mosquitto_file(std::string_view bytes);

} // namespace mqtt
