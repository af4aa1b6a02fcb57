// Topics that begin with '$' are the server's own, MQTT 5 section 4.7.2; one rule for every kind of
// access. Below $CONTROL/ they are orders to the server: open to those only whom a rule names.
#pragma once

#include "mqtt/auth/access.hpp"

#include <string_view>

namespace mqtt {

inline constexpr std::string_view control_prefix = "$CONTROL/";

inline bool is_control(std::string_view topic_or_filter) {
    return topic_or_filter.starts_with("$CONTROL") &&
           (topic_or_filter.size() == control_prefix.size() - 1 ||
            topic_or_filter[control_prefix.size() - 1] == '/');
}

// Below it the server itself waits for answers to what HTTP asked. Whoever was told such a topic
// may answer there, by whatever rules; nobody may listen there.
inline constexpr std::string_view reply_prefix = "$reply/";

inline bool is_reply(std::string_view topic_or_filter) {
    return topic_or_filter.starts_with(reply_prefix);
}

// Nobody but the server itself publishes to its topics; orders and answers to it are another thing.
inline bool respects_reserved_topics(operation what, std::string_view topic) {
    if (is_reply(topic))
        return what == operation::publish;
    return what != operation::publish || !topic.starts_with('$') || is_control(topic);
}

// What everybody may do where there are no rules.
inline bool is_open_to_all(operation what, std::string_view topic) {
    return respects_reserved_topics(what, topic) && !is_control(topic);
}

} // namespace mqtt
