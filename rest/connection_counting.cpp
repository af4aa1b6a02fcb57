// The part of a connection that counts: requests, bytes and streams, under the way that they belong
// to. Nothing is counted once the broker is gone, whose numbers these are.
#include "rest/http_connection.hpp"
#include "rest/message_ways.hpp"
#include "rest/service_context.hpp"

#include <array>
#include <utility>

namespace rest {

using mqtt::metric;
using mqtt::way;

void http_connection::begin_counting() {
    way_ = way::http_other;
    waits_ = false;
    began_ = std::chrono::steady_clock::now();
}

void http_connection::count_sent(std::size_t bytes) {
    if (!abandoned_)
        context_->counters.add(metric::bytes_sent, way_, static_cast<std::int64_t>(bytes));
}

void http_connection::count_part(std::size_t bytes) {
    if (bytes == 0 || abandoned_)
        return;
    count_sent(bytes);
    context_->counters.add(metric::packets_sent, way_);
}

void http_connection::count_dropped(std::uint64_t messages) {
    if (!streaming_ || abandoned_)
        return; // a long poll wants the next message, and loses nothing by not waiting for more
    const auto amount = static_cast<std::int64_t>(messages);
    context_->counters.add(metric::messages_dropped, amount);
    context_->counters.add(metric::messages_dropped, way_, amount);
}

// A stream of messages is a way of its own; what else is written in parts stays what it was.
void http_connection::count_stream_begin(const reply& answer) {
    if (request_.method() != http_verb::get || abandoned_)
        return;
    if (way_ == way::http)
        way_ = way_of_stream(answer.field("Content-Type"));
    stream_counted_ = true;
    context_->counters.add(metric::streams_open, way_);
}

void http_connection::count_stream_end() {
    if (std::exchange(stream_counted_, false) && !abandoned_)
        context_->counters.add(metric::streams_open, way_, -1);
}

void http_connection::count_answer(const exchange& each) {
    constexpr std::array classes{metric::http_answers_1xx, metric::http_answers_2xx,
                                 metric::http_answers_3xx, metric::http_answers_4xx,
                                 metric::http_answers_5xx};
    count_stream_end();
    if (abandoned_)
        return;
    auto& counters = context_->counters;
    counters.add(metric::packets_received, way_);
    counters.add(metric::bytes_received, way_, static_cast<std::int64_t>(request_.wire_bytes));
    if (over_ && !each.written)
        return; // nobody got an answer
    const auto status_class = each.answer.status / 100;
    if (status_class >= 1 && status_class <= classes.size())
        counters.add(classes[status_class - 1]);
    counters.add(metric::packets_sent, way_);
    // A message as the answer; only the field tells it from a list or a problem.
    if (way_ == way::http && each.answer.status == 200 && !each.written && !request_.is_head() &&
        !each.answer.field("Mqtt-Topic").empty()) {
        counters.add(metric::messages_sent, way_);
        counters.add(metric::payload_bytes_sent, way_,
                     static_cast<std::int64_t>(each.answer.body.size()));
    }
    if (!each.written && !waits_)
        counters.http_seconds.add(std::chrono::steady_clock::now() - began_);
}

} // namespace rest
