// The HTTP face of one shard and listener kind: connected sockets in, topics out. It reaches the
// broker as an in-process client, and never by a socket of its own. thread: everything here is the
// shard's.
#pragma once

#include "mqtt/auth/access.hpp"
#include "mqtt/broker/metrics.hpp"
#include "net/stream.hpp"
#include "rest/listener_address.hpp"
#include "rest/reload.hpp"
#include "rest/settings.hpp"

#include <boost/asio/io_context.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

namespace mqtt {
class broker;
class event_hub;
class history;
} // namespace mqtt

namespace rest::webhooks {
class desk;
} // namespace rest::webhooks

namespace rest {

// Takes over a connection that became MQTT over WebSocket: the stream behind the written 101
// answer, the bytes that were read beyond the request, and how it came.
using upgrade_handler = std::function<void(std::unique_ptr<net::stream>, std::string already_read,
                                           std::shared_ptr<const mqtt::entry> by)>;

struct lobby;
struct service_context;
class delayed_messages;
class live_streams;
class roster;         // roster.hpp
class administration; // administration.hpp

// Somebody was not let in, for the log: the address, the user name that was shown, and why.
using refusal_handler =
    std::function<void(std::string_view address, std::string_view username, const mqtt::decision&)>;

// What the process does for the service.
struct service_hooks {
    upgrade_handler on_upgrade;
    std::function<bool()> ready;
    refusal_handler on_refused;
    reload_handler on_reload;
    mqtt::history* past = nullptr;           // null: no history is kept; outlives the service
    std::shared_ptr<lobby> callers{};        // of all services; null: this one has its own
    webhooks::desk* hook_desk = nullptr;     // outlives the service
    delayed_messages* later = nullptr;       // outlives the service
    std::shared_ptr<live_streams> streams{}; // of the process; null: the service has its own
    mqtt::event_hub* log_lines = nullptr;    // null: nobody can watch the log; outlives the service
    mqtt::event_hub* packets = nullptr; // null: nobody can trace a client; outlives the service
    roster* present = nullptr;          // null: nobody lists the callers; outlives the service
    administration* office = nullptr;   // null: nothing to administer; outlives the service
    listener_addresses addresses{};     // null: nobody knows
};

class service {
public:
    // requires: hub, door and counters outlive the service. The io_context may outlive it and may
    // still hold its connections then; they no longer touch the others.
    service(boost::asio::io_context& io, mqtt::broker& hub, mqtt::access& door,
            const settings& rules, mqtt::metrics& counters, service_hooks hooks);
    ~service();
    service(const service&) = delete;
    service& operator=(const service&) = delete;

    // already_read: bytes that somebody took from the stream to find out what it speaks. by: how
    // the connection came, and what it has proven.
    void serve(std::unique_ptr<net::stream> bytes, std::string already_read,
               std::shared_ptr<const mqtt::entry> by);

    // The rules on who may be here have changed.
    void rights_changed();

    // No new requests: streams are told goodbye, idle connections close, what is being answered is
    // answered. Returns at once; open_connections() tells when it is done, which is well under a
    // second.
    void stop();

    std::size_t open_connections() const;

private:
    std::shared_ptr<service_context> context_;
};

} // namespace rest
