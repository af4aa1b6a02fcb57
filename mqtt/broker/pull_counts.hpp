// How many sessions each user pulls, over all shards. thread: any
#pragma once

#include "mqtt/broker/pull_session.hpp"

#include <cstddef>
#include <map>
#include <mutex>
#include <string>

namespace mqtt {

class pull_counts {
public:
    // One more. False: as many are there as may be.
    bool take(const std::string& user) {
        const std::lock_guard hold(lock_);
        auto& count = counts_[user];
        if (count >= pull_sessions_per_user_max)
            return false;
        ++count;
        return true;
    }
    // One of an earlier run, which is there whatever the limit.
    void add(const std::string& user) {
        const std::lock_guard hold(lock_);
        ++counts_[user];
    }
    void give(const std::string& user) {
        const std::lock_guard hold(lock_);
        const auto found = counts_.find(user);
        if (found != counts_.end() && --found->second == 0)
            counts_.erase(found);
    }

private:
    std::mutex lock_;                           // held for a few instructions, never with another
    std::map<std::string, std::size_t> counts_; // bound: users that have sessions
};

} // namespace mqtt
