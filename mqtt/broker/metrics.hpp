// What one shard counts: plain numbers, written by the shard's own thread. Readers on other threads
// get them by adding up the shards with relaxed loads, so a reading may be a moment old but never
// torn.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace mqtt {

enum class metric : std::uint8_t {
    connections_opened,
    connections_closed,
    connects_received,
    clients_connected,
    clients_expired,
    sessions,
    packets_received,
    packets_sent,
    bytes_received,
    bytes_sent,
    publishes_received,
    publishes_sent,
    payload_bytes_received,
    payload_bytes_sent,
    messages_received,
    messages_sent,
    messages_queued,
    messages_dropped,
    messages_from_http,
    count
};

struct metric_row {
    metric which;
    std::string_view name;
    std::string_view system_topic; // below $SYS/broker/, as mosquitto names it; empty: none
    std::string_view load;         // below $SYS/broker/load/, averages per minute; empty: none
    std::string_view sentence;
};

// clang-format off
inline constexpr std::array metric_table{
    metric_row{metric::connections_opened, "connections_opened", "", "sockets", "Connections accepted since the start."},
    metric_row{metric::connections_closed, "connections_closed", "", "", "Connections ended since the start."},
    metric_row{metric::connects_received, "connects_received", "", "connections", "CONNECT packets received."},
    metric_row{metric::clients_connected, "clients_connected", "clients/connected", "", "Clients connected now."},
    metric_row{metric::clients_expired, "clients_expired", "clients/expired", "", "Sessions that ended because their time ran out while their client was away."},
    metric_row{metric::sessions, "sessions", "clients/total", "", "Sessions now, of connected clients and of those that are away."},
    metric_row{metric::packets_received, "packets_received", "messages/received", "messages/received", "MQTT packets received."},
    metric_row{metric::packets_sent, "packets_sent", "messages/sent", "messages/sent", "MQTT packets sent."},
    metric_row{metric::bytes_received, "bytes_received", "bytes/received", "bytes/received", "Bytes received from MQTT clients."},
    metric_row{metric::bytes_sent, "bytes_sent", "bytes/sent", "bytes/sent", "Bytes sent to MQTT clients."},
    metric_row{metric::publishes_received, "publishes_received", "publish/messages/received", "publish/received", "PUBLISH packets received."},
    metric_row{metric::publishes_sent, "publishes_sent", "publish/messages/sent", "publish/sent", "PUBLISH packets sent."},
    metric_row{metric::payload_bytes_received, "payload_bytes_received", "publish/bytes/received", "", "Payload bytes of PUBLISH packets received."},
    metric_row{metric::payload_bytes_sent, "payload_bytes_sent", "publish/bytes/sent", "", "Payload bytes of PUBLISH packets sent."},
    metric_row{metric::messages_received, "messages_received", "", "", "Messages published to this process, by any way."},
    metric_row{metric::messages_sent, "messages_sent", "", "", "Messages delivered to receivers, MQTT clients and streams."},
    metric_row{metric::messages_queued, "messages_queued", "", "", "Messages that wait for MQTT clients now."},
    metric_row{metric::messages_dropped, "messages_dropped", "publish/messages/dropped", "publish/dropped", "Messages dropped because a receiver's limit was reached."},
    metric_row{metric::messages_from_http, "messages_from_http", "", "", "Messages published by HTTP."},
};
// clang-format on
static_assert(metric_table.size() == static_cast<std::size_t>(metric::count));

class metrics {
public:
    // thread: only the shard's own thread adds; a load and a store, no locked instruction.
    void add(metric which, std::int64_t amount = 1) {
        auto& cell = cells_[static_cast<std::size_t>(which)];
        cell.store(cell.load(std::memory_order_relaxed) + amount, std::memory_order_relaxed);
    }
    std::int64_t value(metric which) const {
        return cells_[static_cast<std::size_t>(which)].load(std::memory_order_relaxed);
    }

private:
    std::array<std::atomic<std::int64_t>, static_cast<std::size_t>(metric::count)> cells_{};
};

} // namespace mqtt
