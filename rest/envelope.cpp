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

void append_properties(std::string& out, const mqtt::message& what) {
    const auto properties = mqtt::properties_of(what);
    const auto expiry = what.expires_at() == mqtt::never
                            ? std::nullopt
                            : mqtt::expiry_left(what, std::chrono::steady_clock::now());
    const auto begin = out.size();
    out += ",\"props\":{";
    const auto empty_size = out.size();
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
    if (out.size() == empty_size)
        out.resize(begin);
    else
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

void append_envelope(std::string& out, const mqtt::message& what, mqtt::qos qos, bool retained,
                     bool parse) {
    out += R"({"id":)";
    append_json_string(out, mqtt::public_id(what.id()));
    out += R"(,"ts":")";
    append_rfc3339(out, what.arrived());
    out += R"(","topic":)";
    append_json_string(out, what.topic());
    out += R"(,"payload":)";
    if (const auto encoding = append_payload(out, what.payload(), parse); !encoding.empty()) {
        out += R"(,"enc":")";
        out += encoding;
        out += '"';
    }
    out += R"(,"qos":)";
    append_number(out, mqtt::to_number(qos));
    out += retained ? R"(,"retain":true)" : R"(,"retain":false)";
    if (!what.properties().empty() || what.expires_at() != mqtt::never)
        append_properties(out, what);
    out += '}';
}

} // namespace rest
