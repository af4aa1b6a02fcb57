// Says to the service manager's watchdog, in time, that every shard still has turns. One that hangs
// keeps it silent, and so the program is started again.
#pragma once

#include "gateway/readiness.hpp"
#include "mqtt/driver/shard.hpp"

#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <vector>

namespace gateway {

// thread: the first shard's, or before it runs
class heartbeat {
public:
    // Twice within the interval. requires: told outlives the shards, and they outlive this; shards
    // is not empty
    heartbeat(std::vector<mqtt::shard*> shards, const readiness& told,
              std::chrono::microseconds interval);

    void stop(); // no beat is missed at the end: the service manager knows that we are stopping

private:
    void beat();
    void ask_all();

    std::vector<mqtt::shard*> shards_;
    const readiness& told_;
    const std::chrono::microseconds pause_;
    boost::asio::steady_timer timer_;
    // Shards that have not had a turn since they were asked; also held by what is posted to them.
    std::shared_ptr<std::atomic<std::size_t>> unanswered_;
    bool stopped_ = false;
};

} // namespace gateway
