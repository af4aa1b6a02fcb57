// What the connections and sessions of one shard share while it works through a batch of input: the
// time, the buffers, and the list of those that have something to send when the turn ends.
#pragma once

#include "mqtt/codec/packets.hpp"
#include "mqtt/session/frames.hpp"
#include "mqtt/session/journal.hpp"
#include "mqtt/session/ledger.hpp"
#include "mqtt/session/output.hpp"
#include "mqtt/types/limits.hpp"

#include <boost/intrusive/list.hpp>
#include <boost/unordered/unordered_flat_set.hpp>

#include <cstdint>
#include <vector>

#include <array>
#include <cstdint>

namespace mqtt {

// Unlinks itself when its owner goes.
using dirty_hook =
    boost::intrusive::list_base_hook<boost::intrusive::tag<struct dirty_tag>,
                                     boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

class connection;

// What the machines of a shard did, in the turn that runs now.
struct traffic {
    struct of_transport {
        std::int64_t packets_sent = 0;
        std::int64_t publishes_sent = 0;
        std::int64_t payload_bytes_sent = 0;
    };
    std::array<of_transport, 3> by;   // as auth/access.hpp numbers them
    std::int64_t messages_queued = 0; // more, or fewer
};

// Messages whose acknowledgements somebody waits for: nearly always none.
struct awaited_messages {
    boost::unordered_flat_set<std::uint64_t> ids; // bound: HTTP requests in progress
    std::vector<std::uint64_t> acknowledged; // in the turn that runs now, one for each receiver
};

struct turn {
    turn(const limits& bounds, mqtt::message_ids& ids, mqtt::journal& log)
        : bounds(bounds), ids(ids), log(log) {}

    const limits& bounds;
    message_ids& ids;
    journal& log;
    ledger* kept = nullptr; // null: nothing of this shard outlives the process
    frames::now now{};      // set by the driver when the turn begins
    block_pool blocks;
    awaited_messages awaited;
    traffic done; // the broker counts it at the end of the turn
    decode_room decoding;
    frame_room framing;
    boost::intrusive::list<connection, boost::intrusive::base_hook<dirty_hook>,
                           boost::intrusive::constant_time_size<false>>
        dirty;
};

} // namespace mqtt
