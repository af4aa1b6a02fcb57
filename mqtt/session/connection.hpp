// One connection's protocol state: bytes in, one action out at a time, answers into the output.
// Never touches a socket, a clock or a lock; the driver owns those.
#pragma once

#include "mqtt/session/action.hpp"
#include "mqtt/session/keep_alive.hpp"
#include "mqtt/session/link.hpp"
#include "mqtt/session/output.hpp"
#include "mqtt/session/topic_aliases.hpp"
#include "mqtt/session/turn.hpp"
#include "mqtt/types/timer_wheel.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace mqtt {

class session;

// What CONNACK tells about this acceptance.
struct acceptance {
    bool session_present = false;
    std::string_view assigned_client_id; // empty: the client chose its own
    std::uint32_t session_expiry = 0;    // seconds, as the server uses it
    bool expiry_changed = false;         // tell the client [MQTT-3.2.2.3.2]
    std::uint16_t keep_alive = 0;        // seconds, as the server uses it
};

class connection final : public dirty_hook, public timer_hook {
public:
    enum class state : std::uint8_t { awaiting_connect, authenticating, online, closing };

    // requires: room, where and bounds outlive the connection
    connection(turn& room, mqtt::link& where, const listener_limits& bounds);

    // Reads one packet off the front of the input and says what is to be done.
    // ensures: input is shorter by the packet unless the kind is need_more or close
    void next(std::string_view& input, action& into);

    // After action connect: lets the client in with its session, or refuses it. Both write CONNACK.
    void accept(session& owner, const connect& packet, const acceptance& terms);
    void refuse(reason why);

    // After action publish: the acknowledgement that its QoS asks for.
    void acknowledge(mqtt::qos level, std::uint16_t packet_id, reason outcome);
    // After actions subscribe and unsubscribe.
    void answer(const suback& packet);
    // Ends the connection from our side, with DISCONNECT where the version has one. [MQTT-3.14.0-1]
    void end(reason why);

    // Sends a PUBLISH. False when it is too large for the client. [MQTT-3.1.2-24]
    bool send(frames& what, mqtt::qos granted, bool retain, std::uint16_t packet_id,
              std::span<const std::uint32_t> subscription_ids);
    // The same again, marked as a repeat. [MQTT-3.3.1-1]
    void send_again(const message& what, mqtt::qos granted, bool retain, std::uint16_t packet_id,
                    std::span<const std::uint32_t> subscription_ids);
    void send(packet_type type, std::uint16_t packet_id, reason outcome);

    // From now on another shard's turn and buffers serve this connection. requires: nothing to
    // send, not yet online
    void move_to(turn& room);

    output& unsent() { return unsent_; }
    bool is_full() const { return unsent_.bytes() >= unsent_bytes_max; }
    mqtt::link& where() const { return link_; }
    state now() const { return state_; }
    void authenticating() { state_ = state::authenticating; }
    version level() const { return version_; }
    mqtt::session* owner() const { return owner_; }
    void forget_owner() { owner_ = nullptr; }
    const mqtt::keep_alive& alive() const { return alive_; }
    const listener_limits& bounds() const { return *bounds_; }
    std::string_view address() const { return address_; }
    void set_address(std::string address) { address_ = std::move(address); }

private:
    void on_packet(const frame& packet, action& into);
    void on_connect(const frame& packet, action& into);
    void on_publish(const frame& packet, action& into);
    void on_acknowledgement(const frame& packet, action& into);
    void on_release(const acknowledgement& packet);
    void on_subscribe(const frame& packet, action& into);
    void on_unsubscribe(const frame& packet, action& into);
    void on_disconnect(const frame& packet, action& into);
    reason check_publish(publish& packet);
    void close(action& into, reason why);
    void dirty();
    bool traced() const { return room_->log.wants_packets(); }
    std::string_view client() const;

    turn* room_;
    mqtt::link& link_;
    const listener_limits* bounds_;
    session* owner_ = nullptr;
    output unsent_;
    keep_alive alive_;
    std::uint32_t send_size_max_ = varint_max; // Maximum Packet Size of the client
    version version_ = version::v3_1_1;
    state state_ = state::awaiting_connect;
    bool problem_information_ = true; // reason strings and user properties may be sent
    received_aliases received_aliases_;
    sent_aliases sent_aliases_;
    std::string address_;
};

} // namespace mqtt
