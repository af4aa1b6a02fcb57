// Answers that wait until what they are about is on disk, in the order in which they were given:
// whoever has one knows that a crash takes nothing back. Of one shard.
#pragma once

#include "mqtt/broker/mailbox.hpp"
#include "mqtt/codec/packets.hpp"
#include "mqtt/session/subscriber.hpp"
#include "mqtt/store/store.hpp"
#include "mqtt/types/reason.hpp"

#include <boost/container/deque.hpp>

#include <cstdint>
#include <memory>
#include <utility>

namespace mqtt {

struct held_answer {
    enum class kind : std::uint8_t {
        acknowledgement, // PUBACK or PUBREC
        packet,          // of a session, see session::on_safe
        subscription,    // SUBACK or UNSUBACK
        resume,          // what waited for a client that is back
        admission,       // a client whose old session had to be forgotten first
        receipt,         // a publish by HTTP
        tally,           // for the shard that a message came from
        document,        // see keep_document
    };

    kind what;
    store_position at = this_turn;
    subscriber_id whose{};
    std::uint64_t number =
        0; // of the receipt that it waits for besides, the admission, the document
    packet_type packet = packet_type::reserved;
    mqtt::qos qos = mqtt::qos::at_most_once;
    mqtt::reason outcome = reason::success;
    std::uint16_t packet_id = 0;
    std::uint8_t origin = 0; // of a tally
    std::unique_ptr<suback> answer{};
    delivery_tally tally{};
};

class held_answers {
public:
    bool empty() const { return waiting_.empty(); }
    std::size_t size() const { return waiting_.size(); }
    // bound: receive_maximum for each client, one for each HTTP request, the mail of a turn
    void add(held_answer one) { waiting_.push_back(std::move(one)); }
    bool has_unplaced() const { return !waiting_.empty() && waiting_.back().at == this_turn; }
    // The turn's changes have got their position.
    void place(store_position at) {
        for (auto each = waiting_.rbegin(); each != waiting_.rend() && each->at == this_turn;
             ++each)
            each->at = at;
    }
    // The first, if it is safe; else null.
    held_answer* first_up_to(store_position safe) {
        const bool due = !waiting_.empty() && waiting_.front().at <= safe;
        return due ? &waiting_.front() : nullptr;
    }
    held_answer take_first() {
        auto first = std::move(waiting_.front());
        waiting_.pop_front();
        return first;
    }
    // Takes out those up to a position for which `refuse` says that it has answered them otherwise.
    template <class Refuse>
    void refuse_up_to(store_position at, Refuse refuse) {
        auto all = std::exchange(waiting_, {}); // what follows from a refusal may add to it
        boost::container::deque<held_answer> staying;
        for (auto& each : all)
            if (each.at > at || !refuse(each))
                staying.push_back(std::move(each));
        for (auto& each : waiting_)
            staying.push_back(std::move(each));
        waiting_ = std::move(staying);
    }
    template <class Wanted>
    bool any(Wanted wanted) const {
        for (const auto& each : waiting_)
            if (wanted(each))
                return true;
        return false;
    }

private:
    boost::container::deque<held_answer> waiting_;
};

} // namespace mqtt
