#include "rest/stream_format.hpp"

#include "mqtt/broker/local_client.hpp"
#include "mqtt/types/utf8.hpp"
#include "rest/base64.hpp"
#include "rest/envelope.hpp"
#include "rest/json_text.hpp"
#include "rest/percent.hpp"

namespace rest {
namespace {

// One line whatever the topic holds: MQTT clients may publish to topics with control characters.
void append_one_line(std::string& out, std::string_view text) {
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x20 || byte == 0x7F)
            append_escape(out, byte);
        else
            out += c;
    }
}

void append_payload_lines(std::string& out, std::string_view payload) {
    if (mqtt::is_utf8(payload))
        append_data_lines(out, payload);
    else
        append_data_lines(out, base64(payload)); // an event stream is UTF-8
}

} // namespace

std::string_view stream_format::content_type() const {
    if (events)
        return "text/event-stream";
    return raw ? "text/plain; charset=utf-8" : "application/x-ndjson";
}

void append_data_lines(std::string& out, std::string_view text) {
    while (true) {
        const auto end = text.find_first_of("\r\n");
        out += "data: ";
        out += text.substr(0, end);
        out += '\n';
        if (end == std::string_view::npos)
            return;
        const bool pair = text.substr(end, 2) == "\r\n";
        text.remove_prefix(end + (pair ? 2 : 1));
    }
}

void append_opening(std::string& out, const stream_format& format, const stream_opening& what) {
    if (!format.events)
        return;
    out += ": ok\nretry: ";
    append_number(out, static_cast<std::uint64_t>(stream_retry.count()));
    out += "\nevent: open\ndata: {\"stream\":";
    append_json_string(out, what.id);
    out += ",\"filters\":[";
    for (std::size_t i = 0; i < what.filters.size(); ++i) {
        if (i > 0)
            out += ',';
        append_json_string(out, what.filters[i]);
    }
    out += "],\"granted\":[";
    for (std::size_t i = 0; i < what.granted.size(); ++i) {
        if (i > 0)
            out += ',';
        append_number(out, mqtt::to_byte(what.granted[i]));
    }
    out += "],\"cursor\":";
    append_json_string(out, what.cursor);
    out += ",\"retained\":";
    append_number(out, what.retained);
    out += "}\n\n";
}

void append_message(std::string& out, const stream_format& format, const mqtt::message& what,
                    mqtt::qos qos, bool retained) {
    if (!format.events) {
        if (format.raw)
            out += what.payload();
        else
            append_envelope(out, what, qos, retained, format.parse, format.fields);
        out += '\n';
        return;
    }
    out += "id: ";
    out += mqtt::public_id(what.id());
    out += '\n';
    if (format.topic_as_event) {
        out += "event: ";
        append_one_line(out, what.topic());
        out += '\n';
    }
    if (format.raw) {
        append_payload_lines(out, what.payload());
    } else {
        out += "data: "; // an envelope is one line: JSON escapes what would end it
        append_envelope(out, what, qos, retained, format.parse, format.fields);
        out += '\n';
    }
    out += '\n';
}

void append_heartbeat(std::string& out, const stream_format& format) {
    if (format.events)
        out += ": ok\n\n";
    else if (!format.raw)
        out += '\n'; // JSON readers skip an empty line; between bare payloads it would be one
}

void append_dropped(std::string& out, const stream_format& format, std::uint64_t count) {
    if (format.events)
        out += "event: dropped\ndata: {\"count\":";
    else if (!format.raw)
        out += "{\"event\":\"dropped\",\"count\":";
    else
        return;
    append_number(out, count);
    out += format.events ? "}\n\n" : "}\n";
}

void append_gap(std::string& out, const stream_format& format, std::string_view after) {
    if (format.events)
        out += "event: gap\ndata: {\"after\":";
    else if (!format.raw)
        out += "{\"event\":\"gap\",\"after\":";
    else
        return;
    append_json_string(out, after);
    out += format.events ? ",\"lost\":null}\n\n" : ",\"lost\":null}\n"; // nobody knows how many
}

void append_bye(std::string& out, const stream_format& format, std::chrono::milliseconds retry,
                mqtt::reason why) {
    const auto milliseconds = static_cast<std::uint64_t>(retry.count());
    if (format.events) {
        out += "event: bye\nretry: ";
        append_number(out, milliseconds);
        out += "\ndata: {\"reason_code\":";
    } else if (!format.raw) {
        out += "{\"event\":\"bye\",\"retry\":";
        append_number(out, milliseconds);
        out += ",\"reason_code\":";
    } else {
        return;
    }
    append_number(out, mqtt::to_byte(why));
    out += format.events ? "}\n\n" : "}\n";
}

void append_auth_expired(std::string& out, const stream_format& format) {
    if (format.events)
        out += "event: auth-expired\ndata: {\"reason_code\":";
    else if (!format.raw)
        out += "{\"event\":\"auth-expired\",\"reason_code\":";
    else
        return;
    append_number(out, mqtt::to_byte(mqtt::reason::not_authorized));
    out += format.events ? "}\n\n" : "}\n";
}

} // namespace rest
