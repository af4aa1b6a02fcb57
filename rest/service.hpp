// The HTTP face of one shard and listener kind: connected sockets in, topics out. It reaches the
// broker as an in-process client, and never by a socket of its own. thread: everything here is the
// shard's.
#pragma once

#include "mqtt/auth/access.hpp"
#include "mqtt/broker/metrics.hpp"
#include "rest/settings.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

namespace mqtt {
class broker;
}

namespace rest {

// Takes over a connection that became MQTT over WebSocket: the socket behind the written 101
// answer, and the bytes that were read beyond the request.
using upgrade_handler = std::function<void(boost::asio::ip::tcp::socket, std::string already_read)>;

struct service_context;

class service {
public:
    // requires: hub, door and counters outlive the service. The io_context may outlive it and may
    // still hold its connections then; they no longer touch the others.
    service(boost::asio::io_context& io, mqtt::broker& hub, mqtt::access& door,
            const settings& rules, mqtt::metrics& counters, upgrade_handler on_upgrade,
            std::function<bool()> ready);
    ~service();
    service(const service&) = delete;
    service& operator=(const service&) = delete;

    // already_read: bytes that somebody took from the socket to find out what it speaks.
    void serve(boost::asio::ip::tcp::socket socket, std::string already_read = {});

    // No new requests: streams are told goodbye, idle connections close, what is being answered is
    // answered. Returns at once; open_connections() tells when it is done, which is well under a
    // second.
    void stop();

    std::size_t open_connections() const;

private:
    std::shared_ptr<service_context> context_;
};

} // namespace rest
