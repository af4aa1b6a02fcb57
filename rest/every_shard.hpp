// How a handler asks something of all shards, or of another one: by work that runs there.
#pragma once

#include "mqtt/broker/shard_calls.hpp"
#include "rest/answer_of.hpp"
#include "rest/service_context.hpp"

#include <atomic>
#include <functional>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

namespace rest {

// What work says on each shard, in the order of the shards. It runs on all at the same time, so
// what it refers to must not change.
template <class T>
boost::asio::awaitable<std::vector<T>> ask_every_shard(http_connection& connection,
                                                       std::function<T(mqtt::broker&)> work) {
    static_assert(!std::is_same_v<T, bool>); // all of them would share a byte
    const auto& hub = connection.context().hub;
    auto ask = [&hub, work](auto answer) {
        struct collected {
            std::vector<T> parts;
            std::atomic<std::size_t> left;
        };
        const auto shards = mqtt::shards_of(hub);
        const auto open = std::make_shared<collected>();
        open->parts.resize(shards);
        open->left = shards;
        for (std::size_t number = 0; number < shards; ++number)
            mqtt::call_shard(hub, static_cast<std::uint8_t>(number),
                             [open, number, work, answer](mqtt::broker& there) {
                                 open->parts[number] = work(there);
                                 if (--open->left == 0)
                                     answer(std::move(open->parts));
                             });
    };
    co_return co_await answer_of<std::vector<T>>(connection, ask);
}

// What work says on the shard where the client lives.
template <class T>
boost::asio::awaitable<T> ask_home_of(http_connection& connection, std::string_view client_id,
                                      std::function<T(mqtt::broker&)> work) {
    const auto& hub = connection.context().hub;
    const auto home = mqtt::home_of(hub, client_id);
    auto ask = [&hub, home, work](auto answer) {
        mqtt::call_shard(hub, home, [work, answer](mqtt::broker& there) { answer(work(there)); });
    };
    co_return co_await answer_of<T>(connection, ask);
}

} // namespace rest
