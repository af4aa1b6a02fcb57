// What became of the deliveries of one webhook: the newest of those that arrived, and of those that
// were given up, which can be tried again.
#pragma once

#include "rest/webhooks/delivery_queue.hpp"

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

namespace rest::webhooks {

struct delivery_record {
    std::string id;
    std::string topic{}; // of its first message
    std::size_t messages = 0;
    unsigned tries = 0;
    unsigned status = 0;  // of the last answer; 0: there was none
    std::string error{};  // empty: it has arrived
    mqtt::wall_time at{}; // of the last call
    std::chrono::milliseconds took{0};
    delivery failed{}; // what can be tried again; empty for what has arrived
};

class delivery_log {
public:
    static constexpr std::size_t delivered_max = 200;
    static constexpr std::size_t failed_max = 1000;
    static constexpr std::size_t failed_bytes_max = 8'388'608; // of payloads

    void note_delivered(delivery_record what);
    void note_failed(delivery_record what);

    // Newest last.
    const std::deque<delivery_record>& delivered() const { return delivered_; }
    const std::deque<delivery_record>& failed() const { return failed_; }
    // Takes a failed one out, to be tried again.
    std::optional<delivery> take_failed(std::string_view id);

private:
    std::deque<delivery_record> delivered_;
    std::deque<delivery_record> failed_;
    std::size_t failed_bytes_ = 0;
};

} // namespace rest::webhooks
