// Where accepted sockets go, shard by shard: through the TLS handshake where the listener has one,
// then to the MQTT driver, to the HTTP face, or first to the one that finds out what the client
// speaks.
#pragma once

#include "gateway/listeners/tls_in_force.hpp"
#include "gateway/settings.hpp"
#include "mqtt/driver/shard.hpp"
#include "rest/delayed_messages.hpp"
#include "rest/service.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace gateway {

// Handshakes under way on one door; each has about 30 KB. Beyond, a fresh connection is closed.
inline constexpr std::size_t handshakes_max = 4096;

// What the doors of one listener share.
struct listener_door {
    const listener& rules;
    std::uint16_t realm;                           // see mqtt::identity
    std::atomic<std::uint32_t> open{0};            // MQTT connections
    tls_in_force tls{};                            // of a listener without TLS: nothing
    mqtt::history* past = nullptr;                 // null: no history is kept; outlives the doors
    std::shared_ptr<rest::lobby> callers{};        // of all listeners
    rest::webhooks::desk* hook_desk = nullptr;     // outlives the doors
    rest::delayed_messages* later = nullptr;       // outlives the doors
    std::shared_ptr<rest::live_streams> streams{}; // of all listeners
    mqtt::event_hub* log_lines = nullptr;          // outlives the doors
    mqtt::event_hub* packets = nullptr;            // likewise
    rest::roster* present = nullptr;               // likewise
    rest::administration* office = nullptr;        // likewise
    rest::listener_addresses addresses{};
};

// One listener as one shard serves it. thread: the shard's
class door {
public:
    using socket = boost::asio::ip::tcp::socket;

    // requires: where outlives it
    door(mqtt::shard& where, std::shared_ptr<listener_door> of, mqtt::access& access,
         const std::atomic<bool>& ready, rest::reload_handler reload);

    // Takes an accepted socket that belongs to the shard's io_context.
    void enter(socket fresh);

    void rights_changed() { web_.rights_changed(); }
    void stop() { web_.stop(); }
    std::size_t web_connections() const { return web_.open_connections(); }

private:
    using stream_ptr = std::unique_ptr<net::stream>;
    using entry_ptr = std::shared_ptr<const mqtt::entry>;

    void shake_hands(socket fresh, std::shared_ptr<mqtt::entry> by);
    void serve(stream_ptr bytes, std::string_view agreed, std::shared_ptr<mqtt::entry> by);
    void to_mqtt(stream_ptr bytes, std::string already_read, bool websocket, entry_ptr by);
    void find_out(stream_ptr bytes, std::shared_ptr<mqtt::entry> by);
    void await_first_byte(std::shared_ptr<struct sniffed> fresh);
    void first_byte_came(const std::shared_ptr<struct sniffed>& fresh);

    mqtt::shard& where_;
    std::shared_ptr<listener_door> of_;
    rest::settings web_rules_;
    std::size_t handshakes_ = 0;
    rest::service web_;
    // What is under way looks whether the door is still there: the io_context outlives it.
    std::shared_ptr<char> life_ = std::make_shared<char>();
};

} // namespace gateway
