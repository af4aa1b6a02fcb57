// How handlers ask history: which topics the caller may read, and waiting for an answer that comes
// from another thread.
#pragma once

#include "mqtt/store/history.hpp"
#include "rest/exchange.hpp"
#include "rest/http_connection.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/post.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace rest {

// Puts one question to history, with an executor and a callback as it takes them.
template <class T>
using question_of = std::function<void(mqtt::history::executor, mqtt::history::answer<T>)>;

// Asks, and waits for the answer. requires: the question outlives the wait.
template <class T>
boost::asio::awaitable<mqtt::result<T>> answer_of(http_connection& connection,
                                                  const question_of<T>& question) {
    const auto said = std::make_shared<std::optional<mqtt::result<T>>>();
    const auto self = connection.shared_from_this();
    question([executor = connection.executor()](
                 std::function<void()> work) { boost::asio::post(executor, std::move(work)); },
             [said, self](mqtt::result<T> answer) {
                 *said = std::move(answer);
                 self->notify();
             });
    while (!said->has_value())
        co_await connection.sleep_until(mqtt::never);
    co_return std::move(**said);
}

// History of the process; null: the exchange is refused, as there is none.
mqtt::history* history_or_refuse(exchange& each);

// What a failed question means for the caller.
problem history_problem(mqtt::reason failure);

struct readable_topics {
    std::vector<mqtt::history_topic> topics; // that the caller may read
    std::uint64_t forgotten_to = 0;
    bool truncated = false; // there are more than were wanted
};

// More topics than one answer is made of.
problem too_many_topics(std::size_t limit);

// The topics of these filters that have history, at most `limit`, without those that the caller may
// not read.
boost::asio::awaitable<checked<readable_topics>>
find_readable(http_connection& connection, mqtt::history& past,
              const std::vector<std::string>& filters, std::size_t limit);

boost::asio::awaitable<mqtt::result<mqtt::history_page>>
find_messages(http_connection& connection, mqtt::history& past, const mqtt::history_query& what);

// Refuses the exchange when a topic that is named by itself may not be read: nothing says then that
// it exists.
boost::asio::awaitable<bool> may_read_named(exchange& each,
                                            const std::vector<std::string>& filters);

} // namespace rest
