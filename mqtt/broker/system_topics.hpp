// What the broker tells about itself below $SYS/broker: mosquitto's names and forms, from the
// metrics table. Published as retained messages, and again when they change.
#pragma once

#include "mqtt/broker/fanout.hpp"
#include "mqtt/broker/metrics.hpp"
#include "mqtt/broker/shared_state.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mqtt {

// thread: the shard's that has it
class system_topics {
public:
    // requires: both outlive it
    system_topics(shared_state& common, fanout& way) : common_(common), way_(way) {}

    // Publishes when sys_interval has passed since the last time.
    void advance(steady_time now);

private:
    // Averages over 1, 5 and 15 minutes, per minute; each sample weighs less the older it is.
    struct average {
        std::int64_t last = 0;
        std::array<double, 3> per_minute{};
    };

    void sample(steady_time now);
    void publish_counts();
    void publish_loads(double seconds);
    void publish_store();
    void tell(std::string_view topic, std::string text);
    void publish(std::string_view topic, std::string_view text);
    void tell(std::string_view topic, std::int64_t number) { tell(topic, std::to_string(number)); }

    shared_state& common_;
    fanout& way_;
    steady_time began_{};
    steady_time told_at_{};
    bool begun_ = false;
    std::int64_t clients_max_ = 0;
    std::int64_t heap_max_ = 0;
    std::array<average, static_cast<std::size_t>(metric::count)> averages_{};
    std::vector<std::pair<std::string, std::string>> told_; // topic and text; bound: the topics
    std::size_t at_ = 0;                                    // in told_, while telling
};

} // namespace mqtt
