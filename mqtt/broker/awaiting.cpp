// Who waits until receivers have acknowledged a message: HTTP's await=acks. Each shard watches for
// its own receivers, and tells the shard that the message came from.
#include "mqtt/broker/broker.hpp"

#include <utility>

namespace mqtt {
namespace {

// As long as anybody may wait; see local_client.
constexpr std::chrono::seconds watched_max{60};

} // namespace

void broker::await_acknowledgements(const publish_request& what, std::uint64_t receipt,
                                    const publish_result& done) {
    if (done.id == 0 || (done.awaited == 0 && done.shards_asked == 0))
        return;
    listening_.emplace(
        receipt, acknowledgement_listener{what.on_acknowledged, room_.now.steady + watched_max});
    watch_for(done.id, shard_, receipt, done.awaited);
}

void broker::watch_for(std::uint64_t message, std::uint8_t origin, std::uint64_t receipt,
                       std::uint32_t receivers) {
    if (receivers == 0)
        return;
    const auto until = room_.now.steady + watched_max;
    const auto [at, is_new] =
        awaited_.emplace(message, awaited_message{origin, receipt, receivers, until});
    if (!is_new) // more receivers of the same message: members of shared subscriptions
        at->second.left += receivers;
    room_.awaited.ids.insert(message);
}

void broker::tell_acknowledged() {
    if (room_.awaited.acknowledged.empty())
        return;
    for (const auto message : std::exchange(room_.awaited.acknowledged, {})) {
        const auto found = awaited_.find(message);
        if (found == awaited_.end())
            continue;
        const auto watched = found->second;
        if (--found->second.left == 0) {
            awaited_.erase(found);
            room_.awaited.ids.erase(message);
        }
        if (watched.origin == shard_) {
            count_acknowledged(watched.receipt);
            continue;
        }
        delivery_tally told{watched.receipt};
        told.acknowledged = true;
        fanout_.outgoing()[watched.origin].tallies.push_back(told);
    }
}

void broker::count_acknowledged(std::uint64_t receipt) {
    if (const auto found = listening_.find(receipt); found != listening_.end())
        found->second.tell();
}

void broker::drop_late_watches() {
    const auto now = room_.now.steady;
    erase_if(listening_, [now](const auto& each) { return each.second.until <= now; });
    erase_if(awaited_, [this, now](const auto& each) {
        if (each.second.until > now)
            return false;
        room_.awaited.ids.erase(each.first);
        return true;
    });
}

} // namespace mqtt
