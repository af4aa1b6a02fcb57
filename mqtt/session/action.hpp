// What a connection's machine asks its owner to do after one packet. Views in it hold until the
// next packet is read.
#pragma once

#include "mqtt/codec/packets.hpp"
#include "mqtt/types/reason.hpp"

#include <cstdint>
#include <string_view>

namespace mqtt {

enum class action_kind : std::uint8_t {
    need_more,   // the input holds no whole packet, or none may be taken now
    handled,     // the machine did all there was to do
    connect,     // a client wants in: authenticate, then accept() or refuse()
    auth,        // the next step of an exchange, or the first of another one
    publish,     // route it, then acknowledge()
    repeated,    // this QoS 2 PUBLISH came before: acknowledge() again, unless that is still due
    subscribe,   // then answer()
    unsubscribe, // then answer()
    disconnect,  // the client leaves; reason says whether its will is due
    close,       // the peer broke the protocol; what had to be said to it stands in the output
};

struct action {
    action_kind kind = action_kind::need_more;
    mqtt::reason reason = reason::success;
    std::string_view raw; // the packet's bytes, for whoever reads it again
    mqtt::connect connect;
    mqtt::publish publish;
    mqtt::subscribe subscribe;
    mqtt::unsubscribe unsubscribe;
    mqtt::disconnect disconnect;
    mqtt::auth auth;
};

} // namespace mqtt
