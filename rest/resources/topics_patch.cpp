// PATCH: changes members of a retained JSON value, RFC 5789 and 7396. Somebody else's change in
// between is never lost: the value is read again and patched anew.
#include "rest/conditions.hpp"
#include "rest/http_connection.hpp"
#include "rest/idempotency.hpp"
#include "rest/merge_patch.hpp"
#include "rest/publishing.hpp"
#include "rest/query_options.hpp"
#include "rest/resources/topics.hpp"
#include "rest/topic_address.hpp"

#include <array>

namespace rest {
namespace {

// So often the value is read again when others change it at the same time.
constexpr int attempts_max = 16;

bool is_patch_type(std::string_view type) {
    constexpr std::array<std::string_view, 3> taken{"application/merge-patch+json",
                                                    "application/json",
                                                    // what curl adds by itself says nothing
                                                    "application/x-www-form-urlencoded"};
    const auto named = trimmed(type.substr(0, type.find(';')));
    for (const auto each : taken)
        if (equal_ignoring_case(named, each))
            return true;
    return named.empty();
}

void refuse_type(exchange& each) {
    problem told{.id = problem_id::patch_type_not_supported,
                 .detail = std::string(each.asked.field(http_field::content_type))};
    told.hint = "Send a JSON merge patch: Content-Type: application/merge-patch+json.";
    told.fields.emplace_back("Accept-Patch", std::string(accept_patch)); // RFC 5789 section 3.1
    refuse(each, told);
}

// Null: the exchange is refused.
mqtt::message_ptr value_to_patch(exchange& each, const std::string& topic) {
    const auto& client = each.connection.client();
    if (!client.authorized(mqtt::operation::receive, topic)) {
        refuse_publish(each, mqtt::reason::not_authorized, topic);
        return nullptr;
    }
    auto value = client.retained(topic);
    if (!value)
        refuse(each,
               {.id = problem_id::no_retained_value,
                .detail = topic,
                .hint = "There is nothing to change. PUT sets the whole value.",
                .try_line = "curl -X PUT -d '{}' '" + base_uri(each) + topic_uri(topic) + "'"});
    return value;
}

// What the new message has of the old one, where the request does not say otherwise.
publish_options options_for(const publish_options& asked, const mqtt::message& before) {
    auto made = asked;
    made.retain = true;
    auto kept = mqtt::properties_of(before);
    if (asked.properties.user.empty())
        made.properties.user = std::move(kept.user);
    made.properties.content_type = std::move(kept.content_type);
    if (!asked.properties.payload_is_utf8)
        made.properties.payload_is_utf8 = kept.payload_is_utf8;
    if (!asked.expiry)
        made.expiry = mqtt::expiry_left(before, std::chrono::steady_clock::now());
    return made;
}

boost::asio::awaitable<void> patch_value(exchange& each, std::string topic,
                                         publish_options options) {
    co_await each.connection.settle(mqtt::operation::publish, topic);
    co_await each.connection.settle(mqtt::operation::receive, topic);
    const bool conditional = each.asked.has_field(http_field::if_match) ||
                             each.asked.has_field(http_field::if_none_match);
    for (int attempt = 0; attempt < attempts_max; ++attempt) {
        const auto before = value_to_patch(each, topic);
        if (each.answered)
            co_return;
        auto condition = condition_of(each, topic, true);
        if (each.answered)
            co_return;
        if (!conditional || condition.must_exist)
            condition.id_is = before->id();
        const auto after = merge_patch(before->payload(), each.asked.body);
        if (!after) {
            refuse(each, {.id = problem_id::not_json,
                          .detail = topic,
                          .hint = "PUT replaces a value, whatever it is."});
            co_return;
        }
        const bool last = conditional || attempt + 1 == attempts_max;
        const bool told = co_await publish_if(each, topic, *after, options_for(options, *before),
                                              condition, last);
        if (told)
            co_return;
    }
}

boost::asio::awaitable<void> patch_now(exchange& each) {
    auto address = address_to_publish(each.rest, each.options);
    if (!address) {
        refuse(each, address.error());
        co_return;
    }
    if (const auto fine = check_options(each.options, purpose::publish); !fine) {
        refuse(each, fine.error());
        co_return;
    }
    auto options = read_publish_options(each.asked, each.options);
    if (!options) {
        refuse(each, options.error());
        co_return;
    }
    if (!is_patch_type(each.asked.field(http_field::content_type))) {
        refuse_type(each);
        co_return;
    }
    co_await patch_value(each, std::move(address->name), std::move(*options));
}

} // namespace

boost::asio::awaitable<void> patch_topic(exchange& each) {
    return answer_once(each, &patch_now);
}

} // namespace rest
