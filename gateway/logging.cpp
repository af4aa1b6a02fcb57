#include "gateway/logging.hpp"

#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <ctime>
#include <fcntl.h>
#include <memory>
#include <mutex>
#include <system_error>
#include <unistd.h>
#include <vector>

namespace gateway::log {

namespace {

// The time as mosquitto's log_timestamp_format asks for it: by strftime, whose letters spdlog reads
// otherwise.
class strftime_flag final : public spdlog::custom_flag_formatter {
public:
    explicit strftime_flag(std::string format) : format_(std::move(format)) {}

    void format(const spdlog::details::log_msg& message, const std::tm&,
                spdlog::memory_buf_t& out) override {
        // Not spdlog's own local time: its versions differ in whether they fill it for flags like
        // this one.
        const auto seconds = spdlog::log_clock::to_time_t(message.time);
        std::tm local{};
        ::localtime_r(&seconds, &local);
        std::array<char, 256> text;
        const auto length = std::strftime(text.data(), text.size(), format_.c_str(), &local);
        out.append(text.data(), text.data() + length);
    }

    std::unique_ptr<spdlog::custom_flag_formatter> clone() const override {
        return std::make_unique<strftime_flag>(format_);
    }

private:
    std::string format_;
};

// A file that gets every line with one write, and can be opened again while others write.
class file_sink final : public spdlog::sinks::base_sink<std::mutex> {
public:
    explicit file_sink(std::string path) : path_(std::move(path)) {}
    ~file_sink() override { close_file(); }

    std::optional<std::string> open_again() {
        const std::lock_guard lock(mutex_);
        const int opened = ::open(path_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
        if (opened < 0) // the old one stays in use
            return fmt::format("the log file {} cannot be opened: {}", quoted(path_),
                               std::generic_category().message(errno));
        close_file();
        file_ = opened;
        return std::nullopt;
    }

protected:
    void sink_it_(const spdlog::details::log_msg& message) override {
        spdlog::memory_buf_t text;
        formatter_->format(message, text);
        // A full disk must not stop the broker: what cannot be written is lost.
        if (file_ >= 0 && ::write(file_, text.data(), text.size()) < 0)
            return;
    }
    void flush_() override {}

private:
    void close_file() {
        if (file_ >= 0)
            ::close(file_);
    }

    std::string path_;
    int file_ = -1;
};

std::unique_ptr<spdlog::formatter> make_formatter(const log_settings& chosen) {
    auto formatter = std::make_unique<spdlog::pattern_formatter>();
    if (!chosen.timestamp) {
        formatter->set_pattern("%v");
    } else if (chosen.timestamp_format.empty()) {
        formatter->set_pattern("%E: %v");
    } else {
        formatter->add_flag<strftime_flag>('*', chosen.timestamp_format);
        formatter->set_pattern("%*: %v");
    }
    return formatter;
}

// The one log of the process; the only state outside of main that this program keeps.
class log_output {
public:
    log_output() { replace({std::make_shared<spdlog::sinks::stderr_sink_mt>()}, log_settings{}); }

    std::optional<std::string> open(const log_settings& chosen) {
        std::vector<spdlog::sink_ptr> sinks;
        std::shared_ptr<file_sink> file;
        if (chosen.to_stdout)
            sinks.push_back(std::make_shared<spdlog::sinks::stdout_sink_mt>());
        if (chosen.to_stderr)
            sinks.push_back(std::make_shared<spdlog::sinks::stderr_sink_mt>());
        if (!chosen.file.empty()) {
            file = std::make_shared<file_sink>(chosen.file);
            if (auto complaint = file->open_again())
                return complaint;
            sinks.push_back(file);
        }
        file_ = std::move(file);
        replace(std::move(sinks), chosen);
        return std::nullopt;
    }

    std::optional<std::string> reopen() { return file_ ? file_->open_again() : std::nullopt; }

    bool wanted(log_type type) const {
        return (wanted_.load(std::memory_order_relaxed) & static_cast<unsigned>(type)) != 0;
    }

    bool connections_wanted() const { return connections_.load(std::memory_order_relaxed); }

    void write(std::string_view text) {
        logger_->log(spdlog::level::info, spdlog::string_view_t(text.data(), text.size()));
    }

private:
    void replace(std::vector<spdlog::sink_ptr> sinks, const log_settings& chosen) {
        auto logger = std::make_unique<spdlog::logger>("sluice", sinks.begin(), sinks.end());
        logger->set_formatter(make_formatter(chosen));
        unsigned bits = 0;
        for (const auto& row : log_type_table)
            if (!sinks.empty() && chosen.types.has(row.type))
                bits |= static_cast<unsigned>(row.type);
        logger_ = std::move(logger);
        wanted_.store(bits, std::memory_order_relaxed);
        connections_.store(chosen.connection_messages, std::memory_order_relaxed);
    }

    std::unique_ptr<spdlog::logger> logger_;
    std::shared_ptr<file_sink> file_;
    std::atomic<unsigned> wanted_{0};
    std::atomic<bool> connections_{true};
};

log_output& output() {
    static log_output the_output;
    return the_output;
}

} // namespace

std::optional<std::string> open(const log_settings& chosen) {
    return output().open(chosen);
}

std::optional<std::string> reopen() {
    return output().reopen();
}

bool wanted(log_type type) {
    return output().wanted(type);
}

void write(log_type type, std::string_view line) {
    if (wanted(type))
        output().write(line);
}

void write_connection(std::string_view line) {
    if (output().connections_wanted())
        write(log_type::notice, line);
}

} // namespace gateway::log
