// One connection's protocol state: bytes in, one action out at a time, answers into the output.
// Never touches a socket, a clock or a lock; the driver owns those.
#pragma once

#include "mqtt/auth/access.hpp"
#include "mqtt/auth/rate_buckets.hpp"
#include "mqtt/session/action.hpp"
#include "mqtt/session/keep_alive.hpp"
#include "mqtt/session/link.hpp"
#include "mqtt/session/output.hpp"
#include "mqtt/session/topic_aliases.hpp"
#include "mqtt/session/turn.hpp"
#include "mqtt/types/timer_wheel.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace mqtt {

class session;

// What CONNACK tells about this acceptance.
struct acceptance {
    bool session_present = false;
    std::string_view assigned_client_id;     // empty: the client chose its own
    std::uint32_t session_expiry = 0;        // seconds, as the server uses it
    bool expiry_changed = false;             // tell the client section 3.2.2.3.2
    std::uint16_t keep_alive = 0;            // seconds, as the server uses it
    std::string_view response_information{}; // empty: none
    std::string_view authentication_data{};  // the last of an exchange
};

// An authentication method that CONNECT named, section 4.12, and its exchange while one runs.
struct agreed_method {
    std::string name;
    std::unique_ptr<exchange> running; // null between exchanges
    std::uint64_t admission = 0;       // of the broker, until the client is in
};

class connection final : public dirty_hook, public timer_hook {
public:
    enum class state : std::uint8_t {
        awaiting_connect,
        authenticating, // nothing is read until the broker has decided
        challenged,     // AUTH or DISCONNECT comes next, section 4.12
        online,
        closing
    };

    // requires: room, where and bounds outlive the connection; by is not null
    connection(turn& room, mqtt::link& where, const listener_limits& bounds,
               std::shared_ptr<const entry> by);

    // Tells those who read of packets that CONNECT has come. The broker says when: a connection
    // that moves to another shard is read there once more.
    void tell_connect(const action& asked) const;

    // Reads one packet off the front of the input and says what is to be done.
    // ensures: input is shorter by the packet unless the kind is need_more or close
    void next(std::string_view& input, action& into);

    // After action connect: lets the client in with its session, or refuses it. Both write CONNACK;
    // accept() closes instead, and says false, when the client takes no packet of that size.
    bool accept(session& owner, const connect& packet, const acceptance& terms);
    void refuse(reason why);

    // An exchange has begun with CONNECT; then, step by step, AUTH: the next step's data, or, once
    // the client is in, that it is known anew.
    void agree(agreed_method method) {
        method_ = std::make_unique<agreed_method>(std::move(method));
    }
    agreed_method* method() const { return method_.get(); }
    void challenge(std::string_view data);
    void confirm(std::string_view data);

    // After action publish: the message is ours, and a repeat of it is not another one.
    void take(const publish& packet, reason outcome);
    // Then, once it is safe: the acknowledgement that its QoS asks for.
    void acknowledge(mqtt::qos level, std::uint16_t packet_id, reason outcome);
    // After actions subscribe and unsubscribe.
    void answer(suback packet);
    // Ends the connection from our side, with DISCONNECT where the version has one. [MQTT-3.14.0-1]
    void end(reason why);

    // Sends a PUBLISH. False when it is too large for the client. [MQTT-3.1.2-24]
    bool send(frames& what, mqtt::qos granted, bool retain, std::uint16_t packet_id,
              std::span<const std::uint32_t> subscription_ids);
    // The same again, marked as a repeat. False when it is too large for the client. [MQTT-3.3.1-1]
    bool send_again(const message& what, mqtt::qos granted, bool retain, std::uint16_t packet_id,
                    std::span<const std::uint32_t> subscription_ids);
    void send(packet_type type, std::uint16_t packet_id, reason outcome);

    // From now on another shard's turn and buffers serve this connection. requires: nothing to
    // send, not yet online
    void move_to(turn& room);

    output& unsent() { return unsent_; }
    bool is_full() const { return unsent_.bytes() >= unsent_bytes_max; }
    // As much as it may is on the way to the disk: nothing more is read until that has arrived.
    bool waits_for_store() const;
    mqtt::link& where() const { return link_; }
    state now() const { return state_; }
    void authenticating() { state_ = state::authenticating; }
    // The packet that was read last waits until somebody has decided about it: it stays the first
    // of the input, and nothing is read until then.
    void hold(std::uint32_t number) { held_as_ = number; }
    std::uint32_t held_as() const { return held_as_; } // 0: nothing is held
    void decided() {
        held_as_ = 0;
        was_decided_ = true;
    }
    // Whether the log has not just told the same: a client may go on trying.
    bool is_new_denial(std::string_view topic) {
        const auto now = std::hash<std::string_view>{}(topic);
        return std::exchange(last_denial_, now) != now;
    }
    // What is to be published in place of the held PUBLISH.
    void replace_message(std::unique_ptr<inspected> by) { replacement_ = std::move(by); }
    std::unique_ptr<inspected> take_replacement() { return std::move(replacement_); }
    // The bucket of whoever publishes here; null until it is wanted.
    const std::shared_ptr<rate_bucket>& bucket() const { return bucket_; }
    void set_bucket(std::shared_ptr<rate_bucket> of) { bucket_ = std::move(of); }
    // It has published too much: nothing is read before that time, so that it can't be heard,
    // either.
    void throttle(steady_time until) {
        throttled_until_ = until;
        alive_.heard(until);
    }
    bool is_throttled() const { return throttled_until_ > room_->now.steady; }
    // Whether the packet that was read last has waited already.
    bool was_decided() const { return was_decided_; }
    bool take_decided() { return std::exchange(was_decided_, false); }
    version level() const { return version_; }
    mqtt::session* owner() const { return owner_; }
    void forget_owner() { owner_ = nullptr; }
    const mqtt::keep_alive& alive() const { return alive_; }
    const listener_limits& bounds() const { return *bounds_; }
    // How it came in, and what it has proven.
    const std::shared_ptr<const entry>& by() const { return by_; }
    const std::string& address() const { return by_->address; }

private:
    void on_packet(const frame& packet, action& into);
    void on_connect(const frame& packet, action& into);
    void on_publish(const frame& packet, action& into);
    void on_acknowledgement(const frame& packet, action& into);
    void on_release(const acknowledgement& packet);
    void on_subscribe(const frame& packet, action& into);
    void on_unsubscribe(const frame& packet, action& into);
    void on_ping(const frame& packet);
    void on_disconnect(const frame& packet, action& into);
    void on_auth(const frame& packet, action& into);
    void send_auth(reason code, std::string_view data);
    void count_packet();
    void count_publish(std::size_t payload_bytes);
    void add_server_reference(properties& props, reason why) const;
    // Queues a whole packet; false when it is larger than the client takes.
    bool append(std::string_view bytes);
    template <class Packet>
    bool append_packet(const Packet& packet) {
        std::string bytes;
        encode(bytes, packet, version_);
        return append(bytes);
    }
    // With a Reason String, where the client has room for it. [MQTT-3.2.2-19] [MQTT-3.4.2-2]
    // [MQTT-3.5.2-2] [MQTT-3.6.2-2] [MQTT-3.7.2-2] [MQTT-3.9.2-1] [MQTT-3.11.2-1] [MQTT-3.14.2-3]
    template <class Packet>
    void append_with_reason(Packet& packet, reason why) {
        if (version_ == version::v5) {
            packet.props.add(property_id::reason_string, row_of(why).sentence);
            if (append_packet(packet))
                return;
            packet.props.remove_last();
        }
        append_packet(packet);
    }
    reason check_publish(publish& packet);
    void close(action& into, reason why);
    void dirty();
    bool traced() const { return room_->log.wants_packets(); }
    void tell_received(const frame& packet, std::string details = {},
                       std::vector<std::string> lines = {}) const;
    // before: what waited to be sent in front of it.
    void tell_sent(packet_type type, std::size_t before, std::string details = {}) const;
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
    std::size_t last_denial_ = 0; // a hash of the topic
    std::unique_ptr<inspected> replacement_;
    std::shared_ptr<rate_bucket> bucket_;
    steady_time throttled_until_{};
    std::uint32_t held_as_ = 0;
    bool was_decided_ = false;
    bool problem_information_ = true;   // also on acknowledgements [MQTT-3.1.2-29]
    received_aliases received_aliases_; // of this connection only [MQTT-3.3.2-7]
    sent_aliases sent_aliases_;
    std::unique_ptr<agreed_method> method_;
    std::shared_ptr<const entry> by_;
};

} // namespace mqtt
