#include "mqtt/broker/shard_calls.hpp"

#include "mqtt/broker/broker.hpp"

#include <utility>

namespace mqtt {

std::size_t shards_of(const broker& hub) {
    return hub.shared().shards();
}

std::uint8_t shard_of(const broker& hub) {
    return hub.shard();
}

std::uint8_t home_of(const broker& hub, std::string_view client_id) {
    return hub.home_of(client_id);
}

void call_shard(const broker& hub, std::uint8_t shard, std::function<void(broker&)> work) {
    auto& there = *hub.shared().brokers[shard];
    there.later([&there, work = std::move(work)] {
        there.enter();
        work(there);
    });
}

} // namespace mqtt
