// How somebody who works on one shard reaches what belongs to another: by work that runs there.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>

namespace mqtt {

class broker;

std::size_t shards_of(const broker& hub);
std::uint8_t shard_of(const broker& hub);
// The shard where a client's session lives.
std::uint8_t home_of(const broker& hub, std::string_view client_id);

// Runs work soon on the thread of that shard, within a turn. Never runs it at once. thread: any.
// requires: hub has a host
void call_shard(const broker& hub, std::uint8_t shard, std::function<void(broker&)> work);

} // namespace mqtt
