#include "mqtt/broker/last_values.hpp"

namespace mqtt {
namespace {

// What an entry costs besides its text.
constexpr std::size_t entry_overhead = 160;

std::size_t size_of(const message& what) {
    return what.topic().size() + what.payload().size() + what.properties().size() + entry_overhead;
}

} // namespace

void last_values::put(const message_ptr& what) {
    const std::scoped_lock hold(lock_);
    const auto known = by_topic_.find(what->topic());
    if (known != by_topic_.end()) {
        if ((*known->second)->id() > what->id())
            return; // another shard was faster
        forget(known->second);
    }
    if (size_of(*what) > bytes_max_)
        return;
    order_.push_front(what);
    by_topic_.emplace(what->topic(), order_.begin());
    bytes_ += size_of(*what);
    while (order_.size() > topics_max_ || bytes_ > bytes_max_)
        forget(std::prev(order_.end()));
}

message_ptr last_values::find(std::string_view topic) const {
    const std::scoped_lock hold(lock_);
    const auto known = by_topic_.find(topic);
    return known == by_topic_.end() ? nullptr : *known->second;
}

void last_values::forget(order::iterator which) {
    bytes_ -= size_of(**which);
    by_topic_.erase((*which)->topic()); // before its message: the key is a view into it
    order_.erase(which);
}

} // namespace mqtt
