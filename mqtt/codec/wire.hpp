// Data types of the wire, MQTT 5 section 1.5: a reader that can't run over its end, and the
// writers.
#pragma once

#include "mqtt/types/reason.hpp"
#include "mqtt/types/utf8.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace mqtt {

inline constexpr std::uint32_t varint_max =
    268'435'455; // Variable Byte Integer, four bytes, section 1.5.5

// Reads front to back. The first failure sticks: from then on every read gives zero or empty, and
// reason() says why. So a decoder reads a whole packet and asks once.
class reader {
public:
    explicit reader(std::string_view bytes) : rest_(bytes) {}

    bool failed() const { return failure_ != reason::success; }
    mqtt::reason reason() const { return failure_; }
    bool at_end() const { return rest_.empty(); }
    std::size_t left() const { return rest_.size(); }

    void fail(mqtt::reason why) {
        if (!failed())
            failure_ = why;
        rest_ = {};
    }

    std::uint8_t byte() { return static_cast<std::uint8_t>(number(1)); }
    std::uint16_t two_bytes() { return static_cast<std::uint16_t>(number(2)); }
    std::uint32_t four_bytes() { return number(4); }

    std::uint32_t varint() {
        std::uint32_t value = 0;
        for (unsigned shift = 0; shift <= 21; shift += 7) {
            const std::uint8_t part = byte();
            value |= static_cast<std::uint32_t>(part & 0x7F) << shift;
            if ((part & 0x80) == 0) {
                if (part == 0 && shift > 0)
                    fail(mqtt::reason::malformed_packet); // not the shortest form [MQTT-1.5.5-1]
                return failed() ? 0 : value;
            }
        }
        fail(mqtt::reason::malformed_packet);
        return 0;
    }

    std::string_view bytes(std::size_t count) {
        if (count > rest_.size()) {
            fail(mqtt::reason::malformed_packet);
            return {};
        }
        const auto taken = rest_.substr(0, count);
        rest_.remove_prefix(count);
        return taken;
    }

    std::string_view binary() { return bytes(two_bytes()); }

    std::string_view text() {
        const auto taken = binary();
        if (!is_utf8_string(taken)) {
            // [MQTT-1.5.4-1] [MQTT-1.5.4-2] [MQTT3-1.5.3-1] [MQTT3-1.5.3-2]
            // [MQTT31-text-1 deviates: checked in 3.1 too, as later standards ask]
            fail(mqtt::reason::malformed_packet);
            return {};
        }
        return taken; // as it came: [MQTT-1.5.4-3] [MQTT3-1.5.3-3]
    }

    std::string_view rest() { return bytes(rest_.size()); }

private:
    std::uint32_t number(std::size_t width) {
        std::uint32_t value = 0;
        for (const char part : bytes(width))
            value = value << 8 | static_cast<std::uint8_t>(part);
        return value;
    }

    std::string_view rest_;
    mqtt::reason failure_ = mqtt::reason::success;
};

inline void write_byte(std::string& out, unsigned value) {
    out.push_back(static_cast<char>(value));
}

inline void write_two_bytes(std::string& out, std::uint16_t value) {
    write_byte(out, value >> 8);
    write_byte(out, value & 0xFF);
}

inline void write_four_bytes(std::string& out, std::uint32_t value) {
    write_two_bytes(out, static_cast<std::uint16_t>(value >> 16));
    write_two_bytes(out, static_cast<std::uint16_t>(value & 0xFFFF));
}

// requires: value <= varint_max
inline void write_varint(std::string& out, std::uint32_t value) {
    while (value >= 0x80) {
        write_byte(out, (value & 0x7F) | 0x80);
        value >>= 7;
    }
    write_byte(out, value);
}

constexpr std::size_t varint_size(std::uint32_t value) {
    return value < 128 ? 1 : value < 16'384 ? 2 : value < 2'097'152 ? 3 : 4;
}

// requires: bytes.size() <= 65 535
inline void write_binary(std::string& out, std::string_view bytes) {
    write_two_bytes(out, static_cast<std::uint16_t>(bytes.size()));
    out.append(bytes);
}

} // namespace mqtt
