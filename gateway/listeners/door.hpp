// Where accepted sockets go, shard by shard: to the MQTT driver, to the HTTP face, or first to the
// one that finds out what the client speaks.
#pragma once

#include "gateway/settings.hpp"
#include "mqtt/driver/shard.hpp"
#include "rest/service.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

namespace gateway {

// One listener as one shard serves it. thread: the shard's
class door {
public:
    using socket = boost::asio::ip::tcp::socket;

    // open: connections of the listener over all shards. requires: where and rules outlive it
    door(mqtt::shard& where, const listener& rules, mqtt::access& access,
         const std::atomic<bool>& ready, std::shared_ptr<std::atomic<std::uint32_t>> open);

    // Takes an accepted socket that belongs to the shard's io_context.
    void enter(socket fresh);

    void stop() { web_.stop(); }
    std::size_t web_connections() const { return web_.open_connections(); }

private:
    void to_mqtt(socket fresh, std::string already_read, bool websocket);
    void find_out(std::shared_ptr<struct sniffed> fresh);

    mqtt::shard& where_;
    const listener& rules_;
    rest::settings web_rules_;
    std::shared_ptr<std::atomic<std::uint32_t>> open_;
    rest::service web_;
};

} // namespace gateway
