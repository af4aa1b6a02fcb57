// One webhook in the process: its runner, with a clock, the session that its messages come from,
// the endpoint, and the broker that it publishes to. thread: the desk's
#pragma once

#include "mqtt/auth/access.hpp"
#include "mqtt/broker/pull_session.hpp"
#include "rest/webhooks/caller.hpp"
#include "rest/webhooks/runner.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <functional>
#include <memory>
#include <random>
#include <string>

namespace rest::webhooks {

inline constexpr std::string_view document_kind = "webhook";

// What all hooks share. requires: outlives them
struct workshop {
    boost::asio::io_context& io;
    caller& client;
    std::function<void(const std::string& line)> log;
    mqtt::broker* hub = nullptr; // of the first shard
    mqtt::access* door = nullptr;
    std::minstd_rand random{std::random_device{}()};
};

// The session and the rights of a webhook belong to who made it.
mqtt::identity identity_of(const definition& terms);
mqtt::pull_terms session_terms(const definition& terms);
std::vector<mqtt::pull_subscription> session_filters(const definition& terms);

moment now();

// What goes over the wire for these messages, signed at this time.
call_request request_of(const definition& terms, const delivery& what, mqtt::wall_time at);

class hook final : public surroundings, public std::enable_shared_from_this<hook> {
public:
    hook(workshop& shop, definition terms);

    void start();
    void change(definition terms);
    // Nothing is called any more, and nothing taken. What is under way ends unheard.
    void stop();

    void replay(std::vector<queued_message> messages);
    bool retry(std::string_view id);

    const runner& work() const { return work_; }
    const mqtt::pull_session& session() const { return session_; }
    // Why no messages come; empty: they do.
    const std::string& trouble() const { return trouble_; }

    void take(std::size_t max) override;
    void finish(std::vector<std::uint64_t> ids, std::vector<outgoing> first) override;
    void call(const definition& terms, const delivery& what) override;
    void disable() override;
    void tell(const std::string& line) override { shop_.log(line); }
    void tell_failure(const std::string& delivery_id, const std::string& error) override;
    double dice() override;

private:
    void begin();
    void begun(mqtt::pull_outcome outcome);
    void hold_on();
    void taken(mqtt::pull_batch batch);
    void watch();
    void noticed(mqtt::pull_event what);
    void take_later();
    void open_again();
    void rearm();
    template <class... Argument>
    auto back(void (hook::*then)(Argument...));

    workshop& shop_;
    mqtt::pull_session session_;
    runner work_;
    boost::asio::steady_timer timer_;
    boost::asio::steady_timer patience_; // until a session that can't be read is tried again
    boost::asio::steady_timer holding_; // until the session is told that we still have what we took
    mqtt::pull_watch watch_;
    std::size_t wanted_ = 0; // of the take that is under way
    std::string trouble_;
    bool begun_ = false; // the session knows of us
    bool stopped_ = false;
};

} // namespace rest::webhooks
