#include "rest/metrics_text.hpp"

#include "sluice_version.hpp"

#include <array>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <iterator>

namespace rest {
namespace {

using mqtt::metric_kind;

constexpr std::string_view front = "sluice_";

void append_value(std::string& out, double value) {
    char text[32];
    out.append(text, std::to_chars(std::begin(text), std::end(text), value).ptr);
}

void append_value(std::string& out, std::int64_t value) {
    out += std::to_string(value);
}

// "0.0025", "1.0": as OpenMetrics calls canonical, so that both formats name the same series.
std::string end_of_step(std::size_t step) {
    constexpr auto& steps = mqtt::histogram::step_microseconds;
    if (step >= steps.size())
        return "+Inf";
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%g", static_cast<double>(steps[step]) / 1e6);
    std::string end = text.data();
    return end.find('.') == std::string::npos ? end + ".0" : end;
}

// Writes families one after the other. Both formats are the same, but for the name of a counter's
// family and the last line.
class family_writer {
public:
    family_writer(std::string& out, exposition form) : out_(out), form_(form) {}

    // name: without "_total". sentence: without line ends
    void begin(std::string_view prefix, std::string_view name, std::string_view type,
               std::string_view sentence) {
        family_.assign(prefix).append(name);
        sample_ = type == "counter" ? family_ + "_total" : family_;
        const auto& shown = form_ == exposition::openmetrics ? family_ : sample_;
        out_.append("# HELP ").append(shown).append(" ").append(sentence);
        out_.append("\n# TYPE ").append(shown).append(" ").append(type).append("\n");
    }

    template <class Value>
    void sample(std::string_view labels, Value value) {
        line(sample_, labels, value);
    }

    template <class Value>
    void one(std::string_view prefix, std::string_view name, std::string_view type,
             std::string_view sentence, Value value) {
        begin(prefix, name, type, sentence);
        sample({}, value);
    }

    void seconds(std::string_view name, std::string_view sentence,
                 const mqtt::histogram::reading& what) {
        begin(front, name, "histogram", sentence);
        std::int64_t below = 0;
        for (std::size_t i = 0; i < what.events.size(); ++i) {
            below += what.events[i];
            line(family_ + "_bucket", "le=\"" + end_of_step(i) + '"', below);
        }
        line(family_ + "_sum", {}, std::chrono::duration<double>(what.sum).count());
        line(family_ + "_count", {}, below);
    }

private:
    template <class Value>
    void line(std::string_view name, std::string_view labels, Value value) {
        out_ += name;
        if (!labels.empty())
            out_.append("{").append(labels).append("}");
        out_ += ' ';
        append_value(out_, value);
        out_ += '\n';
    }

    std::string& out_;
    exposition form_;
    std::string family_;
    std::string sample_;
};

void write_row(family_writer& to, const mqtt::metric_row& row, const mqtt::readings& now) {
    if (row.label != mqtt::by_way)
        return to.sample(row.label, now.sum(row.which));
    for (std::size_t how = 0; how < mqtt::way_names.size(); ++how)
        to.sample("transport=\"" + std::string(mqtt::way_names[how]) + '"',
                  now.of(row.which, static_cast<mqtt::way>(how)));
}

// Rows of one family stand together in the table.
void write_table(family_writer& to, const mqtt::readings& now) {
    std::string_view family;
    for (const auto& row : mqtt::metric_table) {
        if (row.family != family) {
            family = row.family;
            to.begin(front, family, row.kind == metric_kind::counter ? "counter" : "gauge",
                     row.sentence);
        }
        write_row(to, row, now);
    }
}

void write_rest(family_writer& to, const mqtt::readings& now) {
    to.one(front, "subscriptions", "gauge", "Subscriptions now, shared ones among them.",
           now.subscriptions);
    to.one(front, "shared_subscriptions", "gauge", "Shared subscriptions now.",
           now.shared_subscriptions);
    to.one(front, "retained_messages", "gauge", "Topics with a retained value.",
           now.retained_messages);
    to.one(front, "retained_payload_bytes", "gauge", "Payload bytes of retained values.",
           now.retained_bytes);
    to.one(front, "shards", "gauge", "Threads that serve clients.", now.shards);
    to.seconds("http_request_duration_seconds",
               "Time from a request's header to its answer; streams, and requests that wait for "
               "messages, are not in it.",
               now.http_seconds);
    to.seconds("publish_duration_seconds",
               "Time from reading a message to having written it to its receivers, at most: all "
               "messages of a turn count with the time of the turn.",
               now.publish_seconds);
}

void write_store(family_writer& to, const mqtt::readings& now) {
    to.one(front, "store_enabled", "gauge", "1 when state outlives the process.",
           std::int64_t{now.keeps});
    to.one(front, "store_changes_waiting", "gauge", "Changes that wait to be written to the disk.",
           now.changes_waiting);
    to.one(front, "store_disk_full", "gauge",
           "1 while there is no room, and what has to be kept is refused.",
           std::int64_t{now.disk_full});
    to.one(front, "store_history_messages", "counter", "Messages written to history.",
           now.history_written);
    to.seconds("store_commit_duration_seconds", "Time that a transaction took.",
               now.commit_seconds);
}

// The names that all programs with Prometheus use.
void write_usage(family_writer& to, const resource_usage& usage) {
    constexpr std::string_view own = "process_";
    to.one(own, "start_time_seconds", "gauge", "When the program was started, seconds since 1970.",
           usage.started_at);
    to.one(own, "cpu_seconds", "counter", "Processor time used.", usage.cpu_seconds);
    to.one(own, "resident_memory_bytes", "gauge", "Memory in use.", usage.resident_bytes);
    to.one(own, "virtual_memory_bytes", "gauge", "Address space in use.", usage.virtual_bytes);
    to.one(own, "open_fds", "gauge", "File descriptors open.", usage.open_descriptors);
    if (usage.descriptors_max != 0)
        to.one(own, "max_fds", "gauge", "File descriptors that may be open.",
               usage.descriptors_max);
    to.one(own, "threads", "gauge", "Threads.", usage.threads);
}

} // namespace

std::string_view content_type_of(exposition form) {
    return form == exposition::openmetrics
               ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
               : "text/plain; version=0.0.4; charset=utf-8";
}

std::string metrics_text(const mqtt::readings& now, const resource_usage& usage, exposition form) {
    std::string out;
    family_writer to(out, form);
    to.begin(front, "build_info", "gauge", "Always 1; the label tells the version.");
    to.sample("version=\"" SLUICE_VERSION "\"", std::int64_t{1});
    write_table(to, now);
    write_rest(to, now);
    write_store(to, now);
    write_usage(to, usage);
    if (form == exposition::openmetrics)
        out += "# EOF\n";
    return out;
}

} // namespace rest
