#include "gateway/config_file.hpp"

#include "gateway/option_table.hpp"
#include "gateway/option_text.hpp"
#include "gateway/quoted.hpp"

#include <fmt/core.h>

#include <cerrno>
#include <cstdio>
#include <memory>
#include <system_error>
#include <unordered_map>

namespace gateway {

namespace {

// One file on its way into the settings. Holds the listener that the lines belong to, and which
// options were given where.
class config_parser {
public:
    config_parser(config_reading& reading, const std::string& file)
        : reading_(reading), where_{file, 0} {}

    void read(std::string_view text);

private:
    void read_line(std::string_view line);
    void read_option(std::string_view name, std::string_view value);
    void refuse_unknown(std::string_view name);
    void warn_of_repetition(const option_row& row);
    void error(std::string_view option, std::string sentence);
    void warning(std::string_view option, std::string sentence);

    config_reading& reading_;
    place where_;
    bool listener_refused_ =
        false; // its options would only be reported for a mistake that is known already
    std::unordered_map<std::string_view, unsigned> first_lines_;          // of global options
    std::unordered_map<std::string_view, unsigned> listener_first_lines_; // of the current listener
};

void config_parser::read(std::string_view text) {
    constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
    if (text.starts_with(byte_order_mark))
        text.remove_prefix(byte_order_mark.size());
    while (!text.empty() && reading_.errors.size() < config_findings_max) {
        const auto end = std::min(text.find('\n'), text.size());
        ++where_.line;
        read_line(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    if (reading_.errors.size() >= config_findings_max)
        error({}, "too many mistakes; the rest of the file was not read");
}

void config_parser::read_line(std::string_view line) {
    if (line.ends_with('\r'))
        line.remove_suffix(1);
    if (line.starts_with('#') || trimmed(line).empty())
        return;
    if (line.size() > config_line_bytes_max)
        return error({}, fmt::format("the line is longer than {} bytes", config_line_bytes_max));
    if (line.find('\0') != line.npos)
        return error({}, "the line holds a zero byte; is this a text file?");
    const auto [name, value] = first_word(line);
    if (name.starts_with('#'))
        return error({}, "a comment must begin in the first column");
    read_option(name, value);
}

void config_parser::read_option(std::string_view name, std::string_view value) {
    const auto* row = find_option(name);
    if (row == nullptr)
        return refuse_unknown(name);
    if (value.empty())
        return error(name, fmt::format("needs a value: {} {}", row->name, row->hint));
    const bool of_listener = row->scope == scope::listener;
    if (of_listener && listener_refused_)
        return;
    if (of_listener && reading_.settings.listeners.empty())
        return error(name, "must follow a listener line");
    warn_of_repetition(*row);

    auto& listeners = reading_.settings.listeners;
    const auto before = listeners.size();
    auto result = row->value.apply(
        {reading_.settings, of_listener ? &listeners.back() : nullptr, where_}, value);
    if (row->name == "listener") {
        listener_refused_ = listeners.size() == before;
        listener_first_lines_.clear();
    }
    if (result.result == outcome::kind::error)
        error(name, std::move(result.sentence));
    else if (result.result == outcome::kind::warning)
        warning(name, std::move(result.sentence));
}

void config_parser::refuse_unknown(std::string_view name) {
    if (const auto* unserved = find_unserved(name)) {
        std::string sentence = "is known to mosquitto; Sluice does not serve it yet";
        if (!unserved->hint.empty())
            sentence.append("; ").append(unserved->hint);
        return error(name, std::move(sentence));
    }
    std::string sentence = "is no option";
    if (const auto near = nearest_option(name); !near.empty())
        sentence += fmt::format("; did you mean \"{}\"?", near);
    error(quoted(name), std::move(sentence));
}

void config_parser::warn_of_repetition(const option_row& row) {
    if (row.repeatable)
        return;
    auto& lines = row.scope == scope::listener ? listener_first_lines_ : first_lines_;
    const auto [entry, added] = lines.emplace(row.name, where_.line);
    if (!added)
        warning(row.name,
                fmt::format("was given on line {} already; the last one counts", entry->second));
}

void config_parser::error(std::string_view option, std::string sentence) {
    reading_.errors.push_back({where_, std::string(option), std::move(sentence)});
}

void config_parser::warning(std::string_view option, std::string sentence) {
    if (reading_.warnings.size() < config_findings_max)
        reading_.warnings.push_back({where_, std::string(option), std::move(sentence)});
}

struct file_closer {
    void operator()(std::FILE* file) const { std::fclose(file); }
};

} // namespace

std::string to_text(const finding& found, std::string_view weight) {
    std::string text = found.where.file.empty() ? "sluice" : found.where.file;
    if (found.where.line > 0)
        text += fmt::format(":{}", found.where.line);
    text.append(": ").append(weight);
    if (!found.option.empty())
        text.append(found.option).append(": ");
    return text + found.sentence;
}

void read_config_text(config_reading& reading, std::string_view text, const std::string& file) {
    config_parser(reading, file).read(text);
}

void read_config_file(config_reading& reading, const std::string& path) {
    const auto refuse = [&](std::string sentence) {
        reading.errors.push_back({{path, 0}, {}, std::move(sentence)});
    };
    const auto refuse_by_system = [&] {
        refuse("cannot be read: " + std::generic_category().message(errno));
    };
    const std::unique_ptr<std::FILE, file_closer> file(std::fopen(path.c_str(), "re"));
    if (!file)
        return refuse_by_system();
    std::string text(config_file_bytes_max + 1, '\0');
    text.resize(std::fread(text.data(), 1, text.size(), file.get()));
    if (std::ferror(file.get()) != 0)
        return refuse_by_system();
    if (text.size() > config_file_bytes_max)
        return refuse(fmt::format("is larger than {} bytes", config_file_bytes_max));
    read_config_text(reading, text, path);
}

} // namespace gateway
