#include "mqtt/session/outbound.hpp"

#include <algorithm>
#include <utility>

namespace mqtt {

std::uint16_t outbound::start(outbound_message message) {
    do {
        if (++last_id_ == 0)
            last_id_ = 1;
    } while (find(last_id_) !=
             nullptr); // never one in use [MQTT-2.2.1-3]; the window is smaller than the range
    if (window_entries_.empty())
        wrapped_ = false;
    else if (distance(last_id_) < distance(window_entries_.back().packet_id))
        wrapped_ = true;
    window_entries_.push_back({last_id_, stage::sent, std::move(message)});
    ++open_;
    return last_id_;
}

bool outbound::wait(outbound_message message, const limits& bounds) {
    const auto bytes = message.what->payload().size();
    if (bounds.max_queued_messages != 0 && queue_.size() - snapshots_ >= bounds.max_queued_messages)
        return false;
    if (bounds.max_queued_bytes != 0 && queued_bytes_ + bytes > bounds.max_queued_bytes)
        return false;
    queued_bytes_ += bytes;
    queue_.push_back(std::move(message));
    return true;
}

void outbound::wait_as_snapshot(outbound_message message) {
    message.snapshot = true;
    ++snapshots_;
    queue_.push_back(std::move(message));
}

bool outbound::take_waiting(outbound_message& into, steady_time now) {
    while (!queue_.empty()) {
        into = std::move(queue_.front());
        queue_.pop_front();
        if (into.snapshot)
            --snapshots_;
        else
            queued_bytes_ -= into.what->payload().size();
        if (into.what->expires_at() > now)
            return true; // [MQTT-3.3.2-5]
    }
    return false;
}

std::uint16_t outbound::distance(std::uint16_t packet_id) const {
    return static_cast<std::uint16_t>(packet_id - window_entries_.front().packet_id);
}

// Identifiers rise from entry to entry, so the distance from the first one is nearly always the
// place, and always the order, until identifiers have gone once around beside an entry that was
// never acknowledged.
outbound::in_flight* outbound::find(std::uint16_t packet_id) {
    if (window_entries_.empty())
        return nullptr;
    const auto from_first = distance(packet_id);
    auto found = window_entries_.end();
    if (from_first < window_entries_.size() && window_entries_[from_first].packet_id == packet_id)
        found = window_entries_.begin() + from_first;
    else if (wrapped_)
        found = std::find_if(window_entries_.begin(), window_entries_.end(),
                             [&](const in_flight& entry) { return entry.packet_id == packet_id; });
    else
        found = std::lower_bound(window_entries_.begin(), window_entries_.end(), from_first,
                                 [&](const in_flight& entry, std::uint16_t wanted) {
                                     return distance(entry.packet_id) < wanted;
                                 });
    const bool open = found != window_entries_.end() && found->packet_id == packet_id &&
                      found->stage != stage::done;
    return open ? &*found : nullptr;
}

void outbound::retire(in_flight& entry) {
    entry.stage = stage::done;
    entry.message.what.reset();
    --open_;
    while (!window_entries_.empty() && window_entries_.front().stage == stage::done)
        window_entries_.pop_front();
    // A client that never acknowledges one message must not make us keep the traces of all later
    // ones.
    if (window_entries_.size() > 2U * window_ + 64U)
        window_entries_.erase(
            std::remove_if(window_entries_.begin(), window_entries_.end(),
                           [](const in_flight& old) { return old.stage == stage::done; }),
            window_entries_.end());
}

bool outbound::finish(std::uint16_t packet_id, mqtt::qos level) {
    auto* entry = find(packet_id);
    if (entry == nullptr || entry->stage != stage::sent || entry->message.qos != level)
        return false;
    retire(*entry);
    return true;
}

void outbound::discard(std::uint16_t packet_id) {
    auto* entry = find(packet_id);
    if (entry != nullptr)
        retire(*entry);
}

bool outbound::release(std::uint16_t packet_id) {
    auto* entry = find(packet_id);
    if (entry == nullptr || entry->message.qos != qos::exactly_once)
        return false;
    entry->stage = stage::released;
    entry->message.what.reset(); // [MQTT-4.3.3-5]: never sent again
    return true;
}

bool outbound::complete(std::uint16_t packet_id) {
    auto* entry = find(packet_id);
    if (entry == nullptr || entry->stage != stage::released)
        return false;
    retire(*entry);
    return true;
}

} // namespace mqtt
