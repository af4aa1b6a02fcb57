// Webhooks and their deliveries as HTTP shows them.
#pragma once

#include "rest/webhooks/runner.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace rest::webhooks {

enum class delivery_state { pending, delivered, failed };

// "pending", "delivered" or "failed".
std::optional<delivery_state> parse_state(std::string_view text);

// One JSON object. queued: messages that its session holds. trouble: why none come; empty: they do.
std::string describe(const runner& what, std::size_t queued, std::string_view trouble,
                     const moment& now);

// {"data":[...]}, the newest first; of one state, or of all.
std::string describe_deliveries(const runner& what, std::optional<delivery_state> only,
                                std::size_t limit, const moment& now);

} // namespace rest::webhooks
