// The way of a publication to its receivers: retained store, route, one delivery each, and the rest
// by mail. thread: the shard's.
#pragma once

#include "mqtt/broker/local_client.hpp"
#include "mqtt/broker/mailbox.hpp"
#include "mqtt/broker/metrics.hpp"
#include "mqtt/broker/shared_state.hpp"
#include "mqtt/broker/subscriber_slots.hpp"
#include "mqtt/session/turn.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace mqtt {

struct publish_terms {
    subscriber_id publisher;                       // nobody: not a session
    const retained_condition* condition = nullptr; // only with retain
    bool require_subscriber = false;
    std::uint64_t receipt = 0;                   // not 0: other shards send a tally for it
    bool joint = false;                          // with a receipt: see remote_delivery
    bool await = false;                          // likewise
    std::span<const std::uint64_t> unheard_by{}; // see publish_request
};

struct publish_result {
    std::uint32_t matched = 0;
    std::uint32_t sent = 0;
    std::uint32_t queued = 0;
    std::uint32_t awaited = 0;      // of both, on this shard: can acknowledge it now
    std::uint32_t shards_asked = 0; // other shards that will send a tally
    store_position kept_at = 0;     // what an acknowledgement has to wait for, or this_turn
    bool no_room = false;           // it would have to be kept, and the store has no room
    bool over_limit = false;        // as many are retained as may be
    bool condition_failed = false;
    bool refused = false;      // require_subscriber, and there is none
    message_ptr previous;      // with retain, or when the condition failed
    std::uint64_t id = 0;      // 0 when nobody kept the message
    std::uint64_t receipt = 0; // that other shards send tallies for; 0: none
};

class fanout {
public:
    fanout(shared_state& common, std::uint8_t shard, turn& room, subscriber_slots& slots,
           metrics& counts);

    publish_result publish(const publication& what, const publish_terms& terms);

    // Runs `then` when it is known who may receive messages of the topic: at once, unless somebody
    // has to be asked.
    void when_decided(std::string_view topic, std::function<void()> then);
    // What has to be asked before a message of the topic can go out.
    void add_questions(std::string_view topic, std::vector<question>& into);

    // The recipients of this shard get a message that another shard took in.
    publish_result deliver(const remote_delivery& mail);

    // Another member of the group than `leaver` gets a message that nobody has acknowledged.
    // entry: its number in the ledger, gone as soon as somebody else's is there; 0: none.
    void hand_on(const message_ptr& what, const std::shared_ptr<shared_group>& group,
                 subscriber_id leaver, std::uint64_t entry, bool decided = false);

    // How answers come back to the shard; see access. requires: set before anything is published
    void set_back(access::executor back) { back_ = std::move(back); }

    // What goes to other shards at the end of the turn.
    std::vector<letters>& outgoing() { return outgoing_; }

private:
    // A small cache: an unbounded one makes cold traffic two to three times dearer.
    static constexpr std::size_t cache_max = 1024;
    struct cached_route {
        std::uint64_t generation = 0; // 0: empty
        std::string topic;
        bool has_history = false;
        bool has_last_value = false;
        route to;
    };

    cached_route& entry_for(std::string_view topic);
    const route& route_of(std::string_view topic);
    const route& route_while_locked(std::string_view topic);
    void name_topic(cached_route& entry, std::string_view topic) const;
    void remember(const publication& what, message_ptr& kept, publish_result& done);
    void add_questions_of(const route& to, std::string_view topic,
                          std::vector<question>& into) const;
    void keep_allowed(std::string_view topic, route& of) const;
    bool keeps(std::string_view topic, recipient& whom, route& of) const;
    bool may_receive(const route& to, const recipient& whom, std::string_view topic) const {
        return whom.asked_as == 0 ||
               common_.door.allows(*to.asked[whom.asked_as - 1], operation::receive, topic);
    }
    bool is_kept(const publication& what) const;
    bool needs_room(const publication& what, const route& to) const;
    bool is_over_limit(const publication& what) const;
    bool refuse(const publish_terms& terms, const route& to, const message_ptr& current,
                publish_result& done) const;
    bool retain(const publication& what, const publish_terms& terms, message_ptr& kept,
                const route*& to, publish_result& done);
    void deliver_all(const route& to, frames& what, const publish_terms& terms,
                     publish_result& done);
    void forget(std::uint64_t entry) {
        if (entry != 0 && room_.kept != nullptr)
            room_.kept->gone(entry);
    }
    bool has_left(subscriber_id who, const shared_group& group) const;
    // Null: none of them may have it.
    const recipient* choose(const route& to, const shared_route& among,
                            std::string_view topic) const;
    void deliver_here(const route& to, const recipient& whom,
                      const std::shared_ptr<shared_group>& group, frames& what,
                      publish_result& done);
    void mail_to_member(const route& to, const recipient& whom,
                        const std::shared_ptr<shared_group>& group, frames& what,
                        const publish_terms& terms, publish_result& done,
                        std::uint64_t replaces = 0);
    void mail(std::size_t shard, remote_delivery&& what, frames& message,
              const publish_terms& terms, publish_result& done);
    void deliver_elsewhere(const route& to, frames& what, const publish_terms& terms,
                           publish_result& done);

    shared_state& common_;
    std::uint8_t shard_;
    turn& room_;
    subscriber_slots& slots_;
    metrics& counts_;
    access::executor back_;
    std::vector<cached_route> cache_;
    std::vector<letters> outgoing_; // by shard
};

} // namespace mqtt
