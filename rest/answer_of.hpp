// How a handler waits for somebody who answers by a callback: a broker of another shard, a store, a
// thread of its own.
#pragma once

#include "rest/http_connection.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/post.hpp>

#include <memory>
#include <optional>
#include <utility>

namespace rest {

// Calls ask(answer) and returns what answer is called with: once, at once or later, on any thread.
// A caller who goes away meanwhile does not end the wait; see http_connection::over().
template <class T, class Ask>
boost::asio::awaitable<T> answer_of(http_connection& connection, Ask ask) {
    const auto came = std::make_shared<std::optional<T>>();
    // Handed on with the answer, so that the thread that gives it is never the last to hold the
    // connection: what ends with it belongs to its shard.
    const auto held =
        std::make_shared<std::shared_ptr<http_connection>>(connection.shared_from_this());
    auto answered = [came, held](T answer) {
        auto self = std::move(*held);
        const auto executor = self->executor();
        boost::asio::post(executor,
                          [came, self = std::move(self), answer = std::move(answer)]() mutable {
                              came->emplace(std::move(answer));
                              self->notify();
                          });
    };
    ask(std::move(answered));
    while (!*came)
        co_await connection.sleep_until(mqtt::never);
    co_return std::move(**came);
}

} // namespace rest
