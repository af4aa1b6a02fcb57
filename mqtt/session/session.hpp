// One client's session, MQTT 5 section 4.1: what is kept for it while it is connected, and, if it
// asked for that, while it is away. Never touches a socket, a clock or a lock.
#pragma once

#include "mqtt/auth/identity.hpp"
#include "mqtt/session/connection.hpp"
#include "mqtt/session/inbound.hpp"
#include "mqtt/session/outbound.hpp"
#include "mqtt/session/puller.hpp"
#include "mqtt/session/subscriber.hpp"
#include "mqtt/types/timer_wheel.hpp"
#include "mqtt/types/will.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace mqtt {

struct string_hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
        return std::hash<std::string_view>{}(text);
    }
};

class session final : public subscriber, public timer_hook {
public:
    static constexpr std::uint32_t never_expires = 0xFFFFFFFF; // section 3.1.2.11.2

    session(turn& room, identity who, subscriber_id id);
    ~session() override;

    const std::string& client_id() const { return who_.client_id; }
    const identity& who() const { return who_; }
    subscriber_id id() const { return id_; }

    // The client is back, or there for the first time. window: its Receive Maximum.
    void attach(connection& online, identity who, std::uint16_t window);
    void detach();
    // Whose it is, while no connection says so.
    void belong_to(identity who) { who_ = std::move(who); }
    void rename(std::string username) { who_.username = std::move(username); }
    connection* online() const { return online_; }

    delivered deliver(const delivery& what) override;
    bool is_online() const override { return online_ != nullptr; }
    bool acknowledges() const override { return online_ != nullptr; }
    bool is_ready() const override;
    transport reached_by() const override {
        return online_ != nullptr ? online_->by()->way : transport::mqtt;
    }
    bool is_kept() const override { return key_ != 0; }
    const identity* whose() const override { return &who_; }

    // When the client came or left; the epoch: not in this run of the process.
    wall_time since() const { return since_; }
    bool has_will() const { return will_ != nullptr; }

    // Its number in the ledger, where it outlives the process; 0: it no longer does, and what was
    // told of it is taken back.
    void keep_as(std::uint64_t key);
    std::uint64_t key() const { return key_; }
    // What was told so far is safe: the packet that waited for that goes out.
    void on_safe(packet_type what, std::uint16_t packet_id);
    // As it was when the process ended.
    void restore(outbound_message message, std::uint16_t packet_id, bool released);

    // Who reads the queue while no connection does. null: nobody. requires: outlives its use here
    void set_puller(puller* reader) { puller_ = reader; }
    // See outbound.
    void
    for_each_pending(const std::function<bool(const outbound_message&, bool sent)>& visit) const;
    std::size_t take_pending(const std::function<outbound::step(const outbound_message&)>& choose);
    std::size_t pending() const { return to_send_ ? to_send_->open() + to_send_->waiting() : 0; }

    // After a reconnect: what was in flight again, in its order, then what waited. [MQTT-4.4.0-1]
    void resume();
    // Retained messages of a new subscription: as fast as the client takes them.
    void deliver_snapshot(const message_ptr& what, mqtt::qos level,
                          std::span<const std::uint32_t> subscription_ids);
    // Takes back what waits and may not be had any more.
    void drop_waiting_if(const std::function<bool(const message&)>& forbidden);
    void for_each_waiting(const std::function<void(const message&)>& visit) const;
    // While it is being decided what of it may be had, nothing of what waits is sent.
    void pause_sending(bool paused) { paused_ = paused; }

    // Sends waiting messages while the window and the connection have room.
    void send_waiting();

    // Messages of shared subscriptions that another member can have; see outbound::take_shared.
    std::vector<outbound_message>
    take_shared(const std::function<bool(const shared_group&)>& movable);

    // PUBACK, PUBREC or PUBCOMP of the client.
    void on_acknowledgement(const acknowledgement& packet);

    const inbound& received() const { return received_; }
    void open_received(std::uint16_t packet_id);  // a QoS 2 PUBLISH of the client
    bool close_received(std::uint16_t packet_id); // its PUBREL; false: it was not open
    void hold_received(mqtt::qos level) { received_.hold(level); }
    void let_go_received(mqtt::qos level) { received_.let_go(level); }
    // requires: told before
    void restore_received(std::uint16_t packet_id) { received_.open(packet_id); }
    const outbound* to_send() const { return to_send_.get(); }

    // Seconds that the session lives on without a connection; 0: it ends with the connection.
    void set_expiry(std::uint32_t seconds) { expiry_ = seconds; }
    std::uint32_t expiry() const { return expiry_; }
    bool is_persistent() const { return expiry_ != 0; }
    // When it ends if the client does not come back; section 3.1.2.11.2.
    void set_expires_at(steady_time at) { expires_at_ = at; }
    steady_time expires_at() const { return expires_at_; }

    void set_will(std::optional<kept_will> will) {
        will_ = will ? std::make_unique<kept_will>(std::move(*will)) : nullptr;
    }
    const kept_will* will() const { return will_.get(); }
    std::unique_ptr<kept_will> take_will() { return std::move(will_); }

    // The filters that this session subscribes to, with their SUBSCRIBE options. bound:
    // subscriptions_per_client_max
    struct subscription {
        mqtt::qos qos;
        std::uint32_t identifier; // 0: none
        bool no_local = false;
        bool retain_as_published = false;
    };
    std::map<std::string, subscription, std::less<>> subscriptions;
    std::uint32_t shared_subscriptions = 0; // of these, how many are shared

private:
    delivered deliver_once_at_most(const delivery& what);
    delivered wait(outbound_message message);
    outbound& to_send_now();
    bool send_started(outbound_message message);
    bool waits_for_ledger(mqtt::qos level, std::uint16_t packet_id);
    void send_held(std::uint16_t packet_id);
    void note_acknowledged(std::uint16_t packet_id);
    void release(std::uint16_t packet_id);
    void send_again();

    turn& room_;
    identity who_;
    subscriber_id id_;
    connection* online_ = nullptr;
    inbound received_;
    std::unique_ptr<outbound> to_send_; // made for the first message of QoS 1 or 2
    std::unique_ptr<kept_will> will_;
    steady_time expires_at_ = never;
    puller* puller_ = nullptr;
    wall_time since_{};
    std::uint64_t key_ = 0;
    std::uint32_t expiry_ = 0; // seconds
    std::uint16_t window_ = 20;
    bool paused_ = false;
};

} // namespace mqtt
