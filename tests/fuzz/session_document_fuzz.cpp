// Bodies of requests to sessions, and the texts that sessions are kept as: read within their
// bounds, or refused with a sentence.
#include "mqtt/broker/pull_text.hpp"
#include "mqtt/types/ensure.hpp"
#include "mqtt/types/topic.hpp"
#include "rest/session_document.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace {

using mqtt::ensure;

template <class T>
bool is_read(const rest::checked<T>& read) {
    ensure(read.has_value() || rest::status_of(read.error().id) == 400, "it is the caller's fault");
    ensure(read.has_value() || !read.error().detail.empty(), "a refusal has a sentence");
    return read.has_value();
}

void check_filters(const std::vector<mqtt::pull_subscription>& filters) {
    ensure(filters.size() <= mqtt::pull_filters_max, "filters are bounded");
    for (const auto& each : filters) {
        ensure(mqtt::is_subscription_filter(each.filter), "it is a filter");
        ensure(!each.no_local || !mqtt::is_shared(each.filter), "[MQTT-3.8.3-4]");
    }
}

void check_kept_texts(std::string_view text) {
    if (const auto read = mqtt::parse_pull_terms(text))
        ensure(mqtt::parse_pull_terms(mqtt::pull_terms_text(read->terms, read->reserved))->terms ==
                   read->terms,
               "terms are read as they are written");
    const mqtt::steady_time now{std::chrono::hours(1)};
    for (const auto& [id, lease] :
         mqtt::parse_pull_leases(text, now, mqtt::wall_time(std::chrono::hours(1))))
        ensure(lease.until <= now + std::chrono::hours(24), "no lease lasts for days");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(bytes), size);
    if (const auto wish = rest::read_session_wish(text, "id"); is_read(wish)) {
        ensure(wish->terms.expiry != 0 && wish->terms.lease != 0, "times are not empty");
        ensure(wish->terms.dead_letter.empty() ||
                   mqtt::is_topic_name(mqtt::dead_letter_topic(wish->terms, "id")),
               "dead letters have a topic");
        if (wish->subscriptions)
            check_filters(*wish->subscriptions);
    }
    if (const auto filters = rest::read_subscriptions(text); is_read(filters))
        check_filters(*filters);
    if (const auto wish = rest::read_pull_wish(text); is_read(wish))
        ensure(wish->max >= 1 && wish->max <= mqtt::pull_messages_max, "answers are bounded");
    for (const auto what :
         {rest::naming::acknowledge, rest::naming::give_back, rest::naming::extend})
        if (const auto named = rest::read_named_messages(text, what); is_read(named))
            ensure(named->ids.size() <= mqtt::pull_messages_max, "ids are bounded");
    is_read(rest::session_id_of(text));
    check_kept_texts(text);
    return 0;
}
