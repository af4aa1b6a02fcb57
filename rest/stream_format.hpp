// How the messages of a stream are written: server-sent events or lines, envelopes or bare
// payloads; section 6.
#pragma once

#include "mqtt/types/message.hpp"
#include "mqtt/types/reason.hpp"
#include "rest/envelope.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace rest {

struct stream_format {
    bool events = false;         // text/event-stream; else one line each
    bool raw = false;            // payloads only; else envelopes
    bool parse = false;          // payloads that are JSON stand in the envelope as JSON
    bool topic_as_event = false; // the event's name is the topic
    envelope_fields fields = whole_envelope;

    friend bool operator==(const stream_format&, const stream_format&) = default;

    std::string_view content_type() const;
};

struct stream_opening {
    std::string_view id;
    std::span<const std::string> filters;
    std::span<const mqtt::reason> granted;
    std::string_view cursor;  // what came so far has at most this id
    std::size_t retained = 0; // messages that follow at once
};

// What the client is told to wait before it connects again.
inline constexpr std::chrono::milliseconds stream_retry{2000};

// Server-sent events only: lines begin with the first message.
void append_opening(std::string& out, const stream_format& format, const stream_opening& what);
void append_message(std::string& out, const stream_format& format, const mqtt::message& what,
                    mqtt::qos qos, bool retained);
void append_heartbeat(std::string& out, const stream_format& format);
// How many messages this stream lost because its reader was slow.
void append_dropped(std::string& out, const stream_format& format, std::uint64_t count);
// What came after this id can't be told in full; retained values follow, if they are wanted.
void append_gap(std::string& out, const stream_format& format, std::string_view after);
void append_bye(std::string& out, const stream_format& format, std::chrono::milliseconds retry,
                mqtt::reason why = mqtt::reason::server_shutting_down);
// The credentials that the stream was opened with are good no more: it does not help to come back
// with them.
void append_auth_expired(std::string& out, const stream_format& format);

// Appends "data:" lines; every line end of the text begins a new one, so that nothing in it can
// become a field.
void append_data_lines(std::string& out, std::string_view text);

} // namespace rest
