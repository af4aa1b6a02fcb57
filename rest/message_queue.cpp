#include "rest/message_queue.hpp"

#include <algorithm>
#include <utility>

namespace rest {
namespace {

// Retained messages at the start of one stream.
constexpr std::size_t backlog_max = 1'000'000;
// What an entry costs besides its text.
constexpr std::size_t entry_overhead = 64;

std::size_t size_of(const mqtt::message& what) {
    return what.topic().size() + what.payload().size() + what.properties().size() + entry_overhead;
}

} // namespace

message_queue::message_queue(queue_room& room, queue_rules rules, std::function<void()> wake,
                             std::function<void(std::uint64_t)> on_drop)
    : room_(room), rules_(rules), wake_(std::move(wake)), on_drop_(std::move(on_drop)),
      coalescing_(paced()) {
    room_.queues.push_back(this);
}

message_queue::~message_queue() {
    for (const auto& each : live_)
        if (each.what)
            count(*each.what, false);
    std::erase(room_.queues, this);
}

// A filter that is taken away and given back finds a value that waits to be told.
bool message_queue::has(const mqtt::message_ptr& what) const {
    return std::any_of(live_.begin(), live_.end(), [&](const entry& each) {
        return each.what && each.what->id() == what->id();
    });
}

void message_queue::on_message(const mqtt::message_ptr& what, mqtt::qos granted, bool is_snapshot) {
    if (is_snapshot && !opening_ && has(what))
        return;
    const bool retained =
        what->retain(); // as published, so that a value set by PUT is seen to be kept
    const bool was_empty = empty();
    const auto dropped_before = dropped_;
    const auto qos = mqtt::lesser(what->qos(), granted);
    if (!opening_)
        add_live(what, qos, retained);
    else if (backlog_.size() < backlog_max)
        backlog_.push_back({what, qos, retained});
    else
        ++dropped_;
    if (on_drop_ && dropped_ > dropped_before)
        on_drop_(dropped_ - dropped_before);
    if (was_empty)
        wake_();
}

void message_queue::add_live(const mqtt::message_ptr& what, mqtt::qos qos, bool retained) {
    if (overflown_)
        return;
    if (room_.is_full() && !coalescing_ && rules_.when_full == overflow::coalesce)
        coalesce();
    if (coalescing_)
        replace(what->topic());
    if (!make_room()) {
        overflown_ = true;
        return;
    }
    if (coalescing_)
        newest_.emplace(what->topic(), front_ + live_.size());
    live_.push_back({what, qos, retained}); // bound: room_
    ++live_count_;
    count(*what, true);
}

// Whichever queue of the reader holds most has to give. False: the reader wants to be closed.
bool message_queue::make_room() {
    while (room_.is_full()) {
        if (rules_.when_full == overflow::close)
            return false;
        const auto fullest = *std::max_element(room_.queues.begin(), room_.queues.end(),
                                               [](const auto* left, const auto* right) {
                                                   return left->live_count_ < right->live_count_;
                                               });
        if (fullest->live_count_ == 0)
            return true;
        fullest->drop_oldest();
    }
    return true;
}

void message_queue::forget_superseded() {
    while (!live_.empty() && !live_.front().what)
        forget_front();
}

const mqtt::message* message_queue::front() {
    if (!backlog_.empty())
        return backlog_.front().what.get();
    forget_superseded();
    return live_.empty() ? nullptr : live_.front().what.get();
}

bool message_queue::take(entry& out) {
    if (!backlog_.empty()) {
        out = std::move(backlog_.front());
        backlog_.pop_front();
        if (backlog_.empty())
            decltype(backlog_)().swap(backlog_); // a stream with nothing to say keeps no memory
        return true;
    }
    forget_superseded();
    if (live_.empty())
        return false;
    if (coalescing_)
        newest_.erase(live_.front().what->topic());
    out = std::move(live_.front());
    forget_front();
    --live_count_;
    count(*out.what, false);
    if (live_count_ == 0) {
        front_ += live_.size();
        decltype(live_)().swap(live_); // as above
        if (coalescing_)
            decltype(newest_)().swap(newest_);
        coalescing_ = paced();
    }
    return true;
}

std::uint64_t message_queue::take_dropped() {
    return std::exchange(dropped_, 0);
}

// Keeps the newest message of each topic.
void message_queue::coalesce() {
    coalescing_ = true;
    for (std::size_t i = 0; i < live_.size(); ++i) {
        if (!live_[i].what)
            continue;
        const auto topic = live_[i].what->topic();
        replace(topic);
        newest_.emplace(topic, front_ + i);
    }
}

// Takes the message of this topic out, if one waits: a newer one comes. Its place stays, empty,
// until the front gets there; when too many places are empty, the queue is closed up.
void message_queue::replace(std::string_view topic) {
    const auto at = newest_.find(topic);
    if (at == newest_.end())
        return;
    auto& superseded = live_[static_cast<std::size_t>(at->second - front_)];
    newest_.erase(at); // before its message: the key is a view into it
    count(*superseded.what, false);
    superseded.what.reset();
    --live_count_;
    dropped_ += paced() ? 0 : 1; // a paced reader has asked for that
    if (live_.size() < 2 * room_.messages_max)
        return;
    live_.erase(
        std::remove_if(live_.begin(), live_.end(), [](const entry& each) { return !each.what; }),
        live_.end());
    for (std::size_t i = 0; i < live_.size(); ++i)
        newest_[live_[i].what->topic()] = front_ + i;
}

void message_queue::drop_oldest() {
    forget_superseded();
    auto& oldest = live_.front();
    if (coalescing_)
        newest_.erase(oldest.what->topic());
    count(*oldest.what, false);
    forget_front();
    --live_count_;
    ++dropped_;
}

void message_queue::forget_front() {
    live_.pop_front();
    ++front_;
}

void message_queue::count(const mqtt::message& what, bool here) {
    if (here) {
        ++room_.messages;
        room_.bytes += size_of(what);
    } else {
        --room_.messages;
        room_.bytes -= size_of(what);
    }
}

mqtt::reason live_feed::subscribe(mqtt::local_client& client, const mqtt::subscribe_request& what) {
    auto failure = mqtt::reason::success;
    queue.begin_backlog();
    subscription = client.subscribe(what, queue, failure);
    queue.end_backlog();
    return subscription ? mqtt::reason::success : failure;
}

std::vector<mqtt::reason> live_feed::add(const mqtt::subscribe_request& what) {
    queue.begin_backlog();
    auto verdicts = subscription->add(what);
    queue.end_backlog();
    return verdicts;
}

} // namespace rest
