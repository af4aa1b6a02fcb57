// Messages as they were just written for a stream: many streams show the same message in the same
// form, so it is formatted once.
#pragma once

#include "mqtt/broker/metrics.hpp"
#include "rest/message_queue.hpp"
#include "rest/stream_format.hpp"

#include <array>
#include <cstdint>
#include <string>

namespace rest {

class stream_cache {
public:
    // counts: where messages are counted that go out; outlives the cache
    explicit stream_cache(mqtt::metrics& counts) : counts_(counts) {}

    void append(std::string& out, const stream_format& format, const message_queue::entry& what);

private:
    struct slot {
        std::uint64_t id = 0;
        stream_format format;
        mqtt::qos qos = mqtt::qos::at_most_once;
        bool retained = false;
        std::string text; // at most text_bytes_max
    };
    // Above this size copying costs as much as formatting.
    static constexpr std::size_t text_bytes_max = 16'384;

    mqtt::metrics& counts_;
    std::array<slot, 32> slots_; // by message id: a burst finds each of its messages again
};

} // namespace rest
