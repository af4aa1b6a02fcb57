// What a request says about the stream that it wants: its form, where it begins, when it ends, and
// what becomes of a slow reader.
#pragma once

#include "mqtt/broker/local_client.hpp"
#include "rest/message_queue.hpp"
#include "rest/replay.hpp"
#include "rest/stream_format.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace rest {

// Which retained values a stream begins with: fresh, those behind the place where it goes on.
enum class retained_choice : std::uint8_t { all, fresh, none };

struct stream_options {
    stream_format format;
    mqtt::qos qos = mqtt::qos::at_least_once;
    retained_choice retained = retained_choice::all;
    bool no_local = false;
    queue_rules queue;
    std::optional<std::uint64_t> max;                    // messages, then the stream ends
    std::optional<std::chrono::milliseconds> until_idle; // so long without one, likewise
    resume_point resume;
};

// The bounds of the option every: faster is no pace, slower is no stream.
inline constexpr std::chrono::milliseconds every_min{10};
inline constexpr std::chrono::milliseconds every_max{std::chrono::hours(24)};

checked<stream_options> read_stream_options(const request& asked, const query& options);

// "topic,payload": the members of an envelope that are wanted.
checked<envelope_fields> read_fields(std::string_view list);

// Whether Accept alone asks for a stream. lines_too: application/x-ndjson does, as for one topic; a
// list has that form.
bool accepts_stream(const request& asked, bool lines_too);

} // namespace rest
