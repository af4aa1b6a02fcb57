#include "mqtt/types/utf8.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace mqtt {
namespace {

// Length of the well-formed sequence at the front, 0 when there is none (Unicode 15, table 3-7).
std::size_t sequence_length(const unsigned char* at, std::size_t left) {
    const auto tail = [&](std::size_t i, unsigned low = 0x80, unsigned high = 0xBF) {
        return i < left && at[i] >= low && at[i] <= high;
    };
    const unsigned first = at[0];
    if (first < 0x80)
        return 1;
    if (first >= 0xC2 && first <= 0xDF)
        return tail(1) ? 2 : 0;
    if (first >= 0xE0 && first <= 0xEF) {
        const unsigned low = first == 0xE0 ? 0xA0 : 0x80;  // no overlong forms
        const unsigned high = first == 0xED ? 0x9F : 0xBF; // no surrogates
        return tail(1, low, high) && tail(2) ? 3 : 0;
    }
    if (first >= 0xF0 && first <= 0xF4) {
        const unsigned low = first == 0xF0 ? 0x90 : 0x80;
        const unsigned high = first == 0xF4 ? 0x8F : 0xBF; // nothing above U+10FFFF
        return tail(1, low, high) && tail(2) && tail(3) ? 4 : 0;
    }
    return 0;
}

constexpr std::uint64_t high_bits = 0x8080808080808080U;
constexpr std::uint64_t low_ones = 0x0101010101010101U;

bool well_formed(std::string_view text, bool allow_null) {
    const auto* at = reinterpret_cast<const unsigned char*>(text.data());
    std::size_t left = text.size();
    while (left > 0) {
        // Eight plain ASCII bytes without a zero at a time: what nearly every topic is made of.
        while (left >= 8) {
            std::uint64_t word = 0;
            std::memcpy(&word, at, 8);
            const bool plain =
                (word & high_bits) == 0 && ((word - low_ones) & ~word & high_bits) == 0;
            if (!plain)
                break;
            at += 8;
            left -= 8;
        }
        if (left == 0)
            return true;
        if (*at == 0 && !allow_null)
            return false;
        const auto length = sequence_length(at, left);
        if (length == 0)
            return false;
        at += length;
        left -= length;
    }
    return true;
}

} // namespace

bool is_utf8_string(std::string_view text) {
    return well_formed(text, false);
}

bool is_utf8(std::string_view bytes) {
    return well_formed(bytes, true);
}

bool has_control_character(std::string_view text) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        if (byte < 0x20 || byte == 0x7F)
            return true;
        if (byte == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0)
            return true;
    }
    return false;
}

} // namespace mqtt
