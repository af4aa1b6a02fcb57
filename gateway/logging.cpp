#include "gateway/logging.hpp"

#include <array>
#include <atomic>
#include <ctime>
#include <memory>
#include <mutex>
#include <syslog.h>
#include <unistd.h>

namespace gateway::log {

namespace {

// Apart from the rest, and without a lock: they are asked for every packet.
constinit std::atomic<unsigned> wanted_bits{usual_log_types().bits()};
constinit std::atomic<bool> connections_wanted{true};

int syslog_facility(const log_settings& chosen) {
    constexpr std::array local{LOG_LOCAL0, LOG_LOCAL1, LOG_LOCAL2, LOG_LOCAL3,
                               LOG_LOCAL4, LOG_LOCAL5, LOG_LOCAL6, LOG_LOCAL7};
    return chosen.facility ? local.at(*chosen.facility) : LOG_DAEMON;
}

// What a line begins with: the time as log_timestamp_format has it, in the words of strftime.
std::string stamp(const log_settings& chosen) {
    if (!chosen.timestamp)
        return {};
    const auto seconds = std::time(nullptr);
    if (chosen.timestamp_format.empty())
        return std::to_string(seconds) + ": ";
    std::tm local{};
    ::localtime_r(&seconds, &local);
    std::array<char, 256> text;
    const auto length =
        std::strftime(text.data(), text.size(), chosen.timestamp_format.c_str(), &local);
    return std::string(text.data(), length) + ": ";
}

unsigned bits_of(const log_settings& chosen) {
    const bool elsewhere =
        chosen.to_stdout || chosen.to_stderr || chosen.to_syslog || !chosen.file.empty();
    log_types types;
    for (const auto& row : log_type_table)
        if (chosen.types.has(row.type) && (elsewhere || (chosen.to_topic && !row.topic.empty())))
            types.add(row.type);
    return types.bits();
}

// Where lines go, and in which form. Never changes: on reload another takes its place.
class destinations {
public:
    destinations(log_settings chosen, std::shared_ptr<log_file> file)
        : chosen_(std::move(chosen)), file_(std::move(file)), facility_(syslog_facility(chosen_)) {
        // Opened now, as the socket may be out of reach of the user that the program becomes.
        if (chosen_.to_syslog)
            ::openlog("sluice", LOG_PID | LOG_NDELAY, facility_);
    }

    // Returns the line for log_dest topic; empty: not for there.
    std::string write(log_type type, std::string_view line) const {
        auto text = stamp(chosen_).append(line);
        if (chosen_.to_syslog)
            ::syslog(facility_ | row_of(type).syslog_severity, "%s", text.c_str());
        text += '\n';
        if (chosen_.to_stdout)
            write_console(STDOUT_FILENO, text);
        if (chosen_.to_stderr)
            write_console(STDERR_FILENO, text);
        if (file_)
            file_->write(text);
        text.pop_back();
        if (!chosen_.to_topic || row_of(type).topic.empty())
            text.clear();
        return text;
    }

    const std::shared_ptr<log_file>& file() const { return file_; }

private:
    static void write_console(int which, std::string_view text) {
        static std::mutex lock; // a long line into a pipe may take several writes
        const std::lock_guard hold(lock);
        while (!text.empty()) {
            const auto written = ::write(which, text.data(), text.size());
            if (written <= 0)
                return; // nobody reads it
            text.remove_prefix(static_cast<std::size_t>(written));
        }
    }

    const log_settings chosen_;
    const std::shared_ptr<log_file> file_;
    const int facility_;
};

// The one log of the program; with the two atomics above, the only state outside of main.
class log_output {
public:
    std::optional<std::string> open(const log_settings& chosen, std::optional<file_owner> owner) {
        std::shared_ptr<log_file> file;
        if (!chosen.file.empty()) {
            file = std::make_shared<log_file>(chosen.file, owner);
            if (auto complaint = file->open_again())
                return complaint;
        }
        auto fresh = std::make_shared<const destinations>(chosen, std::move(file));
        const std::lock_guard hold(lock_);
        open_.swap(fresh);
        wanted_bits.store(bits_of(chosen), std::memory_order_relaxed);
        connections_wanted.store(chosen.connection_messages, std::memory_order_relaxed);
        return std::nullopt;
    }

    std::optional<std::string> reopen() {
        const auto file = now_open()->file();
        return file ? file->open_again() : std::nullopt;
    }

    void set_topic_sink(topic_sink sink) {
        const std::lock_guard hold(topic_lock_);
        topic_sink_ = std::move(sink);
    }

    void set_line_tap(line_tap tap) {
        const std::lock_guard hold(topic_lock_);
        line_tap_ = std::move(tap);
    }

    void write(log_type type, std::string_view line) {
        auto for_topic = now_open()->write(type, line);
        const std::lock_guard hold(topic_lock_);
        if (line_tap_)
            line_tap_(type, line);
        if (topic_sink_ && !for_topic.empty())
            topic_sink_(type, std::move(for_topic));
    }

private:
    std::shared_ptr<const destinations> now_open() {
        const std::lock_guard hold(lock_);
        return open_;
    }

    std::mutex lock_; // open_
    std::shared_ptr<const destinations> open_ =
        std::make_shared<const destinations>(log_settings{}, nullptr);
    std::mutex topic_lock_; // both below, also while they run; never held together with lock_
    topic_sink topic_sink_;
    line_tap line_tap_;
};

log_output& output() {
    static log_output the_output;
    return the_output;
}

} // namespace

std::optional<std::string> open(const log_settings& chosen, std::optional<file_owner> owner) {
    return output().open(chosen, owner);
}

std::optional<std::string> reopen() {
    return output().reopen();
}

void set_topic_sink(topic_sink sink) {
    output().set_topic_sink(std::move(sink));
}

void set_line_tap(line_tap tap) {
    output().set_line_tap(std::move(tap));
}

bool wanted(log_type type) {
    return (wanted_bits.load(std::memory_order_relaxed) & static_cast<unsigned>(type)) != 0;
}

void write(log_type type, std::string_view line) {
    if (wanted(type))
        output().write(type, line);
}

void write_connection(std::string_view line) {
    if (connections_wanted.load(std::memory_order_relaxed))
        write(log_type::notice, line);
}

} // namespace gateway::log
