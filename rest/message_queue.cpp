#include "rest/message_queue.hpp"

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

message_queue::message_queue(std::size_t messages_max, std::size_t bytes_max,
                             std::function<void()> wake)
    : messages_max_(messages_max == 0 ? 1 : messages_max), bytes_max_(bytes_max),
      wake_(std::move(wake)) {}

void message_queue::on_message(const mqtt::message_ptr& what, mqtt::qos granted, bool) {
    const bool retained =
        what->retain(); // as published, so that a value set by PUT is seen to be kept
    const bool was_empty = empty();
    const auto qos = mqtt::lesser(what->qos(), granted);
    if (opening_) {
        if (backlog_.size() < backlog_max)
            backlog_.push_back({what, qos, retained});
        else
            ++dropped_;
    } else {
        if (coalescing_)
            replace(what->topic());
        if (full() && !coalescing_) {
            coalesce();
            replace(what->topic());
        }
        while (full() && live_count_ > 0)
            drop_oldest();
        if (coalescing_)
            newest_.emplace(what->topic(), front_ + live_.size());
        live_.push_back({what, qos, retained});
        ++live_count_;
        bytes_ += size_of(*what);
    }
    if (was_empty)
        wake_();
}

bool message_queue::take(entry& out) {
    if (!backlog_.empty()) {
        out = std::move(backlog_.front());
        backlog_.pop_front();
        return true;
    }
    while (!live_.empty() && !live_.front().what)
        forget_front();
    if (live_.empty())
        return false;
    if (coalescing_)
        newest_.erase(live_.front().what->topic());
    out = std::move(live_.front());
    forget_front();
    --live_count_;
    bytes_ -= size_of(*out.what);
    if (live_count_ == 0) {
        front_ += live_.size();
        live_.clear();
        newest_.clear();
        coalescing_ = false;
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
    bytes_ -= size_of(*superseded.what);
    superseded.what.reset();
    --live_count_;
    ++dropped_;
    if (live_.size() < 2 * messages_max_)
        return;
    std::erase_if(live_, [](const entry& each) { return !each.what; });
    for (std::size_t i = 0; i < live_.size(); ++i)
        newest_[live_[i].what->topic()] = front_ + i;
}

void message_queue::drop_oldest() {
    while (!live_.front().what)
        forget_front();
    auto& oldest = live_.front();
    if (coalescing_)
        newest_.erase(oldest.what->topic());
    bytes_ -= size_of(*oldest.what);
    forget_front();
    --live_count_;
    ++dropped_;
}

void message_queue::forget_front() {
    live_.pop_front();
    ++front_;
}

mqtt::reason live_feed::subscribe(mqtt::local_client& client, const mqtt::subscribe_request& what) {
    auto failure = mqtt::reason::success;
    queue.begin_backlog();
    subscription = client.subscribe(what, queue, failure);
    queue.end_backlog();
    return subscription ? mqtt::reason::success : failure;
}

} // namespace rest
