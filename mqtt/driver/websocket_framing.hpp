// RFC 6455 frames around MQTT, after the handshake: one more byte filter before the session
// machine. The server's side only: what comes in must be masked, what goes out is not. MQTT packets
// may lie across frames in any way. [MQTT-6.0.0-2] [MQTT3-6.0.0-2]
#pragma once

#include "mqtt/session/output.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <sys/uio.h>
#include <vector>

namespace mqtt {

class websocket_framing {
public:
    enum class state : std::uint8_t { open, closed };

    // Takes frames apart in place: the payload of data frames moves to the front of bytes; returns
    // how much it is. Answers pings and close. ensures: after a violation or a close frame, now()
    // is closed and 0 more is returned
    std::size_t decode(std::span<char> bytes);
    state now() const { return state_; }

    // What to write next: control frames, or the packets in the output, each as a binary frame of
    // its own: clients are known that take one packet out of a frame and wait before they look at
    // the next. [MQTT-6.0.0-1] requires: the output holds whole packets
    std::size_t gather(const output& from, std::span<iovec> parts);
    // The peer took count bytes of what gather gave.
    void consume(output& from, std::size_t count);
    bool has_unsent() const { return control_sent_ < control_.size() || !frames_.empty(); }
    // Says goodbye after what is on its way. Status codes of RFC 6455 section 7.4.1.
    void close(std::uint16_t status);

private:
    static constexpr std::size_t control_bytes_max =
        4096; // of answers to pings that the peer does not read

    bool take_header();
    bool header_is_good() const;
    std::size_t header_needed() const;
    void take_control(std::string_view payload);
    void start_frame(std::uint64_t size);
    class walk;
    void add_control(unsigned opcode, std::string_view payload);

    // Coming in.
    std::array<unsigned char, 14> head_{};
    std::uint8_t head_have_ = 0;
    std::uint64_t payload_left_ = 0;
    std::uint8_t mask_at_ = 0;
    bool in_payload_ = false;
    bool in_message_ = false; // a fragmented message has begun
    std::string control_payload_;
    state state_ = state::open;

    // Going out.
    static constexpr std::size_t frames_max = 32; // of one write
    struct frame {
        std::array<char, 10> header{};
        std::uint8_t header_size = 0;
        std::uint8_t header_sent = 0;
        std::uint64_t left = 0; // bytes of the output that it still holds
    };
    std::vector<frame> frames_; // begun and not yet written; bound: frames_max. Empty, and without
                                // memory, while nothing is on its way
    std::string control_;       // bound: control_bytes_max
    std::size_t control_sent_ = 0;
    bool close_sent_ = false;
};

} // namespace mqtt
