// The broker's journal, written into the process's log, and its packets shown to those who trace a
// client. What clients chose (ids, topics) can't forge a line.
#pragma once

#include "gateway/log_settings.hpp"
#include "mqtt/broker/events.hpp"
#include "mqtt/session/journal.hpp"

#include <string_view>

namespace gateway {

class log_journal final : public mqtt::journal {
public:
    bool wants_packets() const override;
    void packet(const mqtt::packet_fact& what) override;
    void connection(std::string_view line) override;
    void subscribed(std::string_view line) override;
    void unsubscribed(std::string_view line) override;

    // Its events are called "packet" and have the members client, direction, packet, bytes, and,
    // where there are any, details and filters. While nobody watches a packet costs one look.
    mqtt::event_hub& packets() { return packets_; }

private:
    mqtt::event_hub packets_;
};

} // namespace gateway
