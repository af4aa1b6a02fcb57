#include "rest/webhooks/call_body.hpp"

#include "mqtt/broker/local_client.hpp"
#include "mqtt/broker/marked_message.hpp"
#include "mqtt/types/utf8.hpp"
#include "rest/base64.hpp"
#include "rest/envelope.hpp"
#include "rest/json_text.hpp"
#include "rest/payload.hpp"
#include "rest/percent.hpp"
#include "rest/query.hpp"
#include "rest/time_text.hpp"

#include <algorithm>

namespace rest::webhooks {
namespace {

constexpr std::string_view event_type = "mqtt.message";

void append_member(std::string& out, std::string_view name, std::string_view text) {
    out.append(",\"").append(name).append("\":");
    append_json_string(out, text);
}

// CloudEvents 1.0, JSON event format.
void append_event(std::string& out, const definition& terms, const queued_message& message) {
    const auto& what = *message.what;
    out += R"({"specversion":"1.0","id":)";
    append_json_string(out, mqtt::public_id(what.id()));
    append_member(out, "source", "/api/v1/webhooks/" + terms.name);
    append_member(out, "type", event_type);
    append_member(out, "subject", what.topic());
    out += R"(,"time":")";
    append_rfc3339(out, what.arrived());
    out += R"(","mqttqos":)";
    append_number(out, mqtt::to_number(message.qos));
    out += message.retain ? R"(,"mqttretain":true)" : R"(,"mqttretain":false)";
    const auto properties = mqtt::properties_of(what);
    if (mqtt::is_utf8(properties.response_topic) && !properties.response_topic.empty())
        append_member(out, "mqttresponsetopic", properties.response_topic);
    if (!properties.correlation.empty())
        append_member(out, "mqttcorrelation", base64(properties.correlation));
    out += R"(,"webhookhops":)";
    append_number(out, hops_of(what) + 1);
    const auto payload = what.payload();
    append_member(out, "datacontenttype", type_of(properties.content_type, payload).text);
    if (is_json(payload)) {
        out += R"(,"data":)";
        append_compact_json(out, payload);
    } else if (mqtt::is_utf8(payload)) {
        append_member(out, "data", payload);
    } else {
        append_member(out, "data_base64", base64(payload));
    }
    out += '}';
}

void append_one(std::string& out, const definition& terms, const queued_message& message) {
    if (terms.format == body_format::cloudevents)
        return append_event(out, terms, message);
    const auto counted = mqtt::with_user_property(*message.what, hop_property,
                                                  std::to_string(hops_of(*message.what) + 1));
    append_envelope(out, *counted, message.qos, message.retain, false);
}

call_body raw_body(const queued_message& message) {
    const auto& what = *message.what;
    const auto properties = mqtt::properties_of(what);
    call_body made{type_of(properties.content_type, what.payload()).text,
                   std::string(what.payload())};
    auto& fields = made.fields;
    // The others are those of a publish over HTTP, so that the endpoint may be another Sluice.
    fields.emplace_back("webhook-topic", header_text(what.topic()));
    fields.emplace_back("Mqtt-Qos", std::to_string(mqtt::to_number(message.qos)));
    fields.emplace_back("Mqtt-Retain", message.retain ? "1" : "0");
    if (!properties.response_topic.empty())
        fields.emplace_back("Mqtt-Response-Topic", header_text(properties.response_topic));
    if (!properties.correlation.empty())
        fields.emplace_back("Mqtt-Correlation-Data", base64(properties.correlation));
    // bound: properties_per_packet_max
    for (const auto& [name, value] : properties.user)
        if (name != hop_property)
            fields.emplace_back("Mqtt-User-Property", header_text(name) + "=" + header_text(value));
    fields.emplace_back("Mqtt-User-Property",
                        std::string(hop_property) + "=" + std::to_string(hops_of(what) + 1));
    return made;
}

} // namespace

call_body body_of(const definition& terms, std::span<const queued_message> messages) {
    if (terms.format == body_format::raw)
        return raw_body(messages.front());
    const bool events = terms.format == body_format::cloudevents;
    call_body made;
    if (terms.batch_max == 0) {
        made.content_type = events ? "application/cloudevents+json" : "application/json";
        append_one(made.body, terms, messages.front());
        return made;
    }
    made.content_type = events ? "application/cloudevents-batch+json" : "application/json";
    auto separator = '[';
    for (const auto& each : messages) {
        made.body += separator;
        separator = ',';
        append_one(made.body, terms, each);
    }
    made.body += ']';
    return made;
}

unsigned hops_of(const mqtt::message& what) {
    if (what.properties().empty())
        return 0;
    unsigned most = 0; // a name may come twice; the larger one counts
    for (const auto& [name, value] : mqtt::properties_of(what).user)
        if (name == hop_property)
            most = std::max(most, static_cast<unsigned>(std::min<std::uint64_t>(
                                      parse_number(value).value_or(0), hops_max)));
    return most;
}

} // namespace rest::webhooks
