// The last retained message of each topic, MQTT 5 section 3.3.1.3. Shared between shards: callers
// hold the lock of shared_state.
#pragma once

#include "mqtt/types/message.hpp"

#include <cstddef>
#include <functional>
#include <map>
#include <string_view>
#include <vector>

namespace mqtt {

class retained_store {
public:
    // Visits messages in the bytewise order of their topics; false ends the visit.
    using visitor = std::function<bool(const message_ptr&)>;

    // Replaces, or clears when the payload is empty; returns what stood there. [MQTT-3.3.1-5]
    // [MQTT-3.3.1-6]
    message_ptr set(const message_ptr& what);
    message_ptr find(std::string_view topic) const; // null: none
    std::size_t size() const { return by_topic_.size(); }
    std::size_t payload_bytes() const { return payload_bytes_; }

    // Visits what matches the filter, from the first topic after `after` on. requires:
    // is_topic_filter(filter)
    void for_each_match(std::string_view filter, std::string_view after,
                        const visitor& visit) const;

    // Takes out expired messages, at most so many. [MQTT-3.3.2-5]
    std::vector<message_ptr> take_expired(steady_time now, std::size_t limit);

private:
    using map = std::map<std::string_view, message_ptr>; // the key is the message's own topic
    struct search;

    map by_topic_;
    std::size_t payload_bytes_ = 0;
};

} // namespace mqtt
