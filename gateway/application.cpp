#include "gateway/application.hpp"

#include "gateway/config_file.hpp"
#include "gateway/listeners/addresses.hpp"
#include "gateway/logging.hpp"
#include "gateway/rules.hpp"
#include "rest/lobby.hpp"
#include "sluice_version.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <algorithm>
#include <csignal>
#include <stdexcept>
#include <string_view>
#include <thread>
#include <utility>

namespace gateway {
namespace {

using boost::asio::ip::tcp;
using boost::system::error_code;

constexpr std::chrono::milliseconds shutdown_patience{700}; // for clients to take our last words
constexpr std::chrono::milliseconds shutdown_poll{10};

unsigned thread_count(const settings& chosen) {
    const auto cores = std::max(1U, std::thread::hardware_concurrency());
    return std::min(chosen.io_threads == 0 ? cores : chosen.io_threads, 255U);
}

// Who publishes too much by one listener would go to the next: what one says counts for those that
// say nothing.
void spread_rate(settings& chosen) {
    const auto first = std::find_if(chosen.listeners.begin(), chosen.listeners.end(),
                                    [](const auto& each) { return each.limits.rate.any(); });
    if (first == chosen.listeners.end())
        return;
    const auto rate = first->limits.rate;
    for (auto& each : chosen.listeners)
        if (!each.limits.rate.given)
            each.limits.rate = rate;
}

std::string name_of(const listener& rules) {
    const std::string_view tls = rules.tls.by_psk() ? ", TLS-PSK" : rules.tls.any() ? ", TLS" : "";
    switch (rules.protocol) {
    case protocol::mqtt:
        return fmt::format("mqtt{}", tls);
    case protocol::websockets:
        return fmt::format("websockets{}", tls);
    case protocol::http:
        return fmt::format("http{}", tls);
    case protocol::automatic:
        return fmt::format("auto{}", tls);
    }
    return "";
}

// What is spoken at an address, by the names that URIs have for it.
void add_addresses(std::vector<rest::listener_address>& to, const listener& rules,
                   const tcp::endpoint& where) {
    const std::string end = rules.tls.any() ? "s" : "";
    const auto address = where.address().to_string();
    if (rules.protocol == protocol::mqtt || rules.protocol == protocol::automatic)
        to.push_back({"mqtt" + end, address, where.port()}); // bound: listeners
    if (rules.protocol != protocol::mqtt)
        to.push_back({"ws" + end, address, where.port()});
}

} // namespace

application::application(settings chosen, std::function<config_reading()> reread)
    : chosen_(std::move(chosen)), reread_(std::move(reread)), plugins_(chosen_),
      access_(make_rules(chosen_, plugins_.authorities())), store_(make_store(chosen_)),
      common_(chosen_.limits, access_,
              store_ ? static_cast<mqtt::store&>(*store_) : static_cast<mqtt::store&>(memory_)),
      callers_(std::make_shared<rest::lobby>()),
      webhooks_(chosen_.webhooks, [](const std::string& line) { log::warning("{}", line); }) {
    std::signal(SIGPIPE, SIG_IGN); // a peer that is gone is an error code, not an end
    spread_rate(chosen_);
    common_.users_by_realm = chosen_.per_listener_settings;
    common_.remembered = {chosen_.history, chosen_.last_value_cache};
    make_shards();
    make_log_topics();
    std::vector<finding> problems;
    auto tls = make_tls(chosen_, plugins_.psk_askers(), problems);
    if (!problems.empty())
        throw std::runtime_error(to_text(problems.front()));
    for (std::size_t number = 0; number < chosen_.listeners.size(); ++number)
        make_doors(number, std::move(tls[number]));
}

application::~application() {
    office_.stop(); // while the shards that it answers to are there
    if (store_)
        store_->stop(); // while the shards that it wakes are there
    plugins_.stop();    // while the shards that they answer to are there
    if (reader_.joinable())
        reader_.join();
    access_.stop(); // while the shards that it calls back are there
    callers_->files.stop();
}

void application::make_shards() {
    const auto count = thread_count(chosen_);
    for (unsigned number = 0; number < count; ++number)
        common_.mailboxes.push_back(std::make_unique<mqtt::mailbox>([this, number] {
            auto& shard = *shards_[number];
            shard.later([&shard] {
                shard.enter();
                shard.hub().take_mail();
            });
        }));
    std::vector<mqtt::shard*> all;
    for (unsigned number = 0; number < count; ++number) {
        shards_.push_back(
            std::make_unique<mqtt::shard>(common_, static_cast<std::uint8_t>(number), journal_));
        all.push_back(shards_.back().get());
    }
    for (auto& shard : shards_)
        shard->meet(all);
    plugins_.serve(all);
    delayed_ =
        std::make_unique<rest::delayed_messages>(shards_[0]->context(), shards_[0]->hub(), access_);
    doors_.resize(count);
}

// Whether lines come is decided by log_dest, also by a later one.
void application::make_log_topics() {
    auto& first = *shards_[0];
    log_topics_ = std::make_unique<log_topics>(
        [&first](log_topics::work work) { first.later(std::move(work)); },
        [&first](std::string_view topic, std::string_view line) {
            first.enter();
            first.hub().tell(topic, line, log_topics::lifetime);
        });
}

void application::make_doors(std::size_t listener_number, std::shared_ptr<const tls_context> tls) {
    const auto& rules = chosen_.listeners[listener_number];
    const auto shared =
        std::make_shared<listener_door>(rules, static_cast<std::uint16_t>(listener_number));
    shared->past = store_ ? store_->history() : nullptr;
    shared->later = delayed_.get();
    shared->streams = streams_;
    shared->log_lines = &log_tail_.lines();
    shared->packets = &journal_.packets();
    shared->present = &web_services_;
    shared->office = &office_;
    shared->addresses = addresses_;
    shared->hook_desk = &webhooks_;
    shared->callers = callers_;
    shared->tls.set(std::move(tls));
    listener_doors_.push_back(shared);
    std::vector<door*> doors;
    for (std::size_t number = 0; number < shards_.size(); ++number) {
        doors_[number].push_back(std::make_unique<door>(
            *shards_[number], shared, access_, ready_,
            [this](reload_answer answer) { ask_for_reload(std::move(answer)); }));
        doors.push_back(doors_[number].back().get());
    }
    if (!rules.unix_path.empty())
        return listen_at_path(rules, doors);
    open_sockets(rules, doors);
}

void application::open_sockets(const listener& rules, const std::vector<door*>& doors) {
    std::size_t opened = 0;
    for (const auto& where : addresses_of(rules)) {
        try {
            listen(rules, where, doors);
            ++opened;
        } catch (const boost::system::system_error& failure) {
            // A machine without IPv6 is no reason not to serve IPv4.
            const bool may_lack =
                !rules.required || (rules.bind_address.empty() && where.protocol() == tcp::v6());
            const bool lacks = failure.code() == boost::asio::error::address_family_not_supported ||
                               failure.code().value() == EADDRNOTAVAIL;
            if (!may_lack || !lacks)
                throw;
        }
    }
    if (opened == 0 && rules.required)
        throw boost::system::system_error(boost::asio::error::host_not_found);
}

void application::listen_at_path(const listener& rules, const std::vector<door*>& doors) {
    std::vector<mqtt::shard*> shards;
    for (auto& shard : shards_)
        shards.push_back(shard.get()); // bound: shards
    unix_acceptors_.push_back(std::make_unique<unix_acceptor>(
        shards_[0]->context(), rules.unix_path, std::move(shards), doors)); // bound: listeners
    log::information("Opening unix listen socket on path {} ({}).", quoted(rules.unix_path),
                     name_of(rules));
}

void application::listen(const listener& rules, const tcp::endpoint& where,
                         const std::vector<door*>& doors) {
    std::vector<mqtt::shard*> shards;
    for (auto& shard : shards_)
        shards.push_back(shard.get());
    try {
        acceptors_.push_back(
            std::make_unique<acceptor>(shards_[0]->context(), where, shards, doors));
    } catch (const boost::system::system_error& failure) {
        if (failure.code() == boost::asio::error::address_in_use)
            log::error("Port {} is in use by another process.", rules.port);
        else if (failure.code() == boost::asio::error::access_denied)
            log::error("Port {} needs rights that this user does not have.", rules.port);
        throw;
    }
    add_addresses(*addresses_, rules, acceptors_.back()->address());
    office_.opened(rules, acceptors_.back()->address());
    const auto address = where.address().to_string();
    log::information("Opening {} listen socket on {}:{} ({}).",
                     where.protocol() == tcp::v6() ? "ipv6" : "ipv4", address,
                     acceptors_.back()->address().port(), name_of(rules));
}

void application::run(background* told) {
    load_store();
    wait_for_signal(); // the ports are open: whoever sees that may want us to stop
    hide_ids();
    delayed_->load();
    webhooks_.start(shards_[0]->hub(), access_);
    for (auto& each : acceptors_)
        each->start();
    for (auto& each : unix_acceptors_)
        each->start();
    ready_ = true;
    log::information("sluice version {} running with {} thread{}.", SLUICE_VERSION, shards_.size(),
                     shards_.size() == 1 ? "" : "s");
    if (told != nullptr)
        told->ready();
    service_.ready(status());
    if (watchdog_ && service_.is_heard()) {
        std::vector<mqtt::shard*> shards;
        for (auto& shard : shards_)
            shards.push_back(shard.get());
        heartbeat_ = std::make_unique<heartbeat>(std::move(shards), service_, *watchdog_);
    }
    std::vector<std::thread> threads;
    for (std::size_t number = 1; number < shards_.size(); ++number)
        threads.emplace_back([shard = shards_[number].get()] { shard->run(); });
    shards_[0]->run();
    for (auto& thread : threads)
        thread.join();
    office_.stop();
    webhooks_.stop();
    plugins_.stop();
    access_.stop();
    callers_->files.stop();
    if (store_)
        store_->stop();
    log::information("sluice version {} terminated.", SLUICE_VERSION);
}

void application::wait_for_signal() {
    if (!signals_)
        signals_ = std::make_unique<boost::asio::signal_set>(shards_[0]->context(), SIGINT, SIGTERM,
                                                             SIGHUP);
    signals_->async_wait([this](const error_code& failure, int number) {
        if (failure)
            return;
        if (number != SIGHUP)
            return shut_down(number);
        service_.reloading();
        if (const auto problem = log::reopen())
            log::error("{}", *problem);
        reload([this](const rest::reload_outcome&) { service_.ready(status()); });
        wait_for_signal();
    });
}

std::string application::status() const {
    const auto count = acceptors_.size() + unix_acceptors_.size();
    return fmt::format("Listening on {} socket{}.", count, count == 1 ? "" : "s");
}

void application::shut_down(int signal_number) {
    log::notice("{} received, stopping.", signal_number == SIGINT ? "SIGINT" : "SIGTERM");
    service_.stopping();
    ready_ = false;
    if (heartbeat_)
        heartbeat_->stop();
    for (auto& each : acceptors_)
        each->stop();
    for (auto& each : unix_acceptors_)
        each->stop();
    access_.close();
    plugins_.close();
    if (store_)
        store_->close_history();
    last_timers_.resize(shards_.size());
    last_moments_.resize(shards_.size());
    for (std::size_t number = 0; number < shards_.size(); ++number)
        shards_[number]->later([this, number] {
            for (auto& each : doors_[number])
                each->stop();
            shards_[number]->disconnect_all(mqtt::reason::server_shutting_down);
            last_timers_[number] =
                std::make_unique<boost::asio::steady_timer>(shards_[number]->context());
            last_moments_[number] = std::chrono::steady_clock::now() + shutdown_patience;
            wind_down(number);
        });
}

bool application::is_empty(std::size_t number) const {
    return shards_[number]->connections() == 0 &&
           std::all_of(doors_[number].begin(), doors_[number].end(),
                       [](const auto& each) { return each->web_connections() == 0; });
}

// Stops the shard when its clients have been told, or when they have had long enough.
void application::wind_down(std::size_t number) {
    if (is_empty(number) || std::chrono::steady_clock::now() >= last_moments_[number])
        return shards_[number]->stop();
    last_timers_[number]->expires_after(shutdown_poll);
    last_timers_[number]->async_wait([this, number](const error_code& failure) {
        if (!failure)
            wind_down(number);
    });
}

} // namespace gateway
