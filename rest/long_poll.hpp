// ?wait=N: the next message on a topic or filter, or 204 when none came in time.
#pragma once

#include "rest/exchange.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <string>
#include <vector>

namespace rest {

struct wait_time {
    std::chrono::seconds time{0};
    bool by_preference = false; // Prefer: wait, not the option
    bool clamped = false;
};

// The option, else the preference; nothing when neither is there.
checked<std::optional<wait_time>> read_wait(const request& asked, const query& options,
                                            std::chrono::seconds most);

boost::asio::awaitable<void> wait_for_message(exchange& each, std::vector<std::string> filters,
                                              wait_time how_long);

} // namespace rest
