// One publication during its fan-out: encoded once for each shape that occurs among its receivers,
// kept as a message only when somebody must keep it.
#pragma once

#include "mqtt/codec/packets.hpp"
#include "mqtt/session/output.hpp"
#include "mqtt/session/topic_aliases.hpp"
#include "mqtt/types/message.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace mqtt {

// Numbers messages as they are kept: rising over all shards of the process, and, with a store, over
// its runs.
class message_ids {
public:
    std::uint64_t next() { return last_.fetch_add(1, std::memory_order_relaxed) + 1; }
    std::uint64_t newest() const { return last_.load(std::memory_order_relaxed); }
    // Those of an earlier run of the process have been given. requires: nothing was given yet
    void start_after(std::uint64_t last) { last_.store(last, std::memory_order_relaxed); }

private:
    std::atomic<std::uint64_t> last_{0};
};

// The buffers of one shard's fan-outs, reused from message to message.
struct frame_room {
    std::array<std::string, 12> texts;
    std::string single; // a frame that fits one receiver only
};

class frames {
public:
    // From this many receivers or bytes on a frame is one shared block instead of a copy for each
    // (measured: equal in CPU at 1 KB, a third cheaper at 16 KB, a tenth of the memory for 1 KB to
    // 1000 receivers).
    static constexpr std::size_t shared_receivers_min = 8;
    static constexpr std::size_t shared_bytes_min = 1024;

    struct now {
        steady_time steady;
        wall_time wall;
    };

    frames(const publication& what, std::size_t receivers, const now& at, message_ids& ids,
           frame_room& room, block_pool& blocks)
        : what_(what), receivers_(receivers), at_(at), ids_(ids), room_(room), blocks_(blocks) {}
    frames(const message_ptr& kept, std::size_t receivers, const now& at, message_ids& ids,
           frame_room& room, block_pool& blocks)
        : frames(kept->view(), receivers, at, ids, room, blocks) {
        kept_ = kept;
    }

    const publication& what() const { return what_; }
    // The owned form of the publication; made at the first call.
    const message_ptr& keep();
    bool is_kept() const { return kept_ != nullptr; }

    // What one receiver's PUBLISH has of its own.
    struct receiver {
        version level;
        mqtt::qos qos;
        bool retain;
        std::uint16_t packet_id = 0; // not at QoS 0
        std::span<const std::uint32_t> subscription_ids{};
        sent_alias alias{};
        std::size_t size_max = 0; // bytes that the receiver takes
    };

    // Appends the receiver's PUBLISH. Returns its size in bytes; 0, and nothing appended, when it
    // is over size_max.
    std::size_t append_to(output& out, const receiver& whom);

private:
    struct variant {
        bool made = false;
        std::size_t id_at = 0;
        block_ptr shared;
    };

    publish packet_for(mqtt::qos granted, bool retain) const;
    std::size_t append_single(output& out, const receiver& whom);
    variant& encoded(const receiver& whom, std::size_t index);

    publication what_;
    std::size_t receivers_;
    now at_;
    message_ids& ids_;
    frame_room& room_;
    block_pool& blocks_;
    message_ptr kept_;
    std::array<variant, 12> variants_{};
};

// Seconds that remain of a message's life, rounded up, as a receiver is told. [MQTT-3.3.2-6]
std::optional<std::uint32_t> remaining_expiry(steady_time expires_at, steady_time now);

} // namespace mqtt
