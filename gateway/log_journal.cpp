#include "gateway/log_journal.hpp"

#include "gateway/logging.hpp"

#include <algorithm>
#include <string>

namespace gateway {
namespace {

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

} // namespace

// Asked each time: a reload may change it.
bool log_journal::wants_packets() const {
    return log::wanted(log_type::debug);
}

void log_journal::packet(std::string_view line) {
    write(log_type::debug, line);
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
