#include "rest/series_request.hpp"

#include "rest/accept.hpp"
#include "rest/time_option.hpp"
#include "rest/topic_address.hpp"

#include <algorithm>
#include <array>

namespace rest {
namespace {

using std::chrono::milliseconds;

constexpr std::chrono::hours range_usual{24};
// A range that ended so long ago has all its messages on disk.
constexpr std::chrono::seconds settled_after{10};
constexpr std::uint64_t points_named_max = 1'000'000'000;

constexpr std::array<aggregate, 6> aggregates{{
    {"avg",
     [](const mqtt::series_bucket& each) {
         return each.total / static_cast<double>(each.numbers);
     }},
    {"min", [](const mqtt::series_bucket& each) { return each.low; }},
    {"max", [](const mqtt::series_bucket& each) { return each.high; }},
    {"sum", [](const mqtt::series_bucket& each) { return each.total; }},
    {"first", [](const mqtt::series_bucket& each) { return each.first; }},
    {"last", [](const mqtt::series_bucket& each) { return each.last; }},
}};

checked<void> read_topics(const query& options, series_request& into) {
    std::vector<std::string> names;
    for (const auto& option : options.options()) {
        if (option.name != "topic")
            continue;
        auto name = topic_from_query(option.raw);
        if (!name)
            return name.error();
        if (const auto fine = check_name(*name); !fine)
            return fine.error();
        if (std::find(names.begin(), names.end(), *name) == names.end())
            names.push_back(std::move(*name)); // bound: header_bytes_max
    }
    if (names.size() > 1) {
        if (options.find("filter") != nullptr || options.find("tree") != nullptr ||
            options.find("depth") != nullptr)
            return problem{.id = problem_id::invalid_parameter,
                           .detail = "Several topics, and ?filter, ?tree or ?depth"};
        if (names.size() > series_topics_max)
            return problem{.id = problem_id::invalid_parameter,
                           .detail = "More than 20 topics",
                           .hint = "One answer has at most 20 series."};
        into.filters = std::move(names);
        return {};
    }
    auto address = address_to_read(std::nullopt, options);
    if (!address)
        return address.error();
    into.single = !address->is_filter();
    into.filters = std::move(address->filters);
    if (into.single)
        into.filters.push_back(std::move(address->name));
    return {};
}

checked<void> read_range(const query& options, mqtt::wall_time now, series_request& into) {
    const auto since = time_option(options, "since", now);
    if (!since)
        return since.error();
    const auto until = time_option(options, "until", now);
    if (!until)
        return until.error();
    into.until = *until ? (*until)->when : now;
    into.since = *since ? (*since)->when : into.until - range_usual;
    into.closed = *since && *until && !(*since)->moves && !(*until)->moves &&
                  into.until <= now - settled_after;
    if (into.until <= into.since)
        return problem{.id = problem_id::invalid_parameter,
                       .detail = "'since' is not before 'until'",
                       .hint = "since=-24h&until=now is the last day."};
    return {};
}

// Parts of the time, as few as were asked for and as few as are served.
checked<void> read_parts(const query& options, series_request& into) {
    const auto points = options.number("points", 2, points_named_max);
    if (!points)
        return points.error();
    const auto* step = options.find("step");
    if (step != nullptr && *points)
        return problem{.id = problem_id::invalid_parameter,
                       .detail = "'step' and 'points' together"};
    const auto range = std::chrono::ceil<milliseconds>(into.until - into.since).count();
    const auto step_for = [range](std::size_t count) {
        const auto parts = static_cast<std::int64_t>(count);
        return milliseconds((range + parts - 1) / parts);
    };
    into.clamped = points->value_or(0) > series_points_max;
    into.points = std::min<std::size_t>(points->value_or(series_points_usual), series_points_max);
    into.step = step_for(into.points);
    if (step == nullptr)
        return {};
    const auto span = parse_span(step->value);
    if (!span)
        return invalid_option("step", step->value, "a span of time such as 5m, 30s or 500ms");
    if (into.method == series_method::lttb)
        return problem{.id = problem_id::invalid_parameter,
                       .detail = "'step' with method=lttb",
                       .hint = "It takes 'points'."};
    into.clamped = *span < step_for(series_points_max);
    into.step = std::max(*span, step_for(series_points_max));
    return {};
}

checked<void> read_method(const query& options, series_request& into) {
    const auto* method = options.find("method");
    if (method == nullptr || method->value == "bucket")
        into.method = series_method::bucket;
    else if (method->value == "lttb")
        into.method = series_method::lttb;
    else if (method->value == "last")
        into.method = series_method::last;
    else
        return invalid_option("method", method->value, "bucket, lttb or last");
    const auto* fill = options.find("fill");
    if (fill == nullptr)
        return {};
    if (into.method == series_method::lttb)
        return problem{.id = problem_id::invalid_parameter, .detail = "'fill' with method=lttb"};
    if (fill->value != "null" && fill->value != "previous")
        return invalid_option("fill", fill->value, "null or previous");
    into.fill = fill->value == "null" ? series_fill::null : series_fill::previous;
    return {};
}

checked<void> read_aggregates(const query& options, series_request& into) {
    const auto* named = options.find("agg");
    if (into.method != series_method::bucket) {
        if (named != nullptr)
            return problem{.id = problem_id::invalid_parameter,
                           .detail = "'agg' belongs to method=bucket"};
        if (into.method == series_method::last)
            into.aggregates = {aggregates.back()};
        return {};
    }
    std::string_view rest = named != nullptr ? std::string_view(named->value) : "avg,min,max";
    for (;;) {
        const auto comma = rest.find(',');
        const auto name = rest.substr(0, comma);
        const auto row = std::find_if(aggregates.begin(), aggregates.end(),
                                      [name](const auto& each) { return each.name == name; });
        const bool twice = std::any_of(into.aggregates.begin(), into.aggregates.end(),
                                       [name](const auto& each) { return each.name == name; });
        if (row == aggregates.end() || twice)
            return invalid_option("agg", named->value, "some of avg,min,max,sum,first,last");
        into.aggregates.push_back(*row); // bound: aggregates
        if (comma == rest.npos)
            return {};
        rest.remove_prefix(comma + 1);
    }
}

checked<void> read_form(const exchange& each, series_request& into) {
    constexpr std::array<std::string_view, 3> names{"json", "csv", "sse"};
    constexpr std::array<std::string_view, 3> served{"application/json", "text/csv",
                                                     "text/event-stream"};
    const auto live = each.options.flag("live");
    if (!live)
        return live.error();
    std::size_t form = preferred(each.asked.list(http_field::accept), served).value_or(0);
    if (const auto* named = each.options.find("as"); named != nullptr) {
        const auto at = std::find(names.begin(), names.end(), named->value);
        if (at == names.end())
            return invalid_option("as", named->value, "json, csv or, with live, sse for series");
        form = static_cast<std::size_t>(at - names.begin());
    }
    into.form = static_cast<series_form>(form);
    if (*live == (into.form == series_form::events))
        return {};
    return problem{.id = problem_id::invalid_parameter,
                   .detail = "'live' and server-sent events go together",
                   .hint = "Ask with live=1 and Accept: text/event-stream, or as=sse."};
}

} // namespace

mqtt::series_query series_request::query_for(const std::string& topic) const {
    mqtt::series_query made{topic, field, since, until, step, 0};
    if (method != series_method::lttb)
        return made;
    // Two points of each of twice as many parts are enough to choose from.
    made.step = std::max(milliseconds(1), (step + milliseconds(1)) / 2);
    made.points_max = 4 * points;
    return made;
}

checked<series_request> read_series_request(const exchange& each, mqtt::wall_time now) {
    series_request made;
    const auto& options = each.options;
    if (const auto fine = read_topics(options, made); !fine)
        return fine.error();
    if (const auto* field = options.find("field"); field != nullptr) {
        if (!mqtt::is_number_name(field->value))
            return invalid_option("field", field->value,
                                  "a JSON Pointer of at most 4 levels, such as /temp");
        made.field = field->value;
    }
    if (const auto fine = read_range(options, now, made); !fine)
        return fine.error();
    if (const auto fine = read_method(options, made); !fine)
        return fine.error();
    if (const auto fine = read_parts(options, made); !fine)
        return fine.error();
    if (const auto fine = read_aggregates(options, made); !fine)
        return fine.error();
    if (const auto fine = read_form(each, made); !fine)
        return fine.error();
    if (made.form == series_form::events && options.find("until") != nullptr)
        return problem{.id = problem_id::invalid_parameter,
                       .detail = "'until' with 'live'",
                       .hint = "What goes on has no end."};
    return made;
}

} // namespace rest
