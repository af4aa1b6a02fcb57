// Topics that begin with '$' are the server's own: nobody else publishes there. MQTT 5 section
// 4.7.2; one rule for every kind of access.
#pragma once

#include "mqtt/auth/access.hpp"

#include <string_view>

namespace mqtt {

inline bool respects_reserved_topics(operation what, std::string_view topic) {
    return what != operation::publish || !topic.starts_with('$');
}

} // namespace mqtt
