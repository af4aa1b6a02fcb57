// The JSON documents of sessions that are pulled, section 8 of the contract: what callers say, read
// strictly, and what they are answered.
#pragma once

#include "mqtt/broker/pull_session.hpp"
#include "rest/problem.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace rest {

inline constexpr std::uint32_t lease_seconds_max = 86'400;
inline constexpr std::uint32_t delay_seconds_max = 86'400;
inline constexpr std::uint32_t deliveries_max = 1'000'000;
inline constexpr std::size_t session_id_bytes_max = 512;
inline constexpr std::size_t messages_by_default = 10; // of one answer

// The session's name out of its path segment.
checked<std::string> session_id_of(std::string_view segment);

struct session_wish { // PUT
    mqtt::pull_terms terms;
    std::optional<std::vector<mqtt::pull_subscription>> subscriptions; // nothing: as they are
};
// id: of the session. An empty body wishes nothing special.
checked<session_wish> read_session_wish(std::string_view body, const std::string& id);

// {"subscriptions":[...]}
checked<std::vector<mqtt::pull_subscription>> read_subscriptions(std::string_view body);

struct pull_wish {
    std::size_t max = messages_by_default;
    std::optional<std::chrono::seconds> lease; // nothing: as the session says
    std::optional<std::chrono::seconds> wait;
};
checked<pull_wish> read_pull_wish(std::string_view body);

// Ids that this run of the server does not know (any more) are left out: what they name is gone.
struct named_messages {
    std::vector<std::uint64_t> ids;
    std::optional<std::uint64_t> up_to;
    bool by_up_to = false;
    std::optional<std::chrono::seconds> lease; // extend
    std::chrono::seconds delay{0};             // nack
};
enum class naming : std::uint8_t { acknowledge, give_back, extend };
checked<named_messages> read_named_messages(std::string_view body, naming what);

// {"id":...,"deliveries":2,"dup":true}: the envelope, and what is special to sessions. "deliveries"
// is left out where nobody has leased it yet.
void append_pulled_message(std::string& out, const mqtt::pull_message& what, bool parse);
std::string messages_document(const mqtt::pull_batch& batch, bool parse);
std::string session_document(const mqtt::pull_description& session);
std::string session_list_document(std::span<const mqtt::pull_description> sessions);
// One {"filter":...,"reason_code":n} for each.
std::string results_document(std::span<const std::string> filters,
                             std::span<const mqtt::reason> reasons);
// {"acknowledged":3}
std::string count_document(std::string_view name, std::size_t count);

} // namespace rest
