#include "mqtt/types/message.hpp"

#include <cstring>
#include <new>

namespace mqtt {

message::message(const publication& what, std::uint64_t id, wall_time arrived)
    : payload_bytes_(static_cast<std::uint32_t>(what.payload.size())),
      property_bytes_(static_cast<std::uint32_t>(what.properties.size())),
      topic_bytes_(static_cast<std::uint16_t>(what.topic.size())), qos_(what.qos),
      retain_(what.retain), id_(id), expires_at_(what.expires_at), arrived_(arrived) {}

message_ptr message::make(const publication& what, std::uint64_t id, wall_time arrived) {
    const auto size =
        sizeof(message) + what.topic.size() + what.properties.size() + what.payload.size();
    void* storage = ::operator new(size);
    const auto* made = new (storage) message(what, id, arrived);
    auto* at = static_cast<char*>(storage) + sizeof(message);
    for (const auto part : {what.topic, what.properties, what.payload}) {
        if (!part.empty())
            std::memcpy(at, part.data(), part.size());
        at += part.size();
    }
    return message_ptr(made);
}

void intrusive_ptr_release(const message* held) {
    if (held->references_.fetch_sub(1, std::memory_order_acq_rel) == 1) {
        held->~message();
        ::operator delete(const_cast<message*>(held));
    }
}

} // namespace mqtt
