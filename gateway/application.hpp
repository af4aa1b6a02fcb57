// The process: builds the shards, the doors and the acceptors from the settings, runs them, and
// ends them. The only place where rooms are wired together.
#pragma once

#include "gateway/background.hpp"
#include "gateway/heartbeat.hpp"
#include "gateway/listeners/acceptor.hpp"
#include "gateway/listeners/door.hpp"
#include "gateway/listeners/unix_acceptor.hpp"
#include "gateway/log_journal.hpp"
#include "gateway/log_tail.hpp"
#include "gateway/log_topics.hpp"
#include "gateway/office.hpp"
#include "gateway/plugin_desk.hpp"
#include "gateway/readiness.hpp"
#include "gateway/reload.hpp"
#include "gateway/settings.hpp"
#include "mqtt/auth/user_access.hpp"
#include "mqtt/broker/shared_state.hpp"
#include "mqtt/driver/shard.hpp"
#include "mqtt/store/sqlite_store.hpp"
#include "mqtt/store/store.hpp"
#include "rest/delayed_messages.hpp"
#include "rest/live_streams.hpp"
#include "rest/roster.hpp"
#include "rest/webhooks/desk.hpp"

#include <boost/asio/signal_set.hpp>

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace gateway {

class application {
public:
    // reread: the configuration as it is when that is called, for a reload. requires: the log is
    // open. Throws boost::system::system_error when an address can't be listened on, and
    // std::runtime_error when a file that is named can't be used.
    application(settings chosen, std::function<config_reading()> reread);
    ~application();

    // Serves until SIGTERM or SIGINT. told: null, or the parent process that waits for us to be
    // ready.
    void run(background* told);

private:
    void make_shards();
    void make_log_topics();
    void make_doors(std::size_t number, std::shared_ptr<const tls_context> tls);
    void listen(const listener& rules, const boost::asio::ip::tcp::endpoint& where,
                const std::vector<door*>& doors);
    void open_sockets(const listener& rules, const std::vector<door*>& doors);
    void listen_at_path(const listener& rules, const std::vector<door*>& doors);
    void wait_for_signal();
    std::string status() const;

    // application_store.cpp
    static std::unique_ptr<mqtt::sqlite_store> make_store(const settings& chosen);
    void load_store();
    void hide_ids();

    // application_reload.cpp
    using reload_answer = rest::reload_answer;
    void ask_for_reload(reload_answer answer); // thread: any
    void reload(reload_answer answer);
    void read_again_aside();
    void put_in_force(fresh_rules fresh);
    void tell_of(const fresh_rules& fresh) const;

    void shut_down(int signal_number);
    void wind_down(std::size_t number);
    bool is_empty(std::size_t number) const;

    settings chosen_;
    std::function<config_reading()> reread_;
    readiness service_{readiness::socket_of_environment()};
    std::optional<std::chrono::microseconds> watchdog_ = readiness::watchdog_of_environment();
    log_journal journal_;
    plugin_desk plugins_;
    mqtt::user_access access_;
    mqtt::memory_store memory_;
    std::unique_ptr<mqtt::sqlite_store> store_; // null: nothing outlives the process
    mqtt::shared_state common_;
    std::shared_ptr<rest::lobby> callers_;
    std::atomic<bool> ready_{false};
    rest::webhooks::desk webhooks_; // its thread is ended before those of the shards are forgotten
    // Of the reload that is under way, and of those that wait for another one; shard 0 only. bound:
    // HTTP requests in progress
    std::vector<reload_answer> reloading_;
    std::vector<reload_answer> reload_next_;
    std::thread reader_;
    log_tail log_tail_; // shown by doors of all shards
    rest::roster web_services_;
    office office_{chosen_, listener_doors_,
                   [this](office::work work) { shards_[0]->later(std::move(work)); },
                   [this](reload_answer answer) { ask_for_reload(std::move(answer)); }};
    std::vector<std::unique_ptr<mqtt::shard>> shards_;
    std::unique_ptr<log_topics> log_topics_;
    std::unique_ptr<rest::delayed_messages> delayed_;
    std::unique_ptr<heartbeat> heartbeat_;                  // null: no watchdog
    std::vector<std::vector<std::unique_ptr<door>>> doors_; // by shard
    std::vector<std::shared_ptr<listener_door>> listener_doors_;
    std::shared_ptr<rest::live_streams> streams_ = std::make_shared<rest::live_streams>();
    std::shared_ptr<std::vector<rest::listener_address>> addresses_ =
        std::make_shared<std::vector<rest::listener_address>>();
    std::vector<std::unique_ptr<acceptor>> acceptors_;
    std::vector<std::unique_ptr<unix_acceptor>> unix_acceptors_;
    std::unique_ptr<boost::asio::signal_set> signals_;
    std::vector<std::unique_ptr<boost::asio::steady_timer>>
        last_timers_; // by shard, for the shutdown
    std::vector<std::chrono::steady_clock::time_point> last_moments_;
};

} // namespace gateway
