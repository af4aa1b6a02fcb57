// What survives. Shards hand over what changed, turn by turn, and are told by a rising number how
// far that is safe. The memory store keeps nothing and is always caught up, so that an
// acknowledgement takes the same path with any store.
#pragma once

#include "mqtt/store/change.hpp"
#include "mqtt/types/histogram.hpp"
#include "mqtt/types/message.hpp"

#include <cstdint>
#include <vector>

namespace mqtt {

// Position of a turn's changes among those of its shard; 0: nothing to wait for.
using store_position = std::uint64_t;
// What waits for the changes of the turn that runs now: they get their position when it ends.
inline constexpr store_position this_turn = UINT64_MAX;

// A message whose parts are changes of several shards, and which is kept whole or not at all: the
// identifier of its sender on one, its receivers on others.
struct joint_part {
    std::uint64_t message = 0; // a number that all parts of it have, and no other message
    std::uint32_t parts = 0;   // in all; 0: another part says it
};

// For those who watch the process.
struct store_counts {
    std::int64_t changes_waiting = 0;
    std::int64_t history_written = 0; // messages
    histogram::reading commits;       // transactions, and how long each took
};

class store {
public:
    virtual ~store() = default;

    // False: nothing outlives the process, and nobody needs to say what changes. Never changes.
    virtual bool keeps() const { return false; }
    // Whether acknowledgements wait until what they are about is safe. Never changes.
    virtual bool holds() const { return false; }

    // Takes the changes of a shard's turn, and leaves the lists empty. joint: what is in it of
    // messages of several shards. newest_id: of all messages so far; the next run begins behind it.
    // What the shard told before (also by the functions below) is safe when the position is.
    // thread: the shard's
    virtual store_position put(std::vector<store_change>& changes, std::vector<joint_part>& joint,
                               std::uint8_t /*shard*/, std::uint64_t /*newest_id*/) {
        changes.clear();
        joint.clear();
        return 0;
    }
    // The retained value of a topic: now (an empty payload: cleared), and what stood there, or
    // null. Returns this_turn where an acknowledgement has to wait. thread: any, in the order in
    // which they happen, so under the lock of the retained messages
    virtual store_position keep_retained(const message_ptr& /*now*/,
                                         const message_ptr& /*before*/) {
        return 0;
    }

    // A message of a topic that has history was published; as keep_retained, in any order.
    virtual store_position keep_history(const message_ptr&) { return 0; }

    // Everything of the shard up to this position is safe. thread: any
    virtual store_position safe(std::uint8_t /*shard*/) const { return UINT64_MAX; }
    // What is not safe up to here found no room; it is tried again, and nobody should wait for it.
    // thread: any
    virtual store_position refused(std::uint8_t /*shard*/) const { return 0; }
    // False: the disk is full, or nearly; nothing that has to be kept is taken. thread: any
    virtual bool has_room() const { return true; }
    // So much waits to be written that who causes more of it should wait. thread: any
    virtual bool is_crowded() const { return false; }

    // thread: any
    virtual store_counts read_counts() const { return {}; }

    // thread: any
    virtual session_key next_session() { return 0; }
    virtual entry_key next_entry() { return 0; }
};

class memory_store final : public store {};

} // namespace mqtt
