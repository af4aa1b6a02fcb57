// What a webhook is: where messages go, which ones, and in which form. Read from JSON that a caller
// sends, kept as JSON in the store, and shown as JSON without its secrets. Knows nothing of how a
// message is delivered.
#pragma once

#include "mqtt/types/qos.hpp"
#include "rest/problem.hpp"

#include <nlohmann/json_fwd.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rest::webhooks {

inline constexpr std::size_t webhooks_max = 200; // of the process
inline constexpr std::size_t name_bytes_max = 64;
inline constexpr std::size_t url_bytes_max = 2048;
inline constexpr std::size_t webhook_filters_max = 100;
inline constexpr std::size_t secret_bytes_min = 8; // shorter ones can be guessed
inline constexpr std::size_t secret_bytes_max = 512;
inline constexpr std::size_t secrets_max = 2; // the new one and the old one while both are in use
inline constexpr std::size_t batch_most = 1000;
inline constexpr std::chrono::milliseconds linger_most{60'000};
inline constexpr std::chrono::seconds timeout_most{60};
inline constexpr std::size_t inflight_most = 64;
inline constexpr std::size_t queued_most = 1'000'000;

// Stands for the secrets wherever a webhook is shown; sent back, it means those that are there.
inline constexpr std::string_view secret_mask = "********";

enum class body_format : std::uint8_t { raw, json, cloudevents };
enum class delivery_order : std::uint8_t { topic, none, all };

struct definition {
    std::string name;
    std::string url;
    std::vector<std::string> filters; // 1 to webhook_filters_max
    mqtt::qos qos = mqtt::qos::at_least_once;
    body_format format = body_format::json;
    std::size_t batch_max = 0; // messages of one call; 0: no batches, the body is one message
    std::chrono::milliseconds linger{0}; // that a batch waits to become full
    std::vector<std::string> secrets;    // none: calls are not signed
    std::chrono::seconds timeout{15};    // for a whole call
    std::size_t max_inflight = 4;        // calls at a time
    delivery_order order = delivery_order::topic;
    std::size_t max_queued = 10'000; // messages that wait
    std::string dead_letter;         // a topic
    bool reply = false; // what the endpoint answers goes to the message's Response Topic

    // Whose rights count: those of who made it.
    std::string username; // empty: anonymous
    std::uint16_t realm = 0;
    bool disabled = false; // the endpoint said 410: it is gone for good

    std::size_t messages_per_call() const { return batch_max == 0 ? 1 : batch_max; }
};

// Letters, digits, '-', '_' and '.'; it stands in URLs, in client ids and in topics.
bool is_webhook_name(std::string_view name);

// What a caller sends. before: the webhook of that name that there is, for its secrets; may be
// null. The body is refused for any member that does not belong there.
checked<definition> parse_definition(std::string_view name, std::string_view body,
                                     const definition* before);

// For the store, secrets included; and back. Nothing: it is no such text.
std::string stored_text(const definition& what);
std::optional<definition> from_stored_text(std::string_view name, std::string_view text);

// For callers: every member, secrets masked.
nlohmann::json shown(const definition& what);

} // namespace rest::webhooks
