// Who gets what, for the clients of one shard: admits them, carries out what their machines ask
// for, ends their sessions. Shards share nothing but shared_state. No socket, no clock: the driver
// brings bytes and the time. thread: the shard's.
#pragma once

#include "mqtt/broker/fanout.hpp"
#include "mqtt/broker/held_answers.hpp"
#include "mqtt/broker/local_client.hpp"
#include "mqtt/broker/metrics.hpp"
#include "mqtt/broker/pull_desk.hpp"
#include "mqtt/broker/recorder.hpp"
#include "mqtt/broker/session_registry.hpp"
#include "mqtt/broker/shared_state.hpp"
#include "mqtt/broker/subscriber_slots.hpp"
#include "mqtt/broker/system_topics.hpp"
#include "mqtt/session/connection.hpp"
#include "mqtt/session/turn.hpp"
#include "mqtt/types/timer_wheel.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <utility>

namespace mqtt {

// Whoever runs the shard: opens a turn when somebody outside the driver (HTTP) wants something of
// the broker, and takes work from other threads.
class turn_host {
public:
    virtual ~turn_host() = default;
    virtual void enter() = 0;
    virtual void later(std::function<void()> work) = 0; // thread: any
};

class broker {
public:
    broker(shared_state& common, std::uint8_t shard, journal& log);

    mqtt::turn& room() { return room_; }
    metrics& counts() { return counts_; }
    const metrics& counts() const { return counts_; }
    shared_state& shared() { return common_; }
    const shared_state& shared() const { return common_; }
    std::uint8_t shard() const { return shard_; }

    // Between begin_turn and end_turn everything happens at this time; end_turn sends what waited
    // for the store and the mail for other shards. The driver then writes out room().dirty.
    void begin_turn(const frames::now& at);
    void end_turn();
    // Mail of other shards.
    void take_mail();
    // Keep alive, expiry, wills: what has come due.
    void advance();

    // requires: host outlives the broker's use. Without one, the caller opens and ends turns
    // itself.
    void set_host(turn_host& host) { host_ = &host; }
    // requires: a host. thread: any
    void later(std::function<void()> work) { host_->later(std::move(work)); }
    // How work of other threads comes into a turn of this shard.
    access::executor back();
    void enter() {
        if (host_ != nullptr)
            host_->enter();
    }

    void opened(connection& fresh);
    // The connection goes on in another shard; nothing of it stays here.
    void handed_over(connection& leaving);
    // Gives up a peer that has not taken our last words after a while.
    void linger(connection& closing);

    struct read_outcome {
        bool closing = false; // nothing more is to be read from it
        std::optional<std::uint8_t>
            handed_over{}; // its session lives on that shard; input still holds the CONNECT
    };
    // Reads the packets in the input until it is used up, the connection closes, or its output is
    // full. ensures: what is left in the input is an unfinished packet, or waits for room
    read_outcome receive(connection& from, std::string_view& input);

    // The socket is gone, or about to be closed.
    void lost(connection& gone);

    // The connection may send again: what waited for that goes out.
    void drained(connection& ready);

    // Publishes on a topic of the broker's own, below $SYS: nobody is asked, nothing is kept, and
    // who is away for that long need not get it any more. requires: within a turn
    void tell(std::string_view topic, std::string_view payload, std::chrono::seconds lifetime);

    // Ends every connection with this reason; wills are not published.
    void shut_down(reason why);

    // Other rules are in force: who may not be here any more is sent away, and nobody keeps what it
    // may not have.
    void rights_changed();
    // Runs `then` when it is known whether the identity may do this: at once, unless somebody has
    // to be asked. A filter: also for the retained messages that it selects.
    void settle(const identity& who, operation what, std::string_view topic_or_filter,
                std::function<void()> then);
    // A message for one client, whatever it subscribes to; nothing where it has no session here.
    void publish_to(std::string_view client_id, const publication& what);
    // A message of the server's own; nobody is asked whether it may be published.
    void publish_own(const publication& what);
    // Sends away whom it is meant for.
    void disconnect_if(const std::function<bool(const identity&)>& meant, reason why,
                       bool with_will);
    // A client's user name from now on; empty: it is anonymous.
    void rename(std::string_view client_id, const std::string& username);

    // See documents.hpp.
    void keep_document(stored_document what, std::function<void(bool kept)> done);
    // See pull_session.hpp.
    pull_desk& pulls() { return pulls_; }

    // Some shard has more mail than it can carry away: don't read from publishers for a while.
    bool is_congested() const;

    std::size_t sessions() const { return registry_.size(); }

    // For those who look at the clients of this shard, see census.
    template <class Visitor>
    void for_each_session(Visitor visit) {
        registry_.for_each(visit);
    }
    session* find_session(std::string_view client_id) const { return registry_.find(client_id); }
    const subscriber* find_subscriber(subscriber_id id) const { return slots_.find(id); }
    // Ends the client's connection. requires: it is online
    void send_away(session& who, reason why, bool with_will);
    // As if the client had subscribed, by its rights. requires: it is settled whether it may
    reason subscribe_for(session& owner, const subscription_request& request);

    // See recovery. The time from which deadlines count; then sessions of an earlier run of the
    // process. requires: no turn was begun
    void begin_recovery(const frames::now& at);
    session& revive(const stored_session& kept);
    void revive_subscription(session& owner, const stored_subscription& kept);

    // The shard where a client's session lives.
    std::uint8_t home_of(std::string_view client_id) const;

private:
    friend class local_client;
    friend class local_subscription;
    friend class pull_desk;

    struct admission { // a CONNECT whose credentials are being checked
        connection* from = nullptr;
        std::string packet; // the CONNECT, whole
        identity who;
        std::string authentication_data; // the last of an exchange
    };
    struct open_receipt {
        std::uint32_t answers_left; // of other shards, and of the store
        publish_outcome outcome;
        std::function<void(const publish_outcome&)> done; // null: an acknowledgement is held for it
    };

    // authentication.cpp
    std::optional<std::uint8_t> on_connect(connection& from, action& asked);
    void refuse(connection& from, std::string_view client_id, const decision& said);
    void admit(std::uint64_t number, const decision& said);
    void admit_now(admission&& waiting);
    void begin_exchange(connection& from, const properties& props, std::uint64_t number);
    void on_auth(connection& from, const auth& packet);
    void take_step(connection& from, const properties& props);
    void finish_again(connection& from, const exchange& ended, const exchange::step& last);

    // admission.cpp
    reason check_connect(const connect& packet, const connection& from) const;
    std::string_view id_prefix_for(const connection& from) const;
    std::string make_client_id(const connection& from);
    void let_in(const admission& asked, const connect& packet);
    acceptance terms_for(const connect& packet, const admission& asked) const;
    bool forgets_first(const connect& packet, const identity& who);
    session& session_for(const connect& packet, const identity& who, bool& present);
    std::uint32_t expiry_max() const;
    std::uint32_t expiry_for(const connect& packet) const;
    void announce(const connection& from, const session& owner, const connect& packet);

    // deciding.cpp
    void add_question(const identity& who, operation what, std::string_view topic,
                      std::vector<question>& into) const;
    void add_questions_of_filter(const identity& who, std::string_view filter,
                                 std::vector<question>& into);
    struct held_packet {
        subscriber_id whose;
        std::uint32_t number;
    };
    bool postpone(connection& from, const action& asked);
    void show(const held_packet& held, const identity& who, const inspected& what);
    connection* find_held(const held_packet& held) const;
    void let_go(const held_packet& held);
    void resume(session& owner);
    void resume_now(session& owner);
    void drop_forbidden(session& owner);
    void know_receiver(const session& owner);

    // broker.cpp
    void count_turn();
    void count_both(metric which, way how, std::int64_t amount) {
        counts_.add(which, amount);
        counts_.add(which, how, amount);
    }
    bool is_over_rate(connection& from);
    void give_back(const action& asked, std::string_view& input) const;
    reason route(connection& from, const publish& packet, publish_result& done);
    bool may_publish(const identity& who, std::string_view topic) const;
    void on_publish(connection& from, const publish& packet);
    void refuse_full(connection& from);
    void on_repeated(connection& from, std::uint16_t packet_id);
    void on_disconnect(connection& from, const disconnect& packet);
    void publish_will(const kept_will& will, const identity& who, subscriber_id publisher);
    void send_will(const kept_will& will, const identity& who, subscriber_id publisher);

    // keeping.cpp
    std::uint64_t joint_number(std::uint8_t origin, std::uint64_t receipt) const {
        return receipt << 8U | origin;
    }
    void record(session& owner, steady_time will_at = never);
    void keep_or_forget(session& owner);
    void release_held();
    void release(held_answer&& one);
    bool refuse_held(held_answer& one);
    void acknowledge(const held_answer& what);
    void finish_receipt(std::uint64_t number);
    void drop_expired();

    // documents.cpp
    void when_safe(std::function<void(bool safe)> done);
    void finish_document(std::uint64_t number, bool kept);

    // subscribing.cpp
    void on_subscribe(connection& from, const subscribe& packet);
    void on_unsubscribe(connection& from, const unsubscribe& packet);
    void answer(session& owner, suback&& packet);
    reason subscribe_one(session& owner, qos most, const subscription_request& request,
                         std::uint32_t identifier, std::vector<message_ptr>& snapshot);
    reason unsubscribe_one(session& owner, std::string_view filter);

    // lifecycle.cpp
    void leave(session& owner, bool will_due);
    void leave_groups(session& owner, bool for_good);
    void return_to_groups(session& owner);
    void end_session(session& ended);
    void arm_deadline(connection& online);
    void on_deadline(connection& due);
    void on_deadline(session& due);
    void take_over(session& owner, bool clean_start);

    // awaiting.cpp
    struct awaited_message { // somebody, on this or another shard, waits for its acknowledgements
        std::uint8_t origin = 0;
        std::uint64_t receipt = 0;
        std::uint32_t left = 0;
        steady_time until = never;
    };
    struct acknowledgement_listener {
        std::function<void()> tell;
        steady_time until = never;
    };
    void await_acknowledgements(const publish_request& what, std::uint64_t receipt,
                                const publish_result& done);
    void watch_for(std::uint64_t message, std::uint8_t origin, std::uint64_t receipt,
                   std::uint32_t receivers);
    void tell_acknowledged();
    void count_acknowledged(std::uint64_t receipt);
    void drop_late_watches();

    // local_client.cpp
    reason check_local(const publish_request& what, const identity& who) const;
    void publish_local(const publish_request& what, const identity& who,
                       std::function<void(const publish_outcome&)> done);
    void route_local(publication message, const publish_request& what,
                     std::function<void(const publish_outcome&)> done);

    shared_state& common_;
    std::uint8_t shard_;
    mqtt::turn room_;
    metrics counts_;
    subscriber_slots slots_;
    session_registry registry_;
    fanout fanout_;
    std::unique_ptr<system_topics> system_topics_; // of the process: shard 0 has it
    action action_;                                // reused for every packet
    timer_wheel<connection> connection_deadlines_;
    timer_wheel<session> session_deadlines_;
    steady_time next_sweep_{};
    boost::unordered_flat_map<std::uint64_t, admission> admissions_; // bound: connections
    std::uint64_t last_admission_ = 0;
    std::uint64_t answering_ = 0; // the admission whose credentials are being handed over right now
    held_answers held_;
    std::unique_ptr<recorder> recorder_; // null: nothing outlives the process
    store_position refused_up_to_ = 0;
    boost::unordered_flat_map<std::uint64_t, open_receipt>
        receipts_; // bound: HTTP requests in progress
    std::uint64_t last_receipt_ = 0;
    boost::unordered_flat_map<std::uint64_t, awaited_message>
        awaited_; // by message; bound: HTTP requests in progress
    boost::unordered_flat_map<std::uint64_t, acknowledgement_listener>
        listening_; // by receipt; bound: as awaited_
    boost::unordered_flat_map<std::uint64_t, std::function<void(bool)>>
        documents_waiting_; // for the disk; bound: HTTP requests in progress
    std::uint64_t last_document_ = 0;
    pull_desk pulls_{*this};
    std::uint32_t last_hold_ = 0;
    std::mt19937_64 random_{std::random_device{}()};
    turn_host* host_ = nullptr;
    bool stopping_ = false;
};

} // namespace mqtt
