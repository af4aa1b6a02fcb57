#include "mqtt/store/turn_queue.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <array>
#include <utility>

namespace mqtt {
namespace {

constexpr std::size_t shards_max = 256;

struct joint_count {
    std::uint32_t wanted = 0; // 0: the part that says it has not come
    std::uint32_t here = 0;
};
using joint_counts = boost::unordered_flat_map<std::uint64_t, joint_count>;
// Of each shard, how many of its turns can be taken.
using turn_counts = std::array<std::size_t, shards_max>;

// The parts among the first so many turns of each shard.
joint_counts count_parts(const std::vector<stored_turn>& turns, const turn_counts& allowed) {
    joint_counts found;
    turn_counts seen{};
    for (const auto& turn : turns) {
        if (seen[turn.shard]++ >= allowed[turn.shard])
            continue;
        for (const auto& part : turn.joint) {
            auto& count = found[part.message];
            ++count.here;
            count.wanted = part.parts != 0 ? part.parts : count.wanted;
        }
    }
    return found;
}

bool is_whole(const stored_turn& turn, const joint_counts& found) {
    for (const auto& part : turn.joint) {
        const auto& count = found.at(part.message);
        if (count.wanted == 0 || count.here != count.wanted)
            return false;
    }
    return true;
}

// Ends a shard's turns before the first that lacks a part. True: something changed, which may take
// a part away from another turn.
bool shorten(const std::vector<stored_turn>& turns, turn_counts& allowed) {
    const auto found = count_parts(turns, allowed);
    turn_counts seen{};
    bool changed = false;
    for (const auto& turn : turns) {
        const auto place = seen[turn.shard]++;
        if (place >= allowed[turn.shard] || is_whole(turn, found))
            continue;
        allowed[turn.shard] = place;
        changed = true;
    }
    return changed;
}

} // namespace

void turn_queue::put(stored_turn one) {
    any_joint_ = any_joint_ || !one.joint.empty();
    waiting_.push_back(std::move(one));
}

std::vector<stored_turn> turn_queue::take() {
    if (!any_joint_)
        return std::exchange(waiting_, {});
    turn_counts allowed{};
    for (const auto& turn : waiting_)
        ++allowed[turn.shard];
    while (shorten(waiting_, allowed)) {
    }
    std::vector<stored_turn> taken;
    std::vector<stored_turn> staying;
    any_joint_ = false;
    for (auto& turn : waiting_) {
        auto& left = allowed[turn.shard];
        if (left != 0) {
            --left;
            taken.push_back(std::move(turn));
            continue;
        }
        any_joint_ = any_joint_ || !turn.joint.empty();
        staying.push_back(std::move(turn));
    }
    waiting_ = std::move(staying);
    return taken;
}

} // namespace mqtt
