// The broker's journal, written into the process's log. What clients chose (ids, topics) can't
// forge a line.
#pragma once

#include "gateway/log_settings.hpp"
#include "mqtt/session/journal.hpp"

#include <string_view>

namespace gateway {

class log_journal final : public mqtt::journal {
public:
    bool wants_packets() const override;
    void packet(std::string_view line) override;
    void connection(std::string_view line) override;
    void subscribed(std::string_view line) override;
    void unsubscribed(std::string_view line) override;
};

} // namespace gateway
