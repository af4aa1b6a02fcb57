#include "mqtt/broker/marked_message.hpp"

#include "mqtt/codec/properties.hpp"

#include <utility>

namespace mqtt {

message_ptr with_user_property(const message& what, std::string_view name, std::string value) {
    auto readable = readable_properties(what.properties());
    std::erase_if(readable.user, [name](const auto& each) { return each.first == name; });
    readable.user.emplace_back(name, std::move(value)); // bound: those of the message
    const auto bytes = forwarded_properties(readable);
    auto changed = what.view();
    changed.properties = bytes;
    return message::make(changed, what.id(), what.arrived());
}

} // namespace mqtt
