#include "rest/webhooks/delivery_queue.hpp"

#include "mqtt/broker/local_client.hpp"

#include <algorithm>
#include <utility>

namespace rest::webhooks {

std::string delivery_id(const std::vector<queued_message>& messages) {
    auto id = mqtt::public_id(messages.front().what->id());
    if (messages.size() == 1)
        return id;
    // Others between the same first and last one make another delivery.
    std::uint64_t sum = 14'695'981'039'346'656'037U; // FNV-1a
    for (const auto& each : messages)
        for (unsigned shift = 0; shift < 64; shift += 8)
            sum = (sum ^ (each.what->id() >> shift & 0xFFU)) * 1'099'511'628'211U;
    constexpr char digits[] = "0123456789abcdef";
    id += "-b" + std::to_string(messages.size()) + "-";
    for (unsigned shift = 64; shift > 0; shift -= 4)
        id += digits[sum >> (shift - 4) & 0xFU];
    return id;
}

void delivery_queue::set_terms(const definition& terms) {
    order_ = terms.order;
    batch_max_ = terms.messages_per_call();
    linger_ = terms.batch_max > 1 ? terms.linger : std::chrono::milliseconds(0);
    max_inflight_ = terms.max_inflight;
}

std::string delivery_queue::lane_of(const queued_message& message) const {
    return order_ == delivery_order::topic ? std::string(message.what->topic()) : std::string();
}

void delivery_queue::make_ready(const std::string& key, lane& of) {
    if (of.busy || of.ready || of.waiting.empty())
        return;
    of.ready = true;
    ready_messages_ += of.waiting.size();
    ready_.push_back(key); // bound: lanes
}

void delivery_queue::add(queued_message message) {
    const auto key = lane_of(message);
    auto& of = lanes_[key];
    of.waiting.push_back(std::move(message)); // bound: the caller's
    ++size_;
    if (of.ready)
        ++ready_messages_;
    make_ready(key, of);
}

// It waits for nobody, and nobody for it: its place in the order is lost anyway.
void delivery_queue::add_again(delivery failed, mqtt::steady_time now) {
    failed.number = ++last_number_;
    failed.tries = 0;
    failed.in_flight = false;
    failed.lanes.clear();
    failed.begun = now;
    failed.due = now;
    for (auto& each : failed.messages)
        each.owed = false;
    size_ += failed.messages.size();
    again_.emplace(now, failed.number);
    deliveries_.emplace(failed.number, std::move(failed));
}

// The first ready lane's first message has waited for longest, as lanes have their turn in the
// order in which they became ready; nearly, and nearly is enough for lingering.
mqtt::steady_time delivery_queue::batch_due() const {
    if (ready_.empty())
        return mqtt::never;
    if (ready_messages_ >= batch_max_)
        return mqtt::steady_time::min();
    return lanes_.at(ready_.front()).waiting.front().came + linger_;
}

mqtt::steady_time delivery_queue::next_due() const {
    if (in_flight_ >= max_inflight_)
        return mqtt::never;
    const auto due = again_.empty() ? mqtt::never : again_.begin()->first;
    return std::min(due, batch_due());
}

delivery* delivery_queue::start(mqtt::steady_time now) {
    if (in_flight_ >= max_inflight_)
        return nullptr;
    delivery* found = nullptr;
    if (!again_.empty() && again_.begin()->first <= now) {
        found = &deliveries_.at(again_.begin()->second);
        again_.erase(again_.begin());
    } else if (batch_due() <= now) {
        found = start_fresh(now);
    }
    if (found == nullptr)
        return nullptr;
    found->in_flight = true;
    ++found->tries;
    ++in_flight_;
    return found;
}

delivery* delivery_queue::start_fresh(mqtt::steady_time now) {
    delivery made;
    made.begun = now;
    while (!ready_.empty() && made.messages.size() < batch_max_) {
        const auto key = ready_.front();
        auto& of = lanes_.at(key);
        const auto before = made.messages.size();
        take_from(of, made, now);
        if (order_ == delivery_order::none && !of.waiting.empty())
            continue; // the batch is full; the lane stays at the front
        ready_.pop_front();
        of.ready = false;
        ready_messages_ -= of.waiting.size();
        if (order_ == delivery_order::none || made.messages.size() == before) {
            lanes_.erase(key);
            continue;
        }
        of.busy = true;
        made.lanes.push_back(key); // bound: batch_max_
    }
    if (made.messages.empty())
        return nullptr;
    made.number = ++last_number_;
    made.id = delivery_id(made.messages);
    return &deliveries_.emplace(made.number, std::move(made)).first->second;
}

// [MQTT-3.3.2-5]
void delivery_queue::take_from(lane& of, delivery& into, mqtt::steady_time now) {
    while (!of.waiting.empty() && into.messages.size() < batch_max_) {
        auto next = std::move(of.waiting.front());
        of.waiting.pop_front();
        --ready_messages_;
        if (next.what->expires_at() > now) {
            into.messages.push_back(std::move(next)); // bound: batch_max_
            continue;
        }
        --size_;
        expired_.push_back(std::move(next)); // bound: the queue
    }
}

void delivery_queue::release_lanes(const delivery& done) {
    for (const auto& key : done.lanes) {
        const auto found = lanes_.find(key);
        if (found == lanes_.end())
            continue;
        found->second.busy = false;
        if (found->second.waiting.empty())
            lanes_.erase(found);
        else
            make_ready(key, found->second);
    }
}

void delivery_queue::finish(std::uint64_t number) {
    const auto found = deliveries_.find(number);
    if (found == deliveries_.end())
        return;
    if (found->second.in_flight)
        --in_flight_;
    size_ -= found->second.messages.size();
    const auto done = std::move(found->second);
    deliveries_.erase(found);
    release_lanes(done);
}

void delivery_queue::put_back(std::uint64_t number, mqtt::steady_time due, std::string error) {
    auto& waiting = deliveries_.at(number);
    if (waiting.in_flight)
        --in_flight_;
    waiting.in_flight = false;
    waiting.due = due;
    waiting.last_error = std::move(error);
    again_.emplace(due, number);
}

delivery* delivery_queue::find(std::string_view id) {
    for (auto& [number, each] : deliveries_)
        if (each.id == id)
            return &each;
    return nullptr;
}

void delivery_queue::hurry(delivery& waiting, mqtt::steady_time now) {
    for (auto at = again_.begin(); at != again_.end(); ++at) {
        if (at->second != waiting.number)
            continue;
        again_.erase(at);
        waiting.due = now;
        again_.emplace(now, waiting.number);
        return;
    }
}

} // namespace rest::webhooks
