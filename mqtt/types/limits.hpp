// Every bound that an operator can set for MQTT, with mosquitto's names, meanings and defaults. 0
// means no limit where the comment says so. The bounds that nobody needs to set stand as constants
// at the bottom.
#pragma once

#include "mqtt/types/qos.hpp"
#include "mqtt/types/reason.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace mqtt {

struct limits {
    std::uint16_t max_inflight_messages =
        20; // QoS 1 and 2 messages on their way to one client; 0: 65 535
    std::uint32_t max_queued_messages = 1000; // waiting for one client beyond those; 0: no limit
    std::uint64_t max_queued_bytes = 0;       // payload bytes waiting for one client; 0: no limit
    std::uint32_t max_packet_size =
        2'000'000; // largest packet taken from a client, bytes; 0: 268 435 460
    std::uint32_t message_size_limit = 0; // largest payload taken, bytes; 0: no limit of its own
    std::uint16_t max_keepalive = 65'535; // seconds; MQTT 5 clients are told, others refused
    bool retain_available = true;
    std::chrono::minutes retain_expiry{0};   // retained messages live no longer; 0: no limit
    std::uint32_t max_retained_messages = 0; // below no '$'; 0: no limit
    std::uint64_t max_retained_bytes = 0;    // of their payloads, likewise; 0: no limit
    bool upgrade_outgoing_qos = false; // deliver at the granted QoS even what came with a lower one
    bool queue_qos0_messages = false;  // also queue QoS 0 for a persistent client that is away
    bool allow_zero_length_clientid = true;
    std::string auto_id_prefix = "auto-";
    std::string client_id_prefix; // what every client id must begin with (clientid_prefixes)
    std::chrono::seconds persistent_client_expiration{
        0};                                // 0: sessions of 3.1.1 clients never expire
    std::chrono::seconds sys_interval{10}; // between two publications of $SYS; 0: none
    std::uint32_t max_connections =
        0; // clients of the process at a time; 0: no limit (global_max_connections)
};

// Messages that one user, or one address without a user, may publish; see rate_buckets.
struct publish_rate {
    std::uint32_t sustained = 0; // a second; 0: as many as there are
    std::uint32_t burst = 0;     // at once, after a pause
    bool given = false;          // a line says so; without one, what another listener says counts

    bool any() const { return sustained != 0; }
};

// A set of protocol versions: 3 for MQTT 3.1, 4 for 3.1.1, 5.
inline constexpr unsigned every_version = 1U << 3 | 1U << 4 | 1U << 5;

// What may differ from listener to listener.
struct listener_limits {
    unsigned accepted_versions = every_version; // a bit for each, 1 << version
    bool use_username_as_client_id = false;     // the client id that is sent counts not
    // In the place of those in limits, where something is said.
    std::optional<bool> allow_zero_length_clientid;
    std::optional<std::string> auto_id_prefix;
    qos max_qos = qos::exactly_once;
    std::uint16_t max_topic_alias = 10; // aliases that a client may use towards us; 0: none
    std::uint16_t max_topic_alias_broker =
        10; // aliases that we use towards a client, if it allows them; 0: none
    // Where clients of this listener are sent: use_another_server or server_moved; success:
    // nowhere. MQTT 5 section 4.11
    reason redirect = reason::success;
    std::string server_reference;
    // Response Information of CONNACK for those who ask, %c the client id, %u the user name; empty:
    // none. Section 3.2.2.3.14
    std::string response_information;
    publish_rate rate; // over MQTT who has published too much is not read from for a while
};

// A receiver's unsent bytes. Beyond, QoS 0 is dropped and counted; QoS 1 and 2 wait in the queue.
inline constexpr std::size_t unsent_bytes_max = 1'048'576;
// Filters of one client.
inline constexpr std::size_t subscriptions_per_client_max = 100'000;
// From its first byte to the end of CONNECT; then the connection is closed.
inline constexpr std::chrono::seconds connect_deadline{10};
// QoS 1 and 2 messages that an MQTT 5 client may have open towards us, as CONNACK tells it.
inline constexpr std::uint16_t receive_maximum = 1024;

} // namespace mqtt
