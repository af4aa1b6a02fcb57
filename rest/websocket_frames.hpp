// RFC 6455 frames that carry text, after the handshake; the server's side. Bytes in, whole messages
// out. It knows no socket. (MQTT over WebSocket is binary and has a filter of its own in the
// driver, which never holds a whole message.)
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace rest {

namespace websocket_status { // [RFC6455-7.4.1]
inline constexpr std::uint16_t normal = 1000;
inline constexpr std::uint16_t going_away = 1001;
inline constexpr std::uint16_t protocol_error = 1002;
inline constexpr std::uint16_t unsupported = 1003;
inline constexpr std::uint16_t not_utf8 = 1007;
inline constexpr std::uint16_t policy = 1008;
inline constexpr std::uint16_t too_big = 1009;
inline constexpr std::uint16_t try_again = 1013;
} // namespace websocket_status

class websocket_reader {
public:
    enum class event : std::uint8_t {
        nothing, // more bytes are needed
        text,    // payload() is a message
        ping,    // payload() goes back as a pong
        pong,
        close, // the peer says goodbye, with status()
        broken // against the rules: close with status()
    };

    explicit websocket_reader(std::size_t message_bytes_max)
        : message_bytes_max_(message_bytes_max) {}

    // requires: next() has said nothing
    void put(std::string bytes);
    // What comes next. After close and broken nothing does.
    event next();
    std::string& payload() { return payload_; }
    std::uint16_t status() const { return status_; }

private:
    enum opcode : unsigned {
        continuation = 0,
        text = 1,
        binary = 2,
        close = 8,
        ping = 9,
        pong = 10
    };

    bool read_head();
    bool check_head();
    std::size_t head_needed() const;
    event frame_is_complete();
    event take_close();
    event fail(std::uint16_t status);
    bool in_control() const { return (head_[0] & 0x0FU) >= close; }

    const std::size_t message_bytes_max_;
    std::string input_; // bound: what the caller puts
    std::size_t input_at_ = 0;
    std::array<unsigned char, 14> head_{};
    std::uint8_t head_have_ = 0;
    bool in_payload_ = false;
    bool in_message_ = false; // a fragmented message has begun
    bool ended_ = false;
    std::uint64_t payload_left_ = 0;
    std::uint8_t mask_at_ = 0;
    std::uint16_t status_ = 0;
    std::string message_; // of the fragments so far; at most message_bytes_max_
    std::string control_; // at most 125
    std::string payload_;
};

void append_text_frame(std::string& out, std::string_view text);
void append_pong(std::string& out, std::string_view payload);
void append_ping(std::string& out);
// reason: at most 123 bytes of UTF-8
void append_close(std::string& out, std::uint16_t status, std::string_view reason = {});

} // namespace rest
