// Idempotency-Key (the IETF draft of that name): a request that comes again under the same key is
// answered as it was the first time, and done once. Kept for 10 minutes for each identity, over a
// restart too.
#pragma once

#include "rest/exchange.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>

namespace rest {

inline constexpr std::chrono::minutes key_lifetime{10};
inline constexpr std::size_t keys_max = 100'000;  // of all identities
inline constexpr std::size_t key_bytes_max = 255; // of one

// Answers by `handle`, or as the same request was answered before. Without the field: by `handle`.
boost::asio::awaitable<void> answer_once(exchange& each,
                                         boost::asio::awaitable<void> (*handle)(exchange&));

// What the request asks for is being done in this turn: from here on it counts as done, and the
// store hears of both together. Nothing where the request has no key.
void mark_done(exchange& each);

} // namespace rest
