#include "mqtt/session/outbound.hpp"

#include "mqtt/session/ledger.hpp"

#include <algorithm>
#include <utility>

namespace mqtt {

// [MQTT3-2.3.1-4] [MQTT3-4.3.2-1]
std::uint16_t outbound::start(outbound_message message) {
    do {
        if (++last_id_ == 0)
            last_id_ = 1;
    } while (place_of(last_id_) != none); // never one in use [MQTT-2.2.1-4] [MQTT-4.3.2-1]
                                          // [MQTT-4.3.3-1]; the window is smaller than the range
    if (book_ != nullptr && message.qos != qos::at_most_once) {
        if (message.entry == 0)
            message.entry = book_->added(session_, message, last_id_);
        else
            book_->sent(message.entry, last_id_);
    }
    push_in_flight({last_id_, stage::sent, std::move(message)}); // [MQTT-4.3.2-3] [MQTT-4.3.3-3]
    return last_id_;
}

void outbound::push_in_flight(in_flight entry) {
    if (window_entries_.empty())
        wrapped_ = false;
    else if (distance(entry.packet_id) < distance(window_entries_.back().packet_id))
        wrapped_ = true;
    window_entries_.push_back(std::move(entry));
    ++open_;
}

void outbound::restore(outbound_message message, std::uint16_t packet_id, bool released) {
    if (packet_id != 0 && place_of(packet_id) == none) {
        last_id_ = packet_id;
        return push_in_flight(
            {packet_id, released ? stage::released : stage::sent, std::move(message)});
    }
    if (message.what == nullptr)
        return; // released, and its identifier is another one's: nothing is left to do for it
    if (message.snapshot)
        ++snapshots_;
    else
        queued_bytes_ += message.what->payload().size();
    queue_.push_back(std::move(message)); // bound: what the queue's limits let in then
}

void outbound::keep_in(ledger* book, std::uint64_t session) {
    if (book == nullptr && book_ != nullptr) {
        for (auto& entry : window_entries_)
            forget(entry.message);
        for (auto& message : queue_)
            forget(message);
    }
    book_ = book;
    session_ = session;
}

void outbound::tell_waiting(outbound_message& message) {
    if (book_ != nullptr && message.qos != qos::at_most_once)
        message.entry = book_->added(session_, message, 0);
}

void outbound::forget(outbound_message& message) {
    if (message.entry != 0 && book_ != nullptr)
        book_->gone(message.entry);
    message.entry = 0;
}

bool outbound::wait(outbound_message message, std::uint32_t messages_max, std::uint64_t bytes_max) {
    const auto bytes = message.what->payload().size();
    if (messages_max != 0 && queue_.size() - snapshots_ >= messages_max)
        return false;
    if (bytes_max != 0 && queued_bytes_ + bytes > bytes_max)
        return false;
    queued_bytes_ += bytes;
    quiet_ += message.qos == qos::at_most_once ? 1 : 0;
    tell_waiting(message);
    queue_.push_back(std::move(message));
    return true;
}

void outbound::drop_waiting(std::size_t place) {
    count_out(queue_[place]);
    forget(queue_[place]);
    queue_.erase(queue_.begin() + static_cast<std::ptrdiff_t>(place)); // moves the shorter side
}

std::size_t outbound::make_room(std::size_t bytes, std::uint32_t messages_max,
                                std::uint64_t bytes_max) {
    std::size_t dropped = 0;
    std::size_t place = 0;
    const auto is_full = [&] {
        return (messages_max != 0 && queue_.size() - snapshots_ >= messages_max) ||
               (bytes_max != 0 && queued_bytes_ + bytes > bytes_max);
    };
    while (place < queue_.size() && is_full()) {
        if (queue_[place].snapshot) { // the limits don't count it
            ++place;
            continue;
        }
        drop_waiting(place);
        ++dropped;
    }
    return dropped;
}

void outbound::wait_as_snapshot(outbound_message message) {
    message.snapshot = true;
    ++snapshots_;
    tell_waiting(message);
    queue_.push_back(std::move(message));
}

// The message is about to leave the queue.
void outbound::count_out(const outbound_message& message) {
    if (message.snapshot) {
        --snapshots_;
        return;
    }
    queued_bytes_ -= message.what->payload().size();
    quiet_ -= message.qos == qos::at_most_once ? 1 : 0;
}

bool outbound::take_waiting(outbound_message& into, steady_time now) {
    while (!queue_.empty()) {
        into = std::move(queue_.front());
        queue_.pop_front();
        count_out(into);
        if (into.what->expires_at() > now)
            return true; // [MQTT-3.3.2-5]
        forget(into);
    }
    return false;
}

void outbound::drop_waiting_if(const std::function<bool(const message&)>& forbidden) {
    queue<outbound_message> allowed; // bound: queue_
    for (auto& each : queue_) {
        if (forbidden(*each.what)) {
            count_out(each);
            forget(each);
        } else {
            allowed.push_back(std::move(each));
        }
    }
    queue_ = std::move(allowed);
}

void outbound::for_each_waiting(const std::function<void(const message&)>& visit) const {
    for (const auto& each : queue_)
        visit(*each.what);
}

std::uint16_t outbound::distance(std::uint16_t packet_id) const {
    return static_cast<std::uint16_t>(packet_id - window_entries_.front().packet_id);
}

// Identifiers rise from entry to entry, so the distance from the first one is nearly always the
// place, and always the order, until identifiers have gone once around beside an entry that was
// never acknowledged.
std::size_t outbound::place_of(std::uint16_t packet_id) const {
    if (window_entries_.empty())
        return none;
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
    return open ? static_cast<std::size_t>(found - window_entries_.begin()) : none;
}

void outbound::drop_front() {
    window_entries_.pop_front();
    again_left_ = std::min(again_left_, window_entries_.size());
}

void outbound::retire(std::size_t place) {
    auto& entry = window_entries_[place];
    if (is_again(place))
        --again_open_;
    entry.stage = stage::done;
    forget(entry.message);
    entry.message = {};
    --open_;
    while (!window_entries_.empty() && window_entries_.front().stage == stage::done)
        drop_front();
    // A client that never acknowledges one message must not make us keep the traces of all later
    // ones.
    if (window_entries_.size() > 2U * window_ + 64U && again_left_ == 0)
        window_entries_.erase(
            std::remove_if(window_entries_.begin(), window_entries_.end(),
                           [](const in_flight& old) { return old.stage == stage::done; }),
            window_entries_.end());
}

const message* outbound::sent_as(std::uint16_t packet_id) const {
    const auto place = place_of(packet_id);
    return place == none ? nullptr : window_entries_[place].message.what.get();
}

bool outbound::finish(std::uint16_t packet_id, mqtt::qos level) {
    const auto place = place_of(packet_id);
    if (place == none || window_entries_[place].stage != stage::sent ||
        window_entries_[place].message.qos != level)
        return false;
    retire(place);
    return true;
}

void outbound::discard(std::uint16_t packet_id) {
    const auto place = place_of(packet_id);
    if (place != none)
        retire(place);
}

bool outbound::release(std::uint16_t packet_id) {
    const auto place = place_of(packet_id);
    if (place == none || window_entries_[place].message.qos != qos::exactly_once ||
        window_entries_[place].stage == stage::held)
        return false;
    auto& entry = window_entries_[place];
    if (entry.stage == stage::sent && entry.message.entry != 0)
        book_->released(entry.message.entry);
    entry.stage = stage::released; // [MQTT-4.3.3-5]
    entry.message.what.reset();    // [MQTT-4.3.3-6]: never sent again
    return true;
}

bool outbound::complete(std::uint16_t packet_id) {
    const auto place = place_of(packet_id);
    if (place == none || window_entries_[place].stage != stage::released)
        return false;
    retire(place);
    return true;
}

void outbound::hold(std::uint16_t packet_id) {
    const auto place = place_of(packet_id);
    if (place != none)
        window_entries_[place].stage = stage::held;
}

const outbound::in_flight* outbound::let_go(std::uint16_t packet_id) {
    const auto place = place_of(packet_id);
    if (place == none || window_entries_[place].stage != stage::held)
        return nullptr;
    window_entries_[place].stage = stage::sent;
    return &window_entries_[place];
}

void outbound::start_again() {
    again_left_ = window_entries_.size();
    again_open_ = open_;
}

const outbound::in_flight* outbound::take_again() {
    while (again_left_ != 0) {
        const auto& entry = window_entries_[window_entries_.size() - again_left_];
        const bool has_room = open_ - again_open_ < window_;
        if (entry.stage == stage::sent && !has_room) // Receive Maximum counts anew [MQTT-3.3.4-9]
            return nullptr;
        --again_left_;
        if (entry.stage == stage::done)
            continue;
        --again_open_;
        if (entry.stage == stage::held) // its time comes
            continue;
        return &entry;
    }
    return nullptr;
}

void outbound::for_each_pending(
    const std::function<bool(const outbound_message&, bool)>& visit) const {
    for (const auto& entry : window_entries_) {
        const bool pending = entry.stage == stage::sent || entry.stage == stage::held;
        if (pending && !visit(entry.message, true))
            return;
    }
    for (const auto& message : queue_)
        if (!visit(message, false))
            return;
}

std::size_t outbound::take_pending(const std::function<step(const outbound_message&)>& choose) {
    std::vector<std::uint16_t> ids; // bound: the window
    auto chosen = step::keep;
    for (const auto& entry : window_entries_) {
        if (entry.stage != stage::sent && entry.stage != stage::held)
            continue;
        chosen = choose(entry.message);
        if (chosen != step::keep)
            ids.push_back(entry.packet_id);
        if (chosen == step::take_and_stop)
            break;
    }
    for (const auto id : ids)
        discard(id);
    std::size_t taken = ids.size();
    for (std::size_t place = 0; place < queue_.size() && chosen != step::take_and_stop;) {
        chosen = choose(queue_[place]);
        if (chosen == step::keep) {
            ++place;
            continue;
        }
        drop_waiting(place);
        ++taken;
    }
    return taken;
}

std::vector<outbound_message>
outbound::take_shared(const std::function<bool(const shared_group&)>& movable) {
    std::vector<outbound_message> taken;
    std::vector<std::uint16_t> ids;
    for (auto& entry : window_entries_) {
        const auto& message = entry.message;
        // QoS 2 in flight stays with its client. [MQTT-4.8.2-4]
        const bool in_doubt = entry.stage == stage::sent && message.qos == qos::at_least_once;
        if (in_doubt && message.group && movable(*message.group)) {
            taken.push_back(message);
            entry.message.entry = 0; // whoever gets it says when it is gone from here
            ids.push_back(entry.packet_id);
        }
    }
    for (const auto id : ids)
        discard(id);
    queue<outbound_message> staying;
    for (auto& message : queue_) {
        if (!message.group || !movable(*message.group)) {
            staying.push_back(std::move(message));
            continue;
        }
        count_out(message);
        taken.push_back(std::move(message));
    }
    queue_ = std::move(staying);
    return taken;
}

} // namespace mqtt
