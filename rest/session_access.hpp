// A caller's way to a session that is pulled: by its name in the path, by waiting for its messages,
// and what is said where it cannot be had.
#pragma once

#include "mqtt/broker/pull_session.hpp"
#include "rest/exchange.hpp"

#include <boost/asio/awaitable.hpp>

#include <initializer_list>
#include <memory>
#include <optional>
#include <string_view>

namespace rest {

// Options of one address among those of sessions; any other is refused.
checked<void> check_session_options(const query& options,
                                    std::initializer_list<std::string_view> takes);

// The session that the path names, as this caller's. Nothing: the exchange is refused.
std::optional<mqtt::pull_session> session_of(exchange& each);

void refuse_session(exchange& each, mqtt::pull_outcome why);

// What happens to a session while a handler waits. The watch ends with this object.
class session_watch {
public:
    explicit session_watch(http_connection& connection);

    // Hears of the next event from now on.
    void begin(const mqtt::pull_session& session);
    // A hold on the same ear, for events that are told otherwise.
    const mqtt::pull_watch& ear() const { return ear_; }
    std::optional<mqtt::pull_event> heard() const { return *came_; }

private:
    void listen();

    http_connection& connection_;
    std::shared_ptr<std::optional<mqtt::pull_event>> came_;
    mqtt::pull_watch ear_;
};

} // namespace rest
