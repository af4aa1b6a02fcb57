#include "gateway/log_journal.hpp"

#include "gateway/logging.hpp"
#include "mqtt/session/packet_text.hpp"

#include <algorithm>
#include <string>

namespace gateway {
namespace {

constexpr std::size_t filter_bytes_shown_max = 4'096; // of one packet, to those who trace it

// Plain text as it is; anything else quoted whole.
std::string harmless(std::string_view line) {
    const bool plain = std::all_of(line.begin(), line.end(), [](unsigned char byte) {
        return (byte >= 0x20 && byte < 0x7F) || byte == '\t';
    });
    return plain ? std::string(line) : quoted(line);
}

void write(log_type type, std::string_view line) {
    if (log::wanted(type))
        log::write(type, harmless(line));
}

mqtt::event event_of(const mqtt::packet_fact& what) {
    mqtt::event told{"packet", mqtt::wall_time::clock::now()};
    told.members.emplace_back("client", std::string(what.client));
    told.members.emplace_back("direction", std::string(what.sent ? "sent" : "received"));
    told.members.emplace_back("packet", std::string(mqtt::row_of(what.type).name));
    told.members.emplace_back("bytes", static_cast<std::int64_t>(what.bytes));
    if (!what.details.empty())
        told.members.emplace_back("details", what.details);
    std::string filters;
    for (const auto& line : what.lines) {
        if (filters.size() > filter_bytes_shown_max)
            break;
        filters += (filters.empty() ? "" : ", ") + line;
    }
    if (!filters.empty())
        told.members.emplace_back("filters", std::move(filters));
    return told;
}

} // namespace

// Asked each time: a reload may change it.
bool log_journal::wants_packets() const {
    return packets_.has_listeners() || log::wanted(log_type::debug);
}

void log_journal::packet(const mqtt::packet_fact& what) {
    write(log_type::debug, mqtt::line_of(what));
    for (const auto& line : what.lines)
        write(log_type::debug, "\t" + line);
    if (packets_.has_listeners())
        packets_.tell(event_of(what));
}

void log_journal::connection(std::string_view line) {
    if (log::wanted(log_type::notice))
        log::write_connection(harmless(line));
}

void log_journal::subscribed(std::string_view line) {
    write(log_type::subscribe, line);
}

void log_journal::unsubscribed(std::string_view line) {
    write(log_type::unsubscribe, line);
}

} // namespace gateway
