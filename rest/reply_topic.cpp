#include "rest/reply_topic.hpp"

#include "mqtt/auth/digest.hpp"
#include "mqtt/auth/reserved_topics.hpp"

namespace rest {

std::string fresh_reply_topic() {
    constexpr char digits[] = "0123456789abcdef";
    constexpr std::size_t random_size = 16;
    std::string topic(mqtt::reply_prefix);
    for (const char c : mqtt::random_bytes(random_size)) {
        const auto byte = static_cast<unsigned char>(c);
        topic += digits[byte >> 4U];
        topic += digits[byte & 0x0FU];
    }
    return topic;
}

} // namespace rest
