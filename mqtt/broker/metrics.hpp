// What one shard counts: plain numbers, written by the shard's own thread. Readers on other threads
// get them by adding up the shards with relaxed loads, so a reading may be a moment old but never
// torn.
#pragma once

#include "mqtt/types/histogram.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace mqtt {

enum class transport : std::uint8_t; // auth/access.hpp

// By which way bytes and messages come and go. The first three are those of `transport`.
enum class way : std::uint8_t {
    mqtt,
    websocket,
    http, // requests on topics, and their answers
    sse,
    ndjson,
    json_websocket,
    http_other, // pages, lists, administration
    count
};

inline constexpr std::array<std::string_view, static_cast<std::size_t>(way::count)> way_names{
    "mqtt", "websocket", "http", "sse", "ndjson", "json-websocket", "http-other"};

constexpr way way_of(transport how) {
    return static_cast<way>(how);
}

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
    streams_open,
    http_connections,
    http_answers_1xx,
    http_answers_2xx,
    http_answers_3xx,
    http_answers_4xx,
    http_answers_5xx,
    events_dropped,
    count
};

enum class metric_kind : std::uint8_t { counter, gauge };

// Label of the rows that are kept for each way besides, and shown so.
inline constexpr std::string_view by_way = "transport";

struct metric_row {
    metric which;
    metric_kind kind;
    std::string_view name;
    std::string_view family;       // of Prometheus, without "sluice_" and "_total"
    std::string_view label;        // empty: none; by_way; or written as it is
    std::string_view system_topic; // below $SYS/broker/, as mosquitto names it; empty: none
    std::string_view load;         // below $SYS/broker/load/, averages per minute; empty: none
    std::string_view sentence;
};

// Where a row is kept by way, its sum counts what $SYS counts, and the ways may know more: bytes of
// HTTP are in its ways only.
// clang-format off
inline constexpr auto metric_table = [] {
    using enum metric;
    using enum metric_kind;
    return std::array{
        metric_row{connections_opened, counter, "connections_opened", "mqtt_connections_opened", "", "", "sockets", "Connections accepted since the start."},
        metric_row{connections_closed, counter, "connections_closed", "mqtt_connections_closed", "", "", "", "Connections ended since the start."},
        metric_row{connects_received, counter, "connects_received", "mqtt_connects_received", "", "", "connections", "CONNECT packets received."},
        metric_row{clients_connected, gauge, "clients_connected", "clients_connected", by_way, "clients/connected", "", "Clients connected now."},
        metric_row{clients_expired, counter, "clients_expired", "clients_expired", "", "clients/expired", "", "Sessions that ended because their time ran out while their client was away."},
        metric_row{sessions, gauge, "sessions", "sessions", "", "clients/total", "", "Sessions now, of connected clients and of those that are away."},
        metric_row{packets_received, counter, "packets_received", "packets_received", by_way, "messages/received", "messages/received", "MQTT packets received, and HTTP requests."},
        metric_row{packets_sent, counter, "packets_sent", "packets_sent", by_way, "messages/sent", "messages/sent", "MQTT packets sent, HTTP answers, and parts of streams."},
        metric_row{bytes_received, counter, "bytes_received", "wire_received_bytes", by_way, "bytes/received", "bytes/received", "Bytes received, with everything that is around the payload; of TLS what is inside."},
        metric_row{bytes_sent, counter, "bytes_sent", "wire_sent_bytes", by_way, "bytes/sent", "bytes/sent", "Bytes sent, with everything that is around the payload; of TLS what is inside."},
        metric_row{publishes_received, counter, "publishes_received", "mqtt_publishes_received", "", "publish/messages/received", "publish/received", "PUBLISH packets received."},
        metric_row{publishes_sent, counter, "publishes_sent", "mqtt_publishes_sent", "", "publish/messages/sent", "publish/sent", "PUBLISH packets sent."},
        metric_row{payload_bytes_received, counter, "payload_bytes_received", "payload_received_bytes", by_way, "publish/bytes/received", "", "Payload bytes of messages received."},
        metric_row{payload_bytes_sent, counter, "payload_bytes_sent", "payload_sent_bytes", by_way, "publish/bytes/sent", "", "Payload bytes of messages sent."},
        metric_row{messages_received, counter, "messages_received", "messages_received", by_way, "", "", "Messages published to this process."},
        metric_row{messages_sent, counter, "messages_sent", "messages_sent", by_way, "", "", "Messages delivered to receivers."},
        metric_row{messages_queued, gauge, "messages_queued", "messages_queued", "", "", "", "Messages that wait for MQTT clients now."},
        metric_row{messages_dropped, counter, "messages_dropped", "messages_dropped", by_way, "publish/messages/dropped", "publish/dropped", "Messages dropped because a receiver's limit was reached."},
        metric_row{messages_from_http, counter, "messages_from_http", "messages_from_http", "", "", "", "Messages published by HTTP."},
        metric_row{streams_open, gauge, "streams_open", "streams_open", by_way, "", "", "Streams open now."},
        metric_row{http_connections, gauge, "http_connections", "http_connections", "", "", "", "HTTP connections open now."},
        metric_row{http_answers_1xx, counter, "http_answers_1xx", "http_requests", "status=\"1xx\"", "", "", "HTTP requests answered, by the class of their status."},
        metric_row{http_answers_2xx, counter, "http_answers_2xx", "http_requests", "status=\"2xx\"", "", "", "HTTP requests that went well."},
        metric_row{http_answers_3xx, counter, "http_answers_3xx", "http_requests", "status=\"3xx\"", "", "", "HTTP requests answered with 'not modified' and the like."},
        metric_row{http_answers_4xx, counter, "http_answers_4xx", "http_requests", "status=\"4xx\"", "", "", "HTTP requests refused: it was their fault."},
        metric_row{http_answers_5xx, counter, "http_answers_5xx", "http_requests", "status=\"5xx\"", "", "", "HTTP requests that failed: it was ours."},
        metric_row{events_dropped, counter, "events_dropped", "events_dropped", "", "", "", "Events and lines of the log that a slow reader did not get."},
    };
}();
// clang-format on
static_assert(metric_table.size() == static_cast<std::size_t>(metric::count));
static_assert([] {
    for (std::size_t i = 0; i < metric_table.size(); ++i)
        if (static_cast<std::size_t>(metric_table[i].which) != i)
            return false;
    return true;
}());

class metrics {
public:
    // thread: only the shard's own thread adds; a load and a store, no locked instruction.
    void add(metric which, std::int64_t amount = 1) { raise(cells_[place(which)], amount); }
    // Likewise, and the sum stays as it is. requires: the row's label is by_way
    void add(metric which, way how, std::int64_t amount = 1) {
        raise(by_way_[place(which)][static_cast<std::size_t>(how)], amount);
    }
    std::int64_t value(metric which) const {
        return cells_[place(which)].load(std::memory_order_relaxed);
    }
    std::int64_t value(metric which, way how) const {
        return by_way_[place(which)][static_cast<std::size_t>(how)].load(std::memory_order_relaxed);
    }

    // From a request's header to its answer; streams, and those who wait for a message, are not in
    // it.
    histogram http_seconds;
    // From the moment that the shard began to read what came to the moment that it had written
    // what follows from it. Counted once a turn for all messages of the turn, none of which took
    // longer: one look at the clock and one addition, however many messages there were.
    histogram publish_seconds;

private:
    using cell = std::atomic<std::int64_t>;
    static constexpr std::size_t place(metric which) { return static_cast<std::size_t>(which); }
    static void raise(cell& into, std::int64_t by) {
        into.store(into.load(std::memory_order_relaxed) + by, std::memory_order_relaxed);
    }

    std::array<cell, static_cast<std::size_t>(metric::count)> cells_{};
    std::array<std::array<cell, static_cast<std::size_t>(way::count)>,
               static_cast<std::size_t>(metric::count)>
        by_way_{};
};

} // namespace mqtt
