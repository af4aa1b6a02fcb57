#include "gateway/contrast/contrast_table.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cmath>

namespace gateway {
namespace {

using nlohmann::ordered_json;

using number = std::optional<double>;

double exact(std::uint64_t value) {
    return static_cast<double>(value);
}

number bytes_per_message(const contrast_row& row) {
    if (row.messages == 0)
        return std::nullopt;
    return exact(row.counted.bytes()) / exact(row.messages);
}

struct column {
    std::string_view name;
    number (*of)(const contrast_row&); // nothing: it says nothing here
};

constexpr std::array columns{
    column{"messages", [](const contrast_row& row) { return number(exact(row.messages)); }},
    column{"connections", [](const contrast_row& row) { return number(exact(row.connections)); }},
    column{"payload_bytes",
           [](const contrast_row& row) { return number(exact(row.payload_bytes)); }},
    column{"header_bytes",
           [](const contrast_row& row) {
               return number(exact(row.counted.bytes() - row.payload_bytes));
           }},
    column{"to_server",
           [](const contrast_row& row) { return number(exact(row.counted.to_server)); }},
    column{"to_client",
           [](const contrast_row& row) { return number(exact(row.counted.to_client)); }},
    column{"bytes_per_message", bytes_per_message},
    column{"writes", [](const contrast_row& row) { return number(exact(row.counted.writes)); }},
    column{"latency_us", [](const contrast_row& row) { return row.latency_us; }},
    column{"cpu_us", [](const contrast_row& row) { return row.cpu_us; }},
    column{"memory_bytes", [](const contrast_row& row) { return row.memory_bytes; }},
};

struct group_title {
    std::string_view name;
    std::string_view sentence;
};

constexpr std::array<group_title, static_cast<std::size_t>(contrast_group::count)> groups{{
    {"publish", "a message to the broker"},
    {"receive", "a message from the broker"},
    {"ping", "a sign of life, and its answer"},
    {"fan_out", "the same for all receivers"},
    {"idle", "receivers to whom nothing comes"},
}};

constexpr std::string_view note =
    "Bytes above TCP, counted on the client's sockets. Connections are opened before: what that "
    "takes is told under sockets, and not counted in the row.";

double tenths(double value) {
    return std::round(value * 10) / 10;
}

ordered_json json_number(number value) {
    if (!value)
        return nullptr;
    const auto rounded = tenths(*value);
    if (rounded == std::floor(rounded))
        return static_cast<std::int64_t>(rounded);
    return rounded;
}

std::string text_number(number value) {
    if (!value)
        return "-";
    const auto rounded = tenths(*value);
    return rounded == std::floor(rounded) ? fmt::format("{:.0f}", rounded)
                                          : fmt::format("{:.1f}", rounded);
}

ordered_json json_of(const contrast_row& row) {
    ordered_json made;
    made["way"] = row.way;
    for (const auto& each : columns)
        made[std::string(each.name)] = json_number(each.of(row));
    made["sockets"] = {{"to_server", row.sockets.to_server},
                       {"to_client", row.sockets.to_client},
                       {"ports", row.ports}};
    return made;
}

std::vector<const contrast_row*> rows_of(const contrast_table& table, contrast_group group) {
    std::vector<const contrast_row*> found;
    for (const auto& row : table.rows)
        if (row.group == group)
            found.push_back(&row); // bound: the ways
    return found;
}

// A column that says nothing in any row is left out.
std::vector<std::vector<std::string>> cells_of(std::string_view title,
                                               const std::vector<const contrast_row*>& rows) {
    std::vector<std::vector<std::string>> lines{{std::string(title)}};
    for (const auto* row : rows)
        lines.push_back({std::string(row->way)}); // bound: the ways
    for (const auto& each : columns) {
        if (std::none_of(rows.begin(), rows.end(),
                         [&](const auto* row) { return each.of(*row).has_value(); }))
            continue;
        lines[0].emplace_back(each.name);
        for (std::size_t i = 0; i < rows.size(); ++i)
            lines[i + 1].push_back(text_number(each.of(*rows[i]))); // bound: the columns
    }
    return lines;
}

std::string in_columns(const std::vector<std::vector<std::string>>& lines) {
    std::vector<std::size_t> widths(lines.front().size());
    for (const auto& line : lines)
        for (std::size_t i = 0; i < line.size(); ++i)
            widths[i] = std::max(widths[i], line[i].size());
    std::string out;
    for (const auto& line : lines) {
        out += fmt::format("{:<{}}", line[0], widths[0]);
        for (std::size_t i = 1; i < line.size(); ++i)
            out += fmt::format("  {:>{}}", line[i], widths[i]);
        out += '\n';
    }
    return out;
}

bool is_plain(std::string_view word) {
    return !word.empty() &&
           word.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                  "0123456789_./:=,+%-") == word.npos;
}

std::string shell_word(std::string_view word) {
    if (is_plain(word))
        return std::string(word);
    std::string made = "'";
    for (const char each : word)
        made += each == '\'' ? std::string("'\\''") : std::string(1, each);
    return made + "'";
}

} // namespace

std::string contrast_command_line(const contrast_question& asked) {
    const contrast_question usual;
    std::string line = "sluice contrast";
    if (asked.host != usual.host)
        line += " --host " + shell_word(asked.host);
    if (!asked.http_host.empty() && asked.http_host != asked.host)
        line += " --http-host " + shell_word(asked.http_host);
    line += fmt::format(" --port {} --http-port {}", asked.port, asked.http_port);
    if (asked.topic != usual.topic)
        line += " --topic " + shell_word(asked.topic);
    line += fmt::format(" --size {} --receivers {}", asked.size, asked.receivers);
    if (asked.seconds != usual.seconds)
        line += fmt::format(" --seconds {}", asked.seconds);
    if (!asked.username.empty())
        line += " --username " + shell_word(asked.username); // the password is asked for
    return line;
}

std::string contrast_json(const contrast_table& table) {
    const auto& asked = table.asked;
    ordered_json all;
    all["host"] = asked.host;
    all["port"] = asked.port;
    all["http_port"] = asked.http_port;
    all["topic"] = asked.topic;
    all["size"] = asked.size;
    all["receivers"] = asked.receivers;
    all["seconds"] = asked.seconds;
    for (std::size_t i = 0; i < groups.size(); ++i) {
        auto list = ordered_json::array();
        for (const auto* row : rows_of(table, static_cast<contrast_group>(i)))
            list.push_back(json_of(*row)); // bound: the ways
        all[std::string(groups[i].name)] = std::move(list);
    }
    all["notes"] = table.notes;
    all["note"] = note;
    all["command"] = contrast_command_line(asked);
    return all.dump(-1, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

std::string contrast_text(const contrast_table& table) {
    auto out =
        fmt::format("Messages of {} byte{} on {}, {} receivers\n", table.asked.size,
                    table.asked.size == 1 ? "" : "s", table.asked.topic, table.asked.receivers);
    for (std::size_t i = 0; i < groups.size(); ++i) {
        const auto rows = rows_of(table, static_cast<contrast_group>(i));
        if (!rows.empty())
            out += fmt::format("\n{}: {}\n", groups[i].name, groups[i].sentence) +
                   in_columns(cells_of("way", rows));
    }
    out += fmt::format("\n{}\n", note);
    for (const auto& each : table.notes)
        out += each + "\n";
    return out;
}

} // namespace gateway
