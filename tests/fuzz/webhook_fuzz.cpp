// Webhooks as callers describe them: any JSON, any URL. What is taken comes back from the store as
// it was, and its secret is shown nowhere.
#include "mqtt/types/ensure.hpp"
#include "mqtt/types/topic.hpp"
#include "rest/webhooks/definition.hpp"
#include "rest/webhooks/retry.hpp"
#include "rest/webhooks/target.hpp"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

using namespace rest::webhooks;
using mqtt::ensure;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(bytes), size);
    is_network(text);
    is_webhook_name(text);
    parse_target(text);
    from_stored_text("name", text);
    const auto after = parse_retry_after(text, mqtt::wall_time{});
    ensure(!after || (after->count() >= 0 && after->count() <= 21'600), "Retry-After is bounded");
    const auto read = parse_definition("name", text, nullptr);
    if (!read)
        return 0;
    ensure(!read->filters.empty() && read->filters.size() <= webhook_filters_max, "filters");
    for (const auto& filter : read->filters)
        ensure(mqtt::is_subscription_filter(filter), "a filter is one");
    ensure(mqtt::is_topic_name(read->dead_letter), "the dead letter has a topic");
    const auto where = parse_target(read->url);
    ensure(where.has_value(), "a URL that was taken is one");
    for (const auto c : where->resource + where->authority)
        ensure(static_cast<unsigned char>(c) > 0x20 && c != 0x7F, "nothing breaks the request line");
    const auto kept = stored_text(*read);
    const auto back = from_stored_text("name", kept);
    ensure(back && stored_text(*back) == kept, "the store gives back what it got");
    for (const auto& secret : read->secrets)
        ensure(shown(*read).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)
                       .find("\"secret\":\"" + secret + "\"") == std::string::npos ||
                   secret == secret_mask,
               "no secret is shown");
    return 0;
}
