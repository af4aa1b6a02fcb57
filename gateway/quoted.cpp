#include "gateway/quoted.hpp"

#include "mqtt/types/utf8.hpp"

#include <algorithm>

namespace gateway {

namespace {

// How many bytes the UTF-8 sequence that starts here has; 0 where none does.
std::size_t sequence_length(std::string_view text) {
    const auto lead = static_cast<unsigned char>(text.front());
    const std::size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    return length <= text.size() && mqtt::is_utf8(text.substr(0, length)) ? length : 0;
}

bool printable(std::string_view sequence) {
    const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(sequence[at]); };
    if (sequence.size() == 1)
        return byte(0) >= 0x20 && byte(0) != 0x7F;
    if (sequence.size() == 2)
        return !(byte(0) == 0xC2 && byte(1) < 0xA0); // U+0080 to U+009F
    if (sequence.size() != 3 || byte(0) != 0xE2)
        return true;
    if (byte(1) == 0x80)
        return byte(2) < 0xA8 || byte(2) > 0xAE;                // U+2028 to U+202E
    return byte(1) != 0x81 || byte(2) < 0xA6 || byte(2) > 0xA9; // U+2066 to U+2069
}

void append_escaped(std::string& out, std::string_view bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    for (const char each : bytes) {
        const auto byte = static_cast<unsigned char>(each);
        out += "\\x";
        out += digits[byte >> 4];
        out += digits[byte & 0x0F];
    }
}

} // namespace

std::string quoted(std::string_view text) {
    std::string out = "'";
    std::size_t at = 0;
    while (at < text.size() && at < quoted_bytes_max) {
        const auto length = sequence_length(text.substr(at));
        const auto sequence = text.substr(at, std::max<std::size_t>(length, 1));
        if (length == 0 || !printable(sequence)) {
            append_escaped(out, sequence);
        } else {
            if (sequence == "'" || sequence == "\\")
                out += '\\';
            out += sequence;
        }
        at += sequence.size();
    }
    out += at < text.size() ? "'..." : "'";
    return out;
}

} // namespace gateway
