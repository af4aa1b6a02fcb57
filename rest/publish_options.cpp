#include "rest/publish_options.hpp"

#include "mqtt/types/topic.hpp"
#include "mqtt/types/utf8.hpp"
#include "rest/base64.hpp"
#include "rest/json_text.hpp"
#include "rest/percent.hpp"
#include "rest/time_option.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <limits>

namespace rest {
namespace {

// Header fields in the order of their table; a misspelt one is refused as an option would be.
constexpr std::array<std::string_view, 9> known_fields{"Mqtt-Qos",
                                                       "Mqtt-Retain",
                                                       "Mqtt-Message-Expiry",
                                                       "Mqtt-Payload-Format-Indicator",
                                                       "Mqtt-Response-Topic",
                                                       "Mqtt-Correlation-Data",
                                                       "Mqtt-User-Property",
                                                       "Mqtt-User-Properties",
                                                       "Mqtt-Content-Type"};

struct given {
    std::string_view name; // as the caller wrote it: option or field
    std::string value;
};

// The option, else the header field. A field carries any text percent-encoded.
checked<std::optional<given>> value_of(const request& asked, const query& options,
                                       std::string_view option, std::string_view field) {
    if (const auto* found = options.find(option); found != nullptr)
        return std::optional{given{option, found->value}};
    const auto text = asked.field(field);
    if (text.empty())
        return std::optional<given>{};
    given made{field, {}};
    if (!percent_decode(text, made.value))
        return problem{.id = problem_id::bad_percent_escape,
                       .detail = std::string(field) + ": " + std::string(text),
                       .hint = "A percent sign itself is written %25."};
    return std::optional{std::move(made)};
}

checked<void> check_field_names(const request& asked) {
    std::optional<problem> fault;
    asked.each_field([&](std::string_view name, std::string_view) {
        if (fault || name.size() < 5 || !equal_ignoring_case(name.substr(0, 5), "Mqtt-"))
            return;
        const bool known =
            std::any_of(known_fields.begin(), known_fields.end(),
                        [name](std::string_view each) { return equal_ignoring_case(name, each); });
        if (!known)
            fault = problem{.id = problem_id::unknown_parameter,
                            .detail = "'" + std::string(name) + "' is not a field of a publish",
                            .hint = "All of them are listed in /api/v1/openapi.json."};
    });
    if (fault)
        return *fault;
    return {};
}

checked<void> add_user_property(mqtt::publish_properties& to, std::string name, std::string value) {
    if (to.user.size() == user_properties_max)
        return problem{.id = problem_id::invalid_parameter,
                       .detail = "More than 100 user properties"};
    if (!mqtt::is_utf8_string(name) || !mqtt::is_utf8_string(value) ||
        name.size() > mqtt::topic_bytes_max || value.size() > mqtt::topic_bytes_max)
        return problem{.id = problem_id::invalid_parameter,
                       .detail = "A user property is not UTF-8 text"};
    to.user.emplace_back(std::move(name), std::move(value));
    return {};
}

// Mqtt-User-Property: name=value, as often as wanted.
checked<void> read_user_property_fields(const request& asked, mqtt::publish_properties& to) {
    checked<void> outcome;
    asked.each_field([&](std::string_view name, std::string_view value) {
        if (!outcome || !equal_ignoring_case(name, "Mqtt-User-Property"))
            return;
        const auto equals = value.find('=');
        std::string key;
        std::string text;
        if (equals == std::string_view::npos || !percent_decode(value.substr(0, equals), key) ||
            !percent_decode(value.substr(equals + 1), text)) {
            outcome = invalid_option("Mqtt-User-Property", value, "name=value, percent-encoded");
            return;
        }
        outcome = add_user_property(to, std::move(key), std::move(text));
    });
    return outcome;
}

// Mqtt-User-Properties: a JSON object of strings, in base64.
checked<void> read_user_properties_field(const request& asked, mqtt::publish_properties& to) {
    const auto text = asked.field("Mqtt-User-Properties");
    if (text.empty())
        return {};
    const auto wrong =
        invalid_option("Mqtt-User-Properties", text, "a JSON object of strings in base64");
    const auto json = base64_decode(text);
    if (!json || !is_json(*json))
        return wrong;
    const auto document = nlohmann::ordered_json::parse(*json, nullptr, false);
    if (!document.is_object())
        return wrong;
    for (const auto& [name, value] : document.items()) {
        if (!value.is_string())
            return wrong;
        if (auto added = add_user_property(to, name, value.get<std::string>()); !added)
            return added;
    }
    return {};
}

checked<void> read_content_type(const request& asked, const query& options,
                                mqtt::publish_properties& to) {
    auto named = value_of(asked, options, "content_type", "Mqtt-Content-Type");
    if (!named)
        return named.error();
    if (*named) {
        to.content_type = (*named)->value;
    } else {
        const auto field = asked.field(http_field::content_type);
        // curl adds this one by itself to everything it posts; it says nothing about the payload.
        const auto type = trimmed(field.substr(0, field.find(';')));
        if (!equal_ignoring_case(type, "application/x-www-form-urlencoded"))
            to.content_type = field;
    }
    if (!mqtt::is_utf8_string(to.content_type) || mqtt::has_control_character(to.content_type))
        return problem{.id = problem_id::invalid_parameter,
                       .detail = "The content type is not UTF-8 text"};
    return {};
}

checked<void> read_response(const request& asked, const query& options,
                            mqtt::publish_properties& to) {
    auto topic = value_of(asked, options, "response_topic", "Mqtt-Response-Topic");
    if (!topic)
        return topic.error();
    if (*topic) {
        if (!mqtt::is_topic_name((*topic)->value)) // [MQTT-3.3.2-14]
            return problem{.id = problem_id::topic_name_invalid,
                           .detail = "The response topic is not a topic name"};
        to.response_topic = (*topic)->value;
    }
    auto correlation = value_of(asked, options, "correlation", "Mqtt-Correlation-Data");
    if (!correlation)
        return correlation.error();
    if (*correlation) {
        auto bytes = base64_decode((*correlation)->value);
        if (!bytes || bytes->size() > mqtt::topic_bytes_max)
            return invalid_option((*correlation)->name, (*correlation)->value, "base64");
        to.correlation = std::move(*bytes);
    }
    return {};
}

checked<void> read_format(const request& asked, const query& options,
                          mqtt::publish_properties& to) {
    auto format = value_of(asked, options, "pfi", "Mqtt-Payload-Format-Indicator");
    if (!format)
        return format.error();
    if (!*format)
        return {};
    const auto& [name, value] = **format;
    if (value != "0" && value != "1")
        return invalid_option(name, value, "1 (UTF-8 text) or 0 (bytes)");
    to.payload_is_utf8 = value == "1";
    if (*to.payload_is_utf8 && !mqtt::is_utf8(asked.body))
        return problem{.id = problem_id::payload_format_invalid, .detail = "The body is not UTF-8"};
    return {};
}

checked<std::optional<std::uint32_t>> read_expiry(const request& asked, const query& options) {
    auto text = value_of(asked, options, "expiry", "Mqtt-Message-Expiry");
    if (!text)
        return text.error();
    if (!*text)
        return std::optional<std::uint32_t>{};
    const auto seconds = parse_number((*text)->value);
    if (!seconds || *seconds > std::numeric_limits<std::uint32_t>::max())
        return invalid_option((*text)->name, (*text)->value, "seconds, at most 4294967295");
    return std::optional{static_cast<std::uint32_t>(*seconds)};
}

// PUT keeps its message, POST does not unless it says so.
checked<bool> read_retain(const request& asked, const query& options) {
    const bool state = asked.method() == http_verb::put;
    auto text = value_of(asked, options, "retain", "Mqtt-Retain");
    if (!text)
        return text.error();
    if (!*text)
        return state;
    const auto& [name, value] = **text;
    const bool on = value.empty() || value == "1" || equal_ignoring_case(value, "true");
    if (!on && value != "0" && !equal_ignoring_case(value, "false"))
        return invalid_option(name, value, "1 or 0");
    if (state && !on)
        return problem{.id = problem_id::invalid_parameter,
                       .detail = "PUT with " + std::string(name) + "=" + value,
                       .hint = "PUT keeps its message as the topic's value; POST does not."};
    return on;
}

checked<bool> read_require(const query& options) {
    const auto* found = options.find("require");
    if (found == nullptr)
        return false;
    if (found->value != "subscriber")
        return invalid_option("require", found->value, "'subscriber'");
    return true;
}

checked<void> read_await(const query& options, publish_options& made) {
    const auto* await = options.find("await");
    const auto* timeout = options.find("timeout");
    if (await == nullptr) {
        if (timeout == nullptr)
            return {};
        return problem{.id = problem_id::invalid_parameter,
                       .detail = "timeout without await=acks",
                       .hint = "await=acks&timeout=5 waits five seconds for acknowledgements."};
    }
    if (await->value != "acks")
        return invalid_option("await", await->value, "'acks'");
    made.await_acks = await_usual;
    if (timeout == nullptr)
        return {};
    const auto span = parse_span(timeout->value);
    if (!span)
        return invalid_option("timeout", timeout->value, "a time such as 5 or 500ms");
    made.await_acks = std::min<std::chrono::milliseconds>(*span, await_max);
    return {};
}

checked<void> read_delay(const query& options, publish_options& made) {
    const auto* delay = options.find("delay");
    if (delay == nullptr)
        return {};
    made.delay = parse_span(delay->value);
    if (!made.delay || *made.delay > delay_max)
        return invalid_option("delay", delay->value, "a time such as 10s or 5m, at most 30 days");
    if (made.await_acks || made.require_subscriber)
        return problem{.id = problem_id::invalid_parameter,
                       .detail = "delay does not go together with await or require",
                       .hint = "Who will subscribe then is not known now."};
    return {};
}

// Neither an option but the QoS nor a field of ours: so it is with most requests, and looking for
// each of them is much of what a publish costs.
bool says_nothing_else(const request& asked, const query& options) {
    for (const auto& option : options.options())
        if (option.name != "qos")
            return false;
    bool found = false;
    asked.each_field([&](std::string_view name, std::string_view) {
        found = found || (name.size() > 5 && equal_ignoring_case(name.substr(0, 5), "Mqtt-"));
    });
    return !found;
}

} // namespace

checked<mqtt::qos> read_qos(const request& asked, const query& options, mqtt::qos otherwise) {
    auto text = value_of(asked, options, "qos", "Mqtt-Qos");
    if (!text)
        return text.error();
    if (!*text)
        return otherwise;
    const auto& value = (*text)->value;
    if (value.size() != 1 || value[0] < '0' || value[0] > '2') // [MQTT-3.3.1-4]
        return problem{.id = problem_id::bad_qos,
                       .detail = std::string((*text)->name) + "=" + value};
    return static_cast<mqtt::qos>(value[0] - '0');
}

checked<publish_options> read_publish_options(const request& asked, const query& options) {
    if (auto fine = check_field_names(asked); !fine)
        return fine.error();
    publish_options made;
    const auto qos = read_qos(asked, options, made.qos);
    if (!qos)
        return qos.error();
    made.qos = *qos;
    auto& to = made.properties;
    if (says_nothing_else(asked, options)) {
        made.retain = asked.method() == http_verb::put;
        if (auto fine = read_content_type(asked, options, to); !fine)
            return fine.error();
        return made;
    }
    const auto retain = read_retain(asked, options);
    if (!retain)
        return retain.error();
    made.retain = *retain;
    const auto expiry = read_expiry(asked, options);
    if (!expiry)
        return expiry.error();
    made.expiry = *expiry;
    const auto require = read_require(options);
    if (!require)
        return require.error();
    made.require_subscriber = *require;
    for (auto* read : {&read_await, &read_delay})
        if (auto fine = read(options, made); !fine)
            return fine.error();
    for (auto* read : {&read_content_type, &read_response, &read_format})
        if (auto fine = read(asked, options, to); !fine)
            return fine.error();
    for (auto* read : {&read_user_property_fields, &read_user_properties_field})
        if (auto fine = read(asked, to); !fine)
            return fine.error();
    return made;
}

} // namespace rest
