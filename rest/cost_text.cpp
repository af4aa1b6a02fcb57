// The tables of cost_table.hpp, written.
#include "rest/cost_table.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cstdio>

namespace rest {
namespace {

using mqtt::metric;
using nlohmann::ordered_json;

constexpr std::string_view note =
    "Bytes of MQTT, WebSocket and HTTP. TCP, IP and TLS come on top, and so does opening a "
    "connection.";

struct measured_row {
    std::string_view way;
    std::int64_t messages, payload_bytes, wire_bytes, packets;

    double per_message() const {
        return messages == 0 ? 0 : static_cast<double>(wire_bytes) / static_cast<double>(messages);
    }
};

std::vector<measured_row> measured(const mqtt::readings& now) {
    std::vector<measured_row> rows;
    for (std::size_t i = 0; i < mqtt::way_names.size(); ++i) {
        const auto how = static_cast<mqtt::way>(i);
        const measured_row row{
            mqtt::way_names[i],
            now.of(metric::messages_received, how) + now.of(metric::messages_sent, how),
            now.of(metric::payload_bytes_received, how) + now.of(metric::payload_bytes_sent, how),
            now.of(metric::bytes_received, how) + now.of(metric::bytes_sent, how),
            now.of(metric::packets_received, how) + now.of(metric::packets_sent, how)};
        if (row.wire_bytes != 0)
            rows.push_back(row); // bound: the ways
    }
    return rows;
}

double tenths(double number) {
    return static_cast<double>(static_cast<std::int64_t>(number * 10 + 0.5)) / 10;
}

double per_message(const cost_row& row, std::uint64_t messages) {
    const auto bytes = static_cast<double>(row.all.to_server + row.all.to_client);
    return messages == 0 ? 0 : tenths(bytes / static_cast<double>(messages));
}

std::string one_decimal(double number) {
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "%.1f", number);
    return text.data();
}

// Columns as wide as what stands in them; the first is text, the others are numbers.
std::string in_columns(const std::vector<std::vector<std::string>>& rows) {
    std::vector<std::size_t> widths(rows.front().size());
    for (const auto& row : rows)
        for (std::size_t i = 0; i < row.size(); ++i)
            widths[i] = std::max(widths[i], row[i].size());
    std::string out;
    for (const auto& row : rows) {
        for (std::size_t i = 0; i < row.size(); ++i) {
            const std::string gap(widths[i] - row[i].size(), ' ');
            out += i == 0 ? row[i] + gap : "  " + gap + row[i];
        }
        out += '\n';
    }
    return out;
}

ordered_json rows_of(const std::vector<cost_row>& rows, std::uint64_t messages) {
    auto list = ordered_json::array();
    for (const auto& row : rows)
        list.push_back({{"way", row.way},
                        {"to_server", row.all.to_server},
                        {"to_client", row.all.to_client},
                        {"bytes_per_message", per_message(row, messages)},
                        {"packets", row.all.packets}});
    return list;
}

std::string table_of(const std::string& title, const std::vector<cost_row>& rows,
                     std::uint64_t messages) {
    std::vector<std::vector<std::string>> lines{
        {title, "to_server", "to_client", "bytes_per_message", "packets"}};
    for (const auto& row : rows)
        lines.push_back({std::string(row.way), std::to_string(row.all.to_server),
                         std::to_string(row.all.to_client), one_decimal(per_message(row, messages)),
                         std::to_string(row.all.packets)});
    return in_columns(lines);
}

} // namespace

std::string cost_json(const cost_question& asked, const cost_table& table) {
    const ordered_json all{{"topic", asked.topic},
                           {"size", asked.size},
                           {"n", asked.n},
                           {"receivers", asked.receivers},
                           {"publish", rows_of(table.publish, asked.n)},
                           {"receive", rows_of(table.receive, asked.n * asked.receivers)},
                           {"note", note}};
    return all.dump() + "\n";
}

std::string cost_text(const cost_question& asked, const cost_table& table) {
    std::string out = std::to_string(asked.n) + " messages of " + std::to_string(asked.size) +
                      " bytes on " + asked.topic + "\n\n";
    out += table_of("publish", table.publish, asked.n) + "\n";
    out += table_of("receive", table.receive, asked.n * asked.receivers) + "\n";
    return out.append(note).append("\n");
}

std::string measured_json(const mqtt::readings& now) {
    auto list = ordered_json::array();
    for (const auto& row : measured(now)) {
        ordered_json one{{"transport", row.way},
                         {"messages", row.messages},
                         {"payload_bytes", row.payload_bytes},
                         {"wire_bytes", row.wire_bytes}};
        one["bytes_per_message"] = nullptr;
        if (row.messages != 0)
            one["bytes_per_message"] = tenths(row.per_message());
        one["packets"] = row.packets;
        list.push_back(std::move(one));
    }
    return ordered_json{{"data", std::move(list)}}.dump() + "\n";
}

std::string measured_text(const mqtt::readings& now) {
    std::vector<std::vector<std::string>> lines{
        {"transport", "messages", "payload_bytes", "wire_bytes", "bytes_per_message", "packets"}};
    for (const auto& row : measured(now))
        lines.push_back({std::string(row.way), std::to_string(row.messages),
                         std::to_string(row.payload_bytes), std::to_string(row.wire_bytes),
                         row.messages == 0 ? "-" : one_decimal(row.per_message()),
                         std::to_string(row.packets)});
    return in_columns(lines);
}

} // namespace rest
