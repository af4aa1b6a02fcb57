// What is remembered of pulled sessions over a restart, as text: documents of these two kinds, by
// the session's id.
#pragma once

#include "mqtt/broker/pulled_queue.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mqtt {

inline constexpr std::string_view pull_terms_kind = "session";
inline constexpr std::string_view pull_leases_kind = "session-leases";

struct kept_pull_terms {
    pull_terms terms;
    bool reserved = false;
};

std::string pull_terms_text(const pull_terms& terms, bool reserved);
// Nothing: it is not such text.
std::optional<kept_pull_terms> parse_pull_terms(std::string_view text);

// Leases count by the wall here: the process may be away for a while. A stream's end with it.
std::string pull_leases_text(const pulled_queue& of, steady_time now, wall_time wall);
// What can't be read is left out: a message is then delivered as if for the first time.
std::vector<std::pair<std::uint64_t, pulled_queue::lease_record>>
parse_pull_leases(std::string_view text, steady_time now, wall_time wall);

} // namespace mqtt
