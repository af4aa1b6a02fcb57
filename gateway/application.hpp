// The process: builds the shards, the doors and the acceptors from the settings, runs them, and
// ends them. The only place where rooms are wired together.
#pragma once

#include "gateway/background.hpp"
#include "gateway/heartbeat.hpp"
#include "gateway/listeners/acceptor.hpp"
#include "gateway/listeners/door.hpp"
#include "gateway/log_journal.hpp"
#include "gateway/log_topics.hpp"
#include "gateway/readiness.hpp"
#include "gateway/settings.hpp"
#include "mqtt/auth/user_access.hpp"
#include "mqtt/broker/shared_state.hpp"
#include "mqtt/driver/shard.hpp"
#include "mqtt/store/store.hpp"

#include <boost/asio/signal_set.hpp>

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace gateway {

class application {
public:
    // requires: the log is open. Throws boost::system::system_error when an address can't be
    // listened on.
    explicit application(settings chosen);
    ~application();

    // Serves until SIGTERM or SIGINT. told: null, or the parent process that waits for us to be
    // ready.
    void run(background* told);

private:
    using endpoints = std::vector<boost::asio::ip::tcp::endpoint>;

    void make_shards();
    void make_log_topics();
    void make_doors(const listener& rules);
    void listen(const listener& rules, const boost::asio::ip::tcp::endpoint& where,
                const std::vector<door*>& doors);
    static endpoints addresses_of(const listener& rules);
    void wait_for_signal();
    void reload();
    std::string status() const;
    void read_users_again();
    void shut_down(int signal_number);
    void wind_down(std::size_t number);
    bool is_empty(std::size_t number) const;

    settings chosen_;
    readiness service_{readiness::socket_of_environment()};
    std::optional<std::chrono::microseconds> watchdog_ = readiness::watchdog_of_environment();
    log_journal journal_;
    mqtt::user_access access_;
    mqtt::memory_store store_;
    mqtt::shared_state common_;
    std::atomic<bool> ready_{false};
    std::vector<std::unique_ptr<mqtt::shard>> shards_;
    std::unique_ptr<log_topics> log_topics_;
    std::unique_ptr<heartbeat> heartbeat_;                  // null: no watchdog
    std::vector<std::vector<std::unique_ptr<door>>> doors_; // by shard
    std::vector<std::unique_ptr<acceptor>> acceptors_;
    std::unique_ptr<boost::asio::signal_set> signals_;
    std::vector<std::unique_ptr<boost::asio::steady_timer>>
        last_timers_; // by shard, for the shutdown
    std::vector<std::chrono::steady_clock::time_point> last_moments_;
};

} // namespace gateway
