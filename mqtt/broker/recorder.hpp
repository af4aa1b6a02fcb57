// What a shard's sessions tell, in the words of the store: collected during a turn, handed over at
// its end. thread: the shard's.
#pragma once

#include "mqtt/broker/held_answers.hpp"
#include "mqtt/session/frames.hpp"
#include "mqtt/session/ledger.hpp"
#include "mqtt/session/session.hpp"
#include "mqtt/store/store.hpp"

#include <optional>
#include <string_view>
#include <vector>

namespace mqtt {

class recorder final : public ledger {
public:
    // requires: all outlive the recorder
    recorder(store& into, message_ids& ids, held_answers& held, std::uint8_t shard)
        : into_(into), ids_(ids), held_(held), shard_(shard) {}

    std::uint64_t added(std::uint64_t session, const outbound_message& what,
                        std::uint16_t packet_id) override;
    void sent(std::uint64_t entry, std::uint16_t packet_id) override;
    void released(std::uint64_t entry) override;
    void gone(std::uint64_t entry) override;
    void opened(std::uint64_t session, std::uint16_t packet_id) override;
    void closed(std::uint64_t session, std::uint16_t packet_id) override;
    bool hold(subscriber_id whose, packet_type what, std::uint16_t packet_id) override;

    // The session as it is; will_at: when its will is due, if its client is away.
    void keep(const session& owner, std::optional<wall_time> ends_at,
              std::optional<wall_time> will_at);
    void forget(const session& owner);
    void subscribed(const session& owner, std::string_view filter,
                    const subscription_options& options);
    void unsubscribed(const session& owner, std::string_view filter);

    // The turn has a part of a message that other shards have parts of, too.
    void keep(stored_document what);
    void join(joint_part part) { joint_.push_back(part); }

    session_key next_session() { return into_.next_session(); }
    // The end of a turn: what was told goes to the store, and what is held knows what it waits for.
    void hand_over();

private:
    store& into_;
    message_ids& ids_;
    held_answers& held_;
    std::uint8_t shard_;
    std::vector<store_change> changes_; // bound: what one turn does
    std::vector<joint_part> joint_;     // bound: as changes_
    std::uint64_t told_newest_ = 0;
};

} // namespace mqtt
