#include "rest/stream_options.hpp"

#include "rest/accept.hpp"
#include "rest/publish_options.hpp"
#include "rest/time_option.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

namespace rest {
namespace {

constexpr std::array<std::string_view, 3> stream_types{"application/x-ndjson", "text/event-stream",
                                                       "application/json"};

bool accepts_events(const request& asked) {
    const auto choice = preferred(asked.list(http_field::accept), stream_types);
    return choice && *choice == 1;
}

checked<stream_format> read_format(const request& asked, const query& options) {
    stream_format format;
    format.events = accepts_events(asked);
    if (const auto* named = options.find("as"); named != nullptr) {
        if (named->value == "sse")
            format.events = true;
        else if (named->value == "ndjson")
            format.events = false;
        else if (named->value == "raw")
            format.raw = true;
        else if (named->value != "json")
            return invalid_option("as", named->value, "sse, ndjson, json or raw for a stream");
    }
    if (const auto* event = options.find("event"); event != nullptr) {
        if (event->value != "topic")
            return invalid_option("event", event->value, "'topic'");
        format.topic_as_event = true;
    }
    const auto parse = wants_parsed(options);
    if (!parse)
        return parse.error();
    format.parse = *parse;
    if (const auto* fields = options.find("fields"); fields != nullptr) {
        const auto chosen = read_fields(fields->value);
        if (!chosen)
            return chosen.error();
        if (format.raw)
            return problem{.id = problem_id::invalid_parameter,
                           .detail = "'fields' and as=raw together",
                           .hint = "A raw stream has payloads only."};
        format.fields = *chosen;
    }
    return format;
}

checked<retained_choice> read_retained(const query& options) {
    const auto* named = options.find("retained");
    if (named == nullptr || named->value == "all")
        return retained_choice::all;
    if (named->value == "new")
        return retained_choice::fresh;
    if (named->value == "none")
        return retained_choice::none;
    return invalid_option("retained", named->value, "all, new or none");
}

checked<queue_rules> read_queue(const query& options) {
    queue_rules made;
    if (const auto* every = options.find("every"); every != nullptr) {
        const auto span = parse_span(every->value);
        if (!span || *span < every_min || *span > every_max)
            return invalid_option("every", every->value, "a time from 10ms to 24h, such as 500ms");
        made.every = *span;
    }
    if (const auto* named = options.find("overflow"); named != nullptr) {
        if (named->value == "drop-oldest")
            made.when_full = overflow::drop_oldest;
        else if (named->value == "close")
            made.when_full = overflow::close;
        else if (named->value != "coalesce")
            return invalid_option("overflow", named->value, "coalesce, drop-oldest or close");
    }
    return made;
}

checked<void> read_end(const query& options, stream_options& made) {
    const auto max = options.number("max", 1, std::numeric_limits<std::uint64_t>::max());
    if (!max)
        return max.error();
    made.max = *max;
    if (const auto* idle = options.find("until_idle"); idle != nullptr) {
        made.until_idle = parse_span(idle->value);
        if (!made.until_idle || *made.until_idle > every_max)
            return invalid_option("until_idle", idle->value,
                                  "a time up to 24h, such as 2 or 500ms");
    }
    return {};
}

} // namespace

checked<envelope_fields> read_fields(std::string_view list) {
    envelope_fields made = 0;
    std::string_view element;
    while (next_element(list, element)) {
        const auto at = std::find(envelope_members.begin(), envelope_members.end(), element);
        if (at == envelope_members.end())
            return invalid_option("fields", element, "id, ts, topic, payload, qos, retain, props");
        made |= static_cast<envelope_fields>(1U << (at - envelope_members.begin()));
    }
    if (made == 0)
        return invalid_option("fields", "", "names such as topic,payload");
    return made;
}

bool accepts_stream(const request& asked, bool lines_too) {
    constexpr std::array<std::string_view, 6> forms{
        "text/event-stream", "application/x-ndjson",    "application/json", "text/plain",
        "text/html",         "application/octet-stream"};
    const auto choice = preferred(asked.list(http_field::accept), forms);
    return choice && (*choice == 0 || (lines_too && *choice == 1));
}

checked<stream_options> read_stream_options(const request& asked, const query& options) {
    stream_options made;
    const auto format = read_format(asked, options);
    if (!format)
        return format.error();
    made.format = *format;
    const auto qos = read_qos(asked, options, made.qos);
    if (!qos)
        return qos.error();
    made.qos = *qos;
    const auto retained = read_retained(options);
    if (!retained)
        return retained.error();
    made.retained = *retained;
    const auto no_local = options.flag("no_local");
    if (!no_local)
        return no_local.error();
    made.no_local = *no_local;
    const auto queue = read_queue(options);
    if (!queue)
        return queue.error();
    made.queue = *queue;
    if (const auto end = read_end(options, made); !end)
        return end.error();
    auto resume = read_resume(asked, options, std::chrono::system_clock::now());
    if (!resume)
        return resume.error();
    made.resume = std::move(*resume);
    return made;
}

} // namespace rest
