// The log for those who watch it from afar: each line that is written is an event too. Nothing is
// kept, and while nobody watches a line costs one look.
#pragma once

#include "mqtt/broker/events.hpp"

namespace gateway {

class log_tail {
public:
    // Becomes the log's line tap.
    log_tail();
    ~log_tail();
    log_tail(const log_tail&) = delete;
    log_tail& operator=(const log_tail&) = delete;

    // Its events are called "log" and have the members level, severity (of syslog) and line.
    mqtt::event_hub& lines() { return lines_; }

private:
    mqtt::event_hub lines_;
};

} // namespace gateway
