#include "gateway/config_parser.hpp"

#include "gateway/option_setters.hpp"
#include "gateway/option_table.hpp"
#include "gateway/option_text.hpp"
#include "gateway/options/bridges.hpp"
#include "gateway/quoted.hpp"

#include <fmt/core.h>

#include <algorithm>

namespace gateway {

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
    if (reading_.errors.size() == config_findings_max)
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
    if (is_passed_over(name, *row))
        return;
    if (row->origin == origin::refused)
        return refuse(name, *row);
    if (value.empty())
        return error(name, fmt::format("needs a value: {} {}", row->name, row->hint));
    if (comes_too_late(*row, value))
        return;
    note_position(name, *row);
    warn_of_repetition(*row);
    if (!row->instead.empty())
        warning(name, fmt::format("is an old name; write \"{}\"", row->instead));

    auto& listeners = reading_.settings.listeners;
    const auto before = listeners.size();
    auto result = row->value.apply(
        {reading_.settings, &current(*row), where_, name, row, &plugin_of_}, value);
    if (row->name == "listener") {
        listener_refused_ = listeners.size() == before;
        in_listener_ = true;
        listener_ = listeners.size() - 1;
        listener_first_lines_.clear();
        if (plugin_of_ == plugin_list::own && reading_.settings.per_listener_settings)
            plugin_of_ = plugin_list::none;
    }
    if (result.result == outcome::kind::error)
        return error(name, std::move(result.sentence));
    if (result.result == outcome::kind::warning)
        warning(name, std::move(result.sentence));
    note_name(name, *row, value);
    if (row->name == "include_dir")
        include(std::string(value));
}

bool config_parser::belongs_to_listener(const option_row& row) const {
    return row.scope == scope::listener || row.scope == scope::default_listener ||
           (row.scope == scope::security && reading_.settings.per_listener_settings);
}

listener& config_parser::current(const option_row& row) {
    if (!in_listener_ || listener_refused_ || row.scope == scope::default_listener)
        return reading_.default_listener;
    return reading_.settings.listeners[listener_];
}

// Whether the line belongs to something that was refused as a whole.
bool config_parser::is_passed_over(std::string_view name, const option_row& row) {
    if (row.scope != scope::bridge)
        return listener_refused_ && row.scope != scope::default_listener &&
               belongs_to_listener(row);
    if (name == "connection") {
        bridge_refused_ = true;
        error(name, std::string(bridges_come_later));
        return true;
    }
    return bridge_refused_;
}

void config_parser::refuse(std::string_view name, const option_row& row) {
    if (row.scope == scope::bridge)
        return error(name, "belongs to a bridge, below a connection line; bridges to other brokers "
                           "are not served yet");
    error(name, "is not served: " + set::continued(row.sentence));
}

void config_parser::refuse_unknown(std::string_view name) {
    std::string sentence = "is no option";
    if (const auto near = nearest_option(name); !near.empty())
        sentence += fmt::format("; did you mean \"{}\"?", near);
    error(quoted(name), std::move(sentence));
}

// With per_listener_settings true, a line that was read before it would have gone to the wrong
// place.
bool config_parser::comes_too_late(const option_row& row, std::string_view value) {
    if (row.name != "per_listener_settings" || shared_.first_security.option.empty() ||
        flag_from(value) == reading_.settings.per_listener_settings || !flag_from(value))
        return false;
    const auto& first = shared_.first_security;
    error(row.name,
          fmt::format("must come before the options that it changes; {} stands on line "
                      "{}{}",
                      first.option, first.where.line,
                      first.where.file == where_.file ? "" : " of " + file_text(first.where.file)));
    return true;
}

void config_parser::include(const std::string& folder) {
    if (included_)
        return error("include_dir", "stands in an included file; only the main file may include");
    if (!shared_.reading.files)
        return error("include_dir", "there are no files to read from");
    std::string problem;
    const auto names = shared_.reading.files->files_of(folder, problem);
    if (!problem.empty())
        return error("include_dir", quoted(folder) + " " + problem);
    for (const auto& name : names) {
        if (reading_.errors.size() >= config_findings_max)
            return;
        std::string text;
        if (problem = shared_.reading.files->read(name, text); !problem.empty())
            reading_.errors.push_back({{name, 0}, {}, std::move(problem)});
        else
            config_parser(shared_, name, true).read(text);
    }
}

// Remembers what check_settings has to know of lines that stand above the first listener line.
void config_parser::note_position(std::string_view name, const option_row& row) {
    if (row.name.ends_with('*')) // goes where its plugin is, which has been noted
        return;
    const finding found{where_, std::string(name), {}};
    if (row.scope == scope::security && shared_.first_security.option.empty())
        shared_.first_security = found;
    auto& unnamed = reading_.default_listener;
    if (row.scope == scope::default_listener) {
        if (!reading_.default_listener_asked)
            unnamed.configured_at = where_;
        reading_.default_listener_asked = true;
    } else if (belongs_to_listener(row) && !in_listener_) {
        if (unnamed.configured_at.line == 0)
            unnamed.configured_at = where_;
        if (reading_.default_options.size() < config_findings_max)
            reading_.default_options.push_back(found);
    }
}

void config_parser::note_name(std::string_view name, const option_row& row,
                              std::string_view value) {
    if (row.names == named::nothing || reading_.named_files.size() >= named_files_max)
        return;
    const auto path = row.name == "plugin_load" ? first_word(value).rest : value;
    // Without a slash the system looks for a plugin where libraries are.
    if (row.names == named::plugin && path.find('/') == path.npos)
        return;
    reading_.named_files.push_back(
        {where_, std::string(name), std::string(path), row.names == named::folder});
}

void config_parser::warn_of_repetition(const option_row& row) {
    if (row.repeatable)
        return;
    const bool of_default =
        row.scope == scope::default_listener || (belongs_to_listener(row) && !in_listener_);
    auto& lines = of_default                 ? shared_.default_first_lines
                  : belongs_to_listener(row) ? listener_first_lines_
                                             : shared_.first_lines;
    const auto [entry, added] = lines.emplace(row.instead.empty() ? row.name : row.instead, where_);
    if (!added)
        warning(row.name, fmt::format("was given on line {}{} already; the last one counts",
                                      entry->second.line,
                                      entry->second.file == where_.file
                                          ? ""
                                          : " of " + file_text(entry->second.file)));
}

void config_parser::error(std::string_view option, std::string sentence) {
    reading_.errors.push_back({where_, std::string(option), std::move(sentence)});
}

void config_parser::warning(std::string_view option, std::string sentence) {
    if (reading_.warnings.size() < config_findings_max)
        reading_.warnings.push_back({where_, std::string(option), std::move(sentence)});
}

} // namespace gateway
