// Messages as they come, over one answer that goes on until somebody leaves; section 6.
#pragma once

#include "mqtt/broker/local_client.hpp"
#include "rest/exchange.hpp"
#include "rest/replay.hpp"
#include "rest/stream_format.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace rest {

struct stream_options {
    stream_format format;
    mqtt::qos qos = mqtt::qos::at_least_once;
    mqtt::retained_delivery retained = mqtt::retained_delivery::all;
    std::optional<std::uint64_t> max; // messages, then the stream ends
    resume_point resume;
};

// events: the caller accepts text/event-stream.
checked<stream_options> read_stream_options(const request& asked, const query& options);

// Whether Accept alone asks for a stream. lines_too: application/x-ndjson does, as for one topic; a
// list has that form.
bool accepts_stream(const request& asked, bool lines_too);

boost::asio::awaitable<void> stream_messages(exchange& each, std::vector<std::string> filters);

} // namespace rest
