// What the connections of one service share. It lives as long as the last of them.
#pragma once

#include "mqtt/broker/events.hpp"
#include "mqtt/store/history.hpp"
#include "rest/http_connection.hpp"
#include "rest/service.hpp"
#include "rest/stream_cache.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/intrusive/list.hpp>

#include <array>
#include <cstdint>
#include <ctime>
#include <random>

namespace rest {

struct service_context : std::enable_shared_from_this<service_context> {
    service_context(boost::asio::io_context& io, mqtt::broker& hub, mqtt::access& door,
                    settings rules, mqtt::metrics& counters, service_hooks hooks);

    // The Date of this moment, written once a second.
    std::string_view date();
    // "r-k3f9a-83": the service's own mark and a number.
    std::string next_request_id();
    std::uint64_t next_connection_number() { return ++connections_made_; }
    std::string_view mark() const { return mark_; }
    std::uint32_t random() { return static_cast<std::uint32_t>(random_()); }

    // Looks for connections past their deadline, now and then, while there are any.
    void begin_sweeping();
    void stop();
    void abandon();

    boost::asio::io_context& io;
    mqtt::broker& hub;
    mqtt::access& door;
    const settings rules;
    mqtt::metrics& counters;
    upgrade_handler on_upgrade;
    std::function<bool()> ready;
    refusal_handler on_refused;
    reload_handler on_reload;
    mqtt::history* const past; // null: no history is kept
    const std::shared_ptr<lobby> callers;
    webhooks::desk* const hook_desk; // null: there are no webhooks
    delayed_messages* const later;
    const std::shared_ptr<live_streams> streams;
    mqtt::event_hub* const log_lines; // null: nobody can watch the log
    mqtt::event_hub* const packets;   // null: nobody can trace a client
    roster* const present;            // null: nobody lists the callers
    administration* const office;     // null: nothing to administer
    const listener_addresses addresses;

    bool stopping = false;
    std::size_t open = 0;  // connections
    std::size_t feeds = 0; // streams and long polls; at most feeds_max
    std::uint64_t streams_made = 0;
    std::size_t questions = 0; // that wait for their answers; at most questions_max
    boost::intrusive::list<http_connection, boost::intrusive::constant_time_size<false>>
        connections;
    std::array<char, 65'536> scratch; // what one read takes, before a connection keeps it
    stream_cache formatted{counters};

private:
    void sweep();
    void arm_sweeper();

    std::string mark_;
    std::uint64_t requests_made_ = 0;
    std::uint64_t connections_made_ = 0;
    std::time_t date_second_ = 0;
    std::string date_;
    boost::asio::steady_timer sweeper_;
    bool sweeping_ = false;
    bool abandoned_ = false;
    std::minstd_rand random_;
};

// Streams and long polls of one service at a time.
inline constexpr std::size_t feeds_max = 10'000;

} // namespace rest
