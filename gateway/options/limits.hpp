// Rows of the option table: what one client, and all of them together, may cost.
#pragma once

#include "gateway/option_setters.hpp"
#include "mqtt/types/utf8.hpp"

#include <array>

namespace gateway {

namespace set {

inline bool is_client_id_prefix(std::string_view text) {
    constexpr std::size_t bytes_max = 50;
    return text.size() <= bytes_max && mqtt::is_utf8_string(text) &&
           !mqtt::has_control_character(text);
}
inline constexpr std::string_view client_id_prefix_wanted =
    "UTF-8 text of at most 50 bytes without control characters";

// Own: the listener's, whatever per_listener_settings says.
template <bool Own>
inline constexpr option_value auto_id_prefix{
    [](const option_target& target, std::string_view text) {
        if (!is_client_id_prefix(text))
            return outcome::error(must_be(client_id_prefix_wanted, text));
        if (Own || target.all.per_listener_settings)
            target.current->limits.auto_id_prefix = std::string(text);
        else
            target.all.limits.auto_id_prefix = std::string(text);
        return outcome::taken();
    },
    [](const settings& all, const listener& current) {
        return Own ? current.limits.auto_id_prefix.value_or("") : all.limits.auto_id_prefix;
    }};

inline constexpr option_value required_prefix{
    [](const option_target& target, std::string_view text) {
        if (!is_client_id_prefix(text))
            return outcome::error(must_be(client_id_prefix_wanted, text));
        target.all.limits.client_id_prefix = std::string(text);
        return outcome::taken();
    },
    [](const settings& all, const listener&) { return all.limits.client_id_prefix; }};

inline constexpr option_value zero_length_client_id{
    [](const option_target& target, std::string_view text) {
        const auto value = flag_from(text);
        if (!value)
            return outcome::error(must_be("true or false", text));
        if (target.all.per_listener_settings)
            target.current->limits.allow_zero_length_clientid = *value;
        else
            target.all.limits.allow_zero_length_clientid = *value;
        return outcome::taken();
    },
    [](const settings& all, const listener&) {
        return std::string(all.limits.allow_zero_length_clientid ? "true" : "false");
    }};

inline constexpr option_value expiration{
    [](const option_target& target, std::string_view text) {
        const auto value = duration_from(text);
        if (!value)
            return outcome::error(
                must_be("a number and one of h, d, w, m or y, such as 14d", text));
        target.all.limits.persistent_client_expiration = *value;
        return outcome::taken();
    },
    [](const settings& all, const listener&) {
        const auto value = all.limits.persistent_client_expiration;
        return value.count() == 0 ? std::string() : duration_text(value);
    }};

} // namespace set

// clang-format off
inline constexpr std::array limit_options{
    option_row{"allow_duplicate_messages", scope::global, origin::accepted, false, "<true|false>", "",
               "A client whose subscriptions overlap gets a message once, or, with MQTT 5 and subscription identifiers, as the standard says.",
               set::noted_text},
    option_row{"allow_zero_length_clientid", scope::security, origin::mosquitto, false, "<true|false>", "true",
               "Whether a client may connect with an empty client id and be given one.",
               set::zero_length_client_id},
    option_row{"auto_id_prefix", scope::security, origin::mosquitto, false, "<text>", "auto-",
               "What the client ids that the broker gives begin with.",
               set::auto_id_prefix<false>},
    option_row{"clientid_prefixes", scope::global, origin::mosquitto, false, "<text>", "",
               "What a client id must begin with; clients with another one are refused.",
               set::required_prefix},
    option_row{"global_max_clients", scope::global, origin::accepted, false, "<count>", "",
               "Sessions of clients that are away are not counted; global_max_connections limits those that are connected, persistent_client_expiration ends the others.",
               set::noted_number<-1, 2'147'483'647>},
    option_row{"global_max_connections", scope::global, origin::mosquitto, false, "<count>", "-1",
               "Most clients connected at a time over all listeners; -1: no limit.",
               set::count_or_unlimited<&mqtt::limits::max_connections>},
    option_row{"listener_auto_id_prefix", scope::listener, origin::mosquitto, false, "<text>", "",
               "As auto_id_prefix, for one listener and before it, also without per_listener_settings.",
               set::auto_id_prefix<true>},
    option_row{"max_inflight_bytes", scope::global, origin::accepted, false, "<bytes>", "",
               "Messages in flight are limited by their number, max_inflight_messages, and the unsent bytes of a connection to 1 MiB.",
               set::noted_number<0, 1'000'000'000'000>},
    option_row{"max_inflight_messages", scope::global, origin::mosquitto, false, "<count>", "20",
               "QoS 1 and 2 messages on their way to one client before it acknowledges; 0: as many as the protocol allows.",
               set::number<&mqtt::limits::max_inflight_messages, 0, 65'535>},
    option_row{"max_keepalive", scope::global, origin::mosquitto, false, "<seconds>", "65535",
               "Longest keep alive a client may ask for. An MQTT 5 client that asks for more is told this one.",
               set::number<&mqtt::limits::max_keepalive, 1, 65'535>},
    option_row{"max_packet_size", scope::global, origin::mosquitto, false, "<bytes>", "2000000",
               "Largest MQTT packet taken from a client; a larger one ends its connection. 0: as large as the protocol allows.",
               set::number_or_zero<&mqtt::limits::max_packet_size, 20, 268'435'460>},
    option_row{"max_queued_bytes", scope::global, origin::mosquitto, false, "<bytes>", "0",
               "Payload bytes that wait for one client beyond its messages in flight; 0: no limit.",
               set::number<&mqtt::limits::max_queued_bytes, 0, 1'000'000'000'000>},
    option_row{"max_queued_messages", scope::global, origin::mosquitto, false, "<count>", "1000",
               "QoS 1 and 2 messages that wait for one client beyond those in flight; 0: no limit.",
               set::number<&mqtt::limits::max_queued_messages, 0, 2'147'483'647>},
    option_row{"max_retained_bytes", scope::global, origin::ours, false, "<bytes>", "0",
               "Payload bytes of all retained messages; beyond, a publish that would retain more is refused. 0: no limit.",
               set::number<&mqtt::limits::max_retained_bytes, 0, 1'000'000'000'000'000>},
    option_row{"max_retained_messages", scope::global, origin::ours, false, "<count>", "0",
               "Retained messages at a time; beyond, a publish that would retain one more is refused. 0: no limit.",
               set::number<&mqtt::limits::max_retained_messages, 0, 4'294'967'295>},
    option_row{"memory_limit", scope::global, origin::accepted, false, "<bytes>", "",
               "The memory of the program is not limited by itself; MemoryMax of systemd, or a container, does that.",
               set::noted_number<0, 1'000'000'000'000'000>},
    option_row{"message_size_limit", scope::global, origin::mosquitto, false, "<bytes>", "0",
               "Largest payload taken; a larger message is refused. 0: only max_packet_size counts.",
               set::number<&mqtt::limits::message_size_limit, 0, 268'435'455>},
    option_row{"packet_buffer_size", scope::global, origin::accepted, false, "<bytes>", "",
               "Connections that are idle hold no buffer, and one that is not takes what its packet needs.",
               set::noted_number<0, 2'147'483'647>},
    option_row{"persistent_client_expiration", scope::global, origin::mosquitto, false, "<number><h|d|w|m|y>", "",
               "Forgets a persistent MQTT 3.1.1 session this long after its client left. Not given: never.",
               set::expiration},
    option_row{"queue_qos0_messages", scope::global, origin::mosquitto, false, "<true|false>", "false",
               "Whether QoS 0 messages, too, wait for a persistent client that is away.",
               set::flag<&mqtt::limits::queue_qos0_messages>},
    option_row{"retain_available", scope::global, origin::mosquitto, false, "<true|false>", "true",
               "Whether retained messages are served.",
               set::flag<&mqtt::limits::retain_available>},
    option_row{"retain_expiry_interval", scope::global, origin::mosquitto, false, "<minutes>", "0",
               "Retained messages are dropped after so long, if they do not expire or are replaced before. 0: never.",
               set::number<&mqtt::limits::retain_expiry, 0, 52'560'000>},
    option_row{"retry_interval", scope::global, origin::accepted, false, "<seconds>", "",
               "Messages are sent again when a client comes back, and never before, as the standard demands.",
               set::noted_text},
    option_row{"sys_interval", scope::global, origin::mosquitto, false, "<seconds>", "10",
               "How often the topics below $SYS/broker are published anew; 0: never.",
               set::number<&mqtt::limits::sys_interval, 0, 65'535>},
    option_row{"upgrade_outgoing_qos", scope::global, origin::mosquitto, false, "<true|false>", "false",
               "Whether a subscriber gets every message at the QoS that it was granted, also what was published with a lower one.",
               set::flag<&mqtt::limits::upgrade_outgoing_qos>},
};
// clang-format on

} // namespace gateway
