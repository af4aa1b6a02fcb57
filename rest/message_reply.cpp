#include "rest/message_reply.hpp"

#include "mqtt/broker/local_client.hpp"
#include "rest/base64.hpp"
#include "rest/conditions.hpp"
#include "rest/envelope.hpp"
#include "rest/http_connection.hpp"
#include "rest/payload.hpp"
#include "rest/percent.hpp"
#include "rest/service_context.hpp"
#include "rest/time_text.hpp"
#include "rest/topic_address.hpp"

#include <chrono>

namespace rest {
namespace {

// Texts of MQTT may have 65 535 bytes each. Clients of HTTP take about 16 KiB of header; what does
// not fit is in the envelope only.
constexpr std::size_t field_bytes_max = 4'096;
constexpr std::size_t user_property_fields_max = 8'192; // bytes, together

void add_encoded(reply& answer, std::string_view name, std::string_view text) {
    if (text.empty() || text.size() > field_bytes_max)
        return;
    if (const auto encoded = header_text(text); encoded.size() <= field_bytes_max)
        answer.add(name, encoded);
}

void add_properties(reply& answer, const mqtt::message& what,
                    const mqtt::publish_properties& properties) {
    add_encoded(answer, "Mqtt-Topic", what.topic());
    answer.add("Mqtt-Qos", std::to_string(mqtt::to_number(what.qos())));
    if (what.expires_at() != mqtt::never) {
        const auto left = mqtt::expiry_left(what, std::chrono::steady_clock::now());
        answer.add("Mqtt-Expiry", std::to_string(left.value_or(0)));
    }
    add_encoded(answer, "Mqtt-Response-Topic", properties.response_topic);
    if (!properties.correlation.empty() && properties.correlation.size() <= field_bytes_max / 2)
        answer.add("Mqtt-Correlation-Data", base64(properties.correlation));
    std::size_t bytes = 0;
    for (const auto& [name, value] : properties.user) {
        if (name.size() + value.size() > field_bytes_max)
            continue;
        std::string text;
        append_uri_text(text, name); // no '=' stays in it
        text += '=';
        text += header_text(value);
        bytes += text.size();
        if (bytes <= user_property_fields_max)
            answer.add("Mqtt-User-Property", text);
    }
}

void add_payload(reply& answer, const mqtt::message& what,
                 const mqtt::publish_properties& properties) {
    const auto type = type_of(properties.content_type, what.payload());
    answer.add("X-Content-Type-Options", "nosniff");
    if (type.active) // what others published must not run with this server's origin
        answer.add("Content-Security-Policy", "sandbox");
    if (type.named_otherwise)
        add_encoded(answer, "Mqtt-Content-Type", properties.content_type);
    answer.set_body(type.text, std::string(what.payload()));
}

// Where its messages come as they are published, and where those of before are.
void add_links(exchange& each, std::string_view topic) {
    const auto uri = topic_option_uri(topic, "stream");
    if (uri.size() > field_bytes_max)
        return;
    const auto* past = each.connection.context().past;
    std::string links;
    if (past != nullptr && mqtt::rule_for(past->rules(), topic) != nullptr) {
        links = "</api/v1/history?topic=";
        append_uri_text(links, topic);
        links += ">; rel=\"history\", ";
    }
    each.answer.add("Link", links + "<" + uri + ">; rel=\"monitor\"");
}

} // namespace

void show_message(exchange& each, const mqtt::message& what, bool retained,
                  const message_form& form) {
    auto& answer = each.answer;
    answer.add("Vary", "Accept");
    if (retained) {
        answer.add("ETag", entity_tag(what));
        answer.add("Last-Modified", http_date(what.arrived()));
    }
    answer.add("Cache-Control", retained ? "no-cache" : "no-store");
    if (retained &&
        names_message(each.asked.list(http_field::if_none_match), what)) { // [RFC9110-15.4.5]
        answer.status = 304;
        return;
    }
    const auto properties = mqtt::properties_of(what);
    add_properties(answer, what, properties);
    answer.add("Mqtt-Retain", retained ? "1" : "0");
    add_links(each, what.topic());
    if (!form.envelope) {
        add_payload(answer, what, properties);
        return;
    }
    std::string body;
    append_envelope(body, what, what.qos(), retained, form.parse);
    body += '\n';
    answer.set_body("application/json", std::move(body));
}

} // namespace rest
