#include "gateway/heartbeat.hpp"

#include <algorithm>
#include <utility>

namespace gateway {

heartbeat::heartbeat(std::vector<mqtt::shard*> shards, const readiness& told,
                     std::chrono::microseconds interval)
    : shards_(std::move(shards)), told_(told),
      pause_(std::max(interval / 2, std::chrono::microseconds(1000))),
      timer_(shards_.front()->context()),
      unanswered_(std::make_shared<std::atomic<std::size_t>>(0)) {
    beat();
}

void heartbeat::stop() {
    stopped_ = true;
    timer_.cancel();
}

void heartbeat::beat() {
    ask_all();
    timer_.expires_after(pause_);
    timer_.async_wait([this](const boost::system::error_code& failure) {
        if (!failure && !stopped_)
            beat();
    });
}

void heartbeat::ask_all() {
    if (unanswered_->load() != 0)
        return; // a shard has not answered the last time; then neither do we
    unanswered_->store(shards_.size());
    for (auto* shard : shards_)
        shard->later([left = unanswered_, &told = told_] {
            if (--*left == 0)
                told.alive();
        });
}

} // namespace gateway
