// The broker's journal, written into the process's log. What clients chose (ids, topics) can't
// forge a line.
#pragma once

#include "gateway/log_settings.hpp"
#include "mqtt/session/journal.hpp"

#include <string_view>

namespace gateway {

class log_journal final : public mqtt::journal {
public:
    // requires: the log is open; whether packet lines are wanted is settled from here on
    log_journal();

    bool wants_packets() const override { return packets_; }
    void packet(std::string_view line) override;
    void connection(std::string_view line) override;
    void subscribed(std::string_view line) override;
    void unsubscribed(std::string_view line) override;

private:
    bool packets_;
};

} // namespace gateway
