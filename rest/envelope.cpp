#include "rest/envelope.hpp"

#include "mqtt/broker/local_client.hpp"
#include "mqtt/types/utf8.hpp"
#include "rest/base64.hpp"
#include "rest/json_text.hpp"
#include "rest/time_text.hpp"

namespace rest {
namespace {

// Whatever came in over MQTT; a text that is not UTF-8 cannot stand in JSON.
void append_text_or_base64(std::string& out, std::string_view text) {
    if (mqtt::is_utf8(text))
        append_json_string(out, text);
    else
        append_json_string(out, base64(text));
}

class member_list {
public:
    explicit member_list(std::string& out) : out_(out) {}

    std::string& next(std::string_view name) {
        out_ += first_ ? "\"" : ",\"";
        first_ = false;
        out_ += name;
        out_ += "\":";
        return out_;
    }

private:
    std::string& out_;
    bool first_ = true;
};

bool is_empty(const mqtt::publish_properties& of) {
    return !of.payload_is_utf8 && of.content_type.empty() && of.response_topic.empty() &&
           of.correlation.empty() && of.user.empty();
}

void append_properties(member_list& envelope, const mqtt::message& what) {
    const auto properties = mqtt::properties_of(what);
    const auto expiry = what.expires_at() == mqtt::never
                            ? std::nullopt
                            : mqtt::expiry_left(what, std::chrono::steady_clock::now());
    if (is_empty(properties) && !expiry)
        return;
    auto& out = envelope.next("props");
    out += '{';
    member_list members(out);
    if (!properties.content_type.empty())
        append_text_or_base64(members.next("content_type"), properties.content_type);
    if (properties.payload_is_utf8)
        append_number(members.next("pfi"), *properties.payload_is_utf8 ? 1 : 0);
    if (expiry)
        append_number(members.next("expiry"), *expiry);
    if (!properties.response_topic.empty())
        append_text_or_base64(members.next("response_topic"), properties.response_topic);
    if (!properties.correlation.empty())
        append_json_string(members.next("correlation"), base64(properties.correlation));
    if (!properties.user.empty()) {
        auto separator = '[';
        members.next("user");
        for (const auto& [name, value] : properties.user) {
            out += separator;
            separator = ',';
            out += '[';
            append_text_or_base64(out, name);
            out += ',';
            append_text_or_base64(out, value);
            out += ']';
        }
        out += ']';
    }
    out += '}';
}

} // namespace

std::string_view append_payload(std::string& out, std::string_view payload, bool parse) {
    if (!mqtt::is_utf8(payload)) {
        out += '"';
        append_base64(out, payload);
        out += '"';
        return "base64";
    }
    if (parse && is_json(payload)) {
        append_compact_json(out, payload);
        return "json";
    }
    append_json_string(out, payload);
    return {};
}

void append_envelope_members(std::string& out, const mqtt::message& what, mqtt::qos qos,
                             bool retained, bool parse, envelope_fields members) {
    const auto has = [members](unsigned place) { return (members >> place & 1U) != 0; };
    member_list list(out);
    if (has(0))
        append_json_string(list.next("id"), mqtt::public_id(what.id()));
    if (has(1)) {
        list.next("ts") += '"';
        append_rfc3339(out, what.arrived());
        out += '"';
    }
    if (has(2))
        append_json_string(list.next("topic"), what.topic());
    if (has(3)) {
        if (const auto encoding = append_payload(list.next("payload"), what.payload(), parse);
            !encoding.empty()) {
            out += R"(,"enc":")";
            out += encoding;
            out += '"';
        }
    }
    if (has(4))
        append_number(list.next("qos"), mqtt::to_number(qos));
    if (has(5))
        list.next("retain") += retained ? "true" : "false";
    if (has(6) && (!what.properties().empty() || what.expires_at() != mqtt::never))
        append_properties(list, what);
}

void append_envelope(std::string& out, const mqtt::message& what, mqtt::qos qos, bool retained,
                     bool parse, envelope_fields members) {
    out += '{';
    append_envelope_members(out, what, qos, retained, parse, members);
    out += '}';
}

} // namespace rest
