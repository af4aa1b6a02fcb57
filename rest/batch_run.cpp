#include "rest/batch_run.hpp"

#include "rest/service_context.hpp"

#include <chrono>

namespace rest {
namespace {

// So many messages make one turn: what they mean for the receivers is written out then, before
// more is put on top of it.
constexpr std::size_t messages_per_turn = 256;
constexpr std::chrono::milliseconds turn_pause{1};
// While others are behind with what they were given.
constexpr std::chrono::milliseconds congestion_pause{10};

batch_fault fault_of(const mqtt::publish_outcome& outcome) {
    return {outcome.reason, outcome.no_room ? "The disk of the server is full" : ""};
}

} // namespace

batch_run::batch_run(http_connection& connection, batch_report& told)
    : connection_(connection), told_(told), asks_others_(connection.context().door.asks_others()),
      open_max_(connection.context().door.inspects(connection.by().realm) ? 1 : batch_open_max) {}

boost::asio::awaitable<void> batch_run::publish_what_came(batch_run& self, batch_body& body) {
    batch_fault fault;
    while (!self.connection_.over()) {
        if (self.open_ >= self.open_max_ || self.since_pause_ >= messages_per_turn)
            co_await self.wait_for_room(); // a coroutine for each message would cost too much
        auto& next = self.take_place();
        const auto found = body.next(next.message, fault);
        if (found == batch_body::found::message && self.asks_others_)
            co_await self.settle(next.message.what.topic);
        if (found == batch_body::found::nothing || self.connection_.over()) {
            self.free_.push_back(&next);
            break;
        }
        next.index = self.next_index_++;
        if (found == batch_body::found::message) {
            self.publish(next);
        } else {
            self.told_.failed(next.index, next.message.what.topic, fault);
            self.free_.push_back(&next);
        }
    }
    co_await self.wait_for_all();
}

boost::asio::awaitable<bool> batch_run::check_all(batch_run& self, batch_body& body) {
    batch_fault fault;
    bool good = true;
    while (!self.connection_.over()) {
        auto& next = self.take_place();
        const auto found = body.next(next.message, fault);
        if (found == batch_body::found::nothing) {
            self.free_.push_back(&next);
            break;
        }
        next.index = self.next_index_++;
        if (found == batch_body::found::message) {
            if (self.asks_others_)
                co_await self.settle(next.message.what.topic);
            if (self.connection_.over())
                break;
            fault = {self.connection_.client().check(next.message.what), ""};
            if (self.checked_.size() == atomic_messages_max)
                fault = {mqtt::reason::quota_exceeded, "An atomic batch has at most " +
                                                           std::to_string(atomic_messages_max) +
                                                           " messages"};
        }
        if (mqtt::is_error(fault.reason)) {
            self.told_.failed(next.index, next.message.what.topic, fault);
            self.free_.push_back(&next);
            good = false;
        } else {
            self.checked_.push_back(&next);
        }
        if (self.next_index_ > atomic_messages_max)
            break;
    }
    co_return good;
}

boost::asio::awaitable<void> batch_run::publish_checked(batch_run& self) {
    for (auto* each : self.checked_) {
        if (self.open_ >= self.open_max_ || self.since_pause_ >= messages_per_turn)
            co_await self.wait_for_room();
        if (self.connection_.over())
            break;
        self.publish(*each);
    }
    co_await self.wait_for_all();
}

// Where the next message is read to. Whoever has no use for it puts it back into free_.
batch_run::place& batch_run::take_place() {
    if (free_.empty()) {
        places_.push_back(std::make_unique<place>());
        return *places_.back();
    }
    auto& taken = *free_.back();
    free_.pop_back();
    return taken;
}

void batch_run::publish(place& from) {
    ++open_;
    ++since_pause_;
    from.unheard_by = connection_.context().streams->hushed_for(connection_.client().who());
    from.message.what.unheard_by = from.unheard_by;
    connection_.client().publish(
        from.message.what,
        [this, &from](const mqtt::publish_outcome& outcome) { accept(from, outcome); });
}

void batch_run::accept(place& from, const mqtt::publish_outcome& outcome) {
    if (mqtt::is_error(outcome.reason))
        told_.failed(from.index, from.message.what.topic, fault_of(outcome));
    else
        told_.published(from.index, from.message.what, outcome);
    free_.push_back(&from);
    --open_;
    connection_.notify();
}

boost::asio::awaitable<void> batch_run::settle(std::string_view topic) {
    return connection_.settle(mqtt::operation::publish, topic);
}

boost::asio::awaitable<void> batch_run::wait_for_room() {
    while (open_ >= open_max_)
        co_await connection_.sleep_until(mqtt::never);
    if (since_pause_ < messages_per_turn)
        co_return;
    since_pause_ = 0;
    auto pause = turn_pause;
    do {
        const auto until = std::chrono::steady_clock::now() + pause;
        while (!connection_.over() && std::chrono::steady_clock::now() < until)
            co_await connection_.sleep_until(until);
        pause = congestion_pause;
    } while (!connection_.over() && connection_.client().is_congested());
}

boost::asio::awaitable<void> batch_run::wait_for_all() {
    while (open_ > 0)
        co_await connection_.sleep_until(mqtt::never);
}

} // namespace rest
