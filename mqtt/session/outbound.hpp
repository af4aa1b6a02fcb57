// QoS 1 and 2 messages on their way to one client: the flow window, and the queue behind it. MQTT 5
// sections 4.3, 4.4 and 4.9. Lives as long as the session; knows nothing of connections.
#pragma once

#include "mqtt/types/limits.hpp"
#include "mqtt/types/message.hpp"

#include <boost/container/deque.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

namespace mqtt {

class shared_group;
class ledger;

struct outbound_message {
    message_ptr what;
    mqtt::qos qos = mqtt::qos::at_most_once;
    bool retain = false;
    std::vector<std::uint32_t> subscription_ids;
    bool snapshot = false;                 // a retained message sent because of a subscription
    std::shared_ptr<shared_group> group{}; // whose member gets it; null: its own subscription
    std::uint64_t entry = 0;               // its number in the ledger; 0: not kept
};

class outbound {
public:
    enum class stage : std::uint8_t {
        held, // has its identifier, and goes out when that is safe
        sent,
        released, // PUBREL is out, PUBCOMP awaited
        done
    };
    struct in_flight {
        std::uint16_t packet_id;
        mqtt::outbound::stage stage;
        outbound_message message; // what is dropped once released
    };

    // From now on what is on its way is told, as the session's of this number. null: no longer, and
    // what was told is taken back.
    void keep_in(ledger* book, std::uint64_t session);
    // What another run of the process left on its way, in its order. packet_id 0: it waits.
    void restore(outbound_message message, std::uint16_t packet_id, bool released);

    // Messages in flight that the client and the operator allow; section 3.1.2.11.3.
    void set_window(std::uint16_t messages) { window_ = messages; }
    bool has_room() const { return open_ < window_ && again_left_ == 0; } // [MQTT-4.9.0-2]
    bool has_waiting() const { return !queue_.empty(); }
    std::size_t waiting() const { return queue_.size(); }
    std::size_t open() const { return open_; }

    // Takes a packet identifier and a place in the window. requires: has_room()
    std::uint16_t start(outbound_message message);

    // Puts a message behind the others. False, and nothing kept, when a limit is reached.
    // [MQTT-4.5.0-1 deviates: the operator's limits of a queue hold, and what is dropped is
    // counted] [MQTT3-4.5.0-1 deviates: as in version 5] [MQTT3-3.1.2-5 deviates: as in version 5]
    bool wait(outbound_message message, const limits& bounds) {
        return wait(std::move(message), bounds.max_queued_messages, bounds.max_queued_bytes);
    }
    bool wait(outbound_message message, std::uint32_t messages_max, std::uint64_t bytes_max);
    // Makes room for a message of so many bytes by dropping those that have waited longest. Returns
    // how many.
    std::size_t make_room(std::size_t bytes, std::uint32_t messages_max, std::uint64_t bytes_max);

    // Puts a retained message of a new subscription behind the others; they were there before, so
    // no limit drops them. bound: the retained messages of the broker, of which only a reference is
    // held
    void wait_as_snapshot(outbound_message message);
    // While these wait, later messages must queue behind them, or a receiver would end with the
    // older state.
    bool has_snapshot() const { return snapshots_ != 0; }
    // Likewise QoS 0 messages that waited for the client: a later one must not overtake them.
    bool has_quiet() const { return quiet_ != 0; }

    // The first waiting message that has not expired; expired ones are dropped. requires: none
    // Returns false when nothing is left.
    bool take_waiting(outbound_message& into, steady_time now);

    void drop_waiting_if(const std::function<bool(const message&)>& forbidden);
    void for_each_waiting(const std::function<void(const message&)>& visit) const;

    // A message that was started goes out later: no acknowledgement fits it before.
    void hold(std::uint16_t packet_id);
    // Now it goes out. Null: it was not held. Valid until the next call of anything here.
    const in_flight* let_go(std::uint16_t packet_id);

    // What is in flight under this identifier; null: nothing, or it is the client's already.
    const message* sent_as(std::uint16_t packet_id) const;

    // PUBACK, or an error in PUBREC: the message has arrived or is refused. False when the
    // identifier is not in flight.
    bool finish(std::uint16_t packet_id, mqtt::qos level);
    // Takes back a start() whose message was never sent.
    void discard(std::uint16_t packet_id);
    // PUBREC: the message is the client's now. False when it is not in flight at QoS 2.
    bool release(std::uint16_t packet_id);
    // PUBCOMP.
    bool complete(std::uint16_t packet_id);

    // After a reconnect: what is in flight has to be sent again, in the order of the first sending.
    // [MQTT-4.4.0-1] [MQTT-4.6.0-5] [MQTT3-4.6.0-6]
    void start_again();
    // The next of them that the window lets out; null when there is none, or no room. Valid until
    // the next call of anything here.
    const in_flight* take_again();

    // What was not acknowledged, in its order, while no connection does it: sent messages, then
    // those that wait. Until `visit` returns false.
    void
    for_each_pending(const std::function<bool(const outbound_message&, bool sent)>& visit) const;
    enum class step : std::uint8_t { keep, take, take_and_stop };
    // Takes away what was acknowledged without a connection. Returns how many.
    std::size_t take_pending(const std::function<step(const outbound_message&)>& choose);

    // Takes away what another member of its group can have: messages of groups that `movable` names
    // which were not sent yet, or were sent at QoS 1 and are not acknowledged. [MQTT-4.8.2-5] Their
    // entries stay in the ledger until the caller says that they are gone.
    std::vector<outbound_message>
    take_shared(const std::function<bool(const shared_group&)>& movable);

private:
    template <class T>
    using queue = boost::container::deque<
        T, void, boost::container::deque_options_t<boost::container::block_bytes<512>>>;

    std::uint16_t distance(std::uint16_t packet_id) const;
    std::size_t place_of(std::uint16_t packet_id) const; // none: not in flight
    void retire(std::size_t place);
    void count_out(const outbound_message& message);
    void drop_waiting(std::size_t place);
    void tell_waiting(outbound_message& message);
    void forget(outbound_message& message);
    void push_in_flight(in_flight entry);
    void drop_front();
    bool is_again(std::size_t place) const { return place + again_left_ >= window_entries_.size(); }
    static constexpr std::size_t none = SIZE_MAX;

    queue<in_flight>
        window_entries_; // bound: twice the window and 64: open ones, and done ones between them
    queue<outbound_message> queue_; // bound: max_queued_messages, max_queued_bytes
    ledger* book_ = nullptr;        // null: nothing is told
    std::uint64_t session_ = 0;
    std::uint64_t queued_bytes_ = 0; // without snapshots
    std::size_t snapshots_ = 0;      // in queue_
    std::size_t quiet_ = 0;          // of QoS 0, in queue_
    std::uint16_t window_ = 20;
    std::uint16_t open_ = 0;
    std::uint16_t last_id_ = 0;
    std::size_t again_left_ = 0;   // entries at the end that a reconnect has not sent again yet
    std::uint16_t again_open_ = 0; // of these, those that are not done
    bool wrapped_ = false;         // entries are no longer in the order of their identifiers
};

} // namespace mqtt
