// Rows of the option table: the log.
#pragma once

#include "gateway/option_setters.hpp"

#include <array>

namespace gateway {

namespace set {

// The first log_dest line of a file replaces the default, those that follow add.
inline outcome take_log_destination(const option_target& target, std::string_view text) {
    auto& log = target.all.log;
    const auto [kind, path] = first_word(text);
    if (kind == "dlt" || kind == "android")
        return outcome::error(quoted(kind) + " is not served; syslog, or file and a path, may do");
    if (kind != "stdout" && kind != "stderr" && kind != "file" && kind != "none" &&
        kind != "syslog" && kind != "topic")
        return outcome::error(
            must_be("stdout, stderr, syslog, topic, none, or file and a path", text));
    if ((kind == "file") == path.empty())
        return outcome::error(kind == "file" ? "file needs the path of a file"
                                             : must_be("followed by nothing", path));
    if (kind == "file" && !log.file.empty() && log.file != path)
        return outcome::error("only one log file can be written");
    if (!log.destination_chosen || kind == "none") {
        log.to_stdout = log.to_stderr = log.to_syslog = log.to_topic = false;
        log.file.clear();
    }
    log.destination_chosen = true;
    if (kind == "stdout")
        log.to_stdout = true;
    else if (kind == "stderr")
        log.to_stderr = true;
    else if (kind == "syslog")
        log.to_syslog = true;
    else if (kind == "topic")
        log.to_topic = true;
    else if (kind == "file")
        log.file = std::string(path);
    return outcome::taken();
}

inline std::string show_log_destination(const settings& all, const listener&) {
    std::string shown;
    const auto add = [&](bool chosen, const std::string& name) {
        if (chosen)
            shown += (shown.empty() ? "" : ", ") + name;
    };
    add(all.log.to_stdout, "stdout");
    add(all.log.to_stderr, "stderr");
    add(all.log.to_syslog, "syslog");
    add(all.log.to_topic, "topic");
    add(!all.log.file.empty(), "file " + all.log.file);
    return shown.empty() ? "none" : shown;
}

inline outcome take_log_facility(const option_target& target, std::string_view text) {
    const auto value = number_from(text);
    if (!value || *value < 0 || *value > 7)
        return outcome::error(must_be(number_between(0, 7), text));
    target.all.log.facility = static_cast<std::uint8_t>(*value);
    return outcome::taken();
}

inline std::string show_log_facility(const settings& all, const listener&) {
    return all.log.facility ? std::to_string(*all.log.facility) : "";
}

// As with log_dest, the first line replaces the default. Several types may stand on one line.
inline outcome take_log_types(const option_target& target, std::string_view text) {
    log_types named;
    bool none = false;
    for (auto rest = trimmed(text); !rest.empty();) {
        const auto [word, behind] = first_word(rest);
        rest = behind;
        if (word == "all") {
            named.add_all();
            continue;
        }
        if (word == "none") {
            none = true;
            continue;
        }
        bool found = false;
        for (const auto& row : log_type_table) {
            if (row.name != word)
                continue;
            named.add(row.type);
            found = true;
        }
        if (!found)
            return outcome::error(must_be("error, warning, notice, information, debug, subscribe, "
                                          "unsubscribe, websockets, internal, none or all",
                                          word));
    }
    auto& log = target.all.log;
    if (!log.types_chosen || none)
        log.types.clear();
    log.types_chosen = true;
    for (const auto& row : log_type_table)
        if (!none && named.has(row.type))
            log.types.add(row.type);
    return outcome::taken();
}

inline std::string show_log_types(const settings& all, const listener&) {
    std::string shown;
    for (const auto& row : log_type_table)
        if (all.log.types.has(row.type))
            shown.append(shown.empty() ? "" : " ").append(row.name);
    return shown.empty() ? "none" : shown;
}

} // namespace set

// clang-format off
inline constexpr std::array log_options{
    option_row{"connection_messages", scope::global, origin::mosquitto, true, "<true|false>", "true",
               "Whether the log tells of clients that come and go.",
               set::flag<&log_settings::connection_messages>},
    option_row{"log_dest", scope::global, origin::mosquitto, true, "<stdout|stderr|syslog|topic|file <path>|none>", "stderr",
               "Where the log goes; topic: to $SYS/broker/log. The first line replaces the default, each further one adds a destination.",
               {set::take_log_destination, set::show_log_destination}, true},
    option_row{"log_facility", scope::global, origin::mosquitto, true, "<0 ... 7>", "",
               "The facility of syslog, local0 to local7. Not given: daemon.",
               {set::take_log_facility, set::show_log_facility}},
    option_row{"log_timestamp", scope::global, origin::mosquitto, true, "<true|false>", "true",
               "Whether each line of the log begins with the time.",
               set::flag<&log_settings::timestamp>},
    option_row{"log_timestamp_format", scope::global, origin::mosquitto, true, "<format>", "",
               "The form of that time, as strftime takes it, such as %Y-%m-%dT%H:%M:%S. Not given: seconds since 1970.",
               set::text<&log_settings::timestamp_format, 128>},
    option_row{"log_type", scope::global, origin::mosquitto, true, "<type> [<type> ...]", "error warning notice information",
               "What is logged: error, warning, notice, information, debug (every packet), subscribe, unsubscribe, websockets, internal, none, all. The first line replaces the default, each further one adds.",
               {set::take_log_types, set::show_log_types}, true},
};
// clang-format on

} // namespace gateway
