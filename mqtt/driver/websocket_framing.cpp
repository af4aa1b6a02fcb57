#include "mqtt/driver/websocket_framing.hpp"

#include <algorithm>

namespace mqtt {
namespace {

constexpr unsigned opcode_continuation = 0;
constexpr unsigned opcode_binary = 2;
constexpr unsigned opcode_close = 8;
constexpr unsigned opcode_ping = 9;
constexpr unsigned opcode_pong = 10;

constexpr std::uint16_t status_protocol_error = 1002;

} // namespace

// Bytes of the frame header as far as its first two bytes tell: 2, then the length's 0, 2 or 8,
// then 4 of mask.
std::size_t websocket_framing::header_needed() const {
    if (head_have_ < 2)
        return 2;
    const unsigned length = head_[1] & 0x7FU;
    return 6 + (length == 126 ? 2U : length == 127 ? 8U : 0U);
}

bool websocket_framing::header_is_good() const {
    const unsigned opcode = head_[0] & 0x0FU;
    const bool final = (head_[0] & 0x80U) != 0;
    if ((head_[0] & 0x70U) != 0 || (head_[1] & 0x80U) == 0)
        return false; // extensions that were not agreed; unmasked [RFC6455-5.1]
    if (opcode >= opcode_close)
        return opcode <= opcode_pong && final && (head_[1] & 0x7FU) <= 125; // [RFC6455-5.5]
    if (opcode == opcode_continuation)
        return in_message_;
    // [MQTT3-6.0.0-1]
    return opcode == opcode_binary && !in_message_; // text is no MQTT [MQTT-6.0.0-1]
}

// The header is complete: sets up the payload. False on a violation.
bool websocket_framing::take_header() {
    const unsigned opcode = head_[0] & 0x0FU;
    if (opcode < opcode_close)
        in_message_ = (head_[0] & 0x80U) == 0;
    std::size_t at = 2;
    payload_left_ = head_[1] & 0x7FU;
    if (payload_left_ >= 126) {
        const std::size_t width = payload_left_ == 126 ? 2 : 8;
        payload_left_ = 0;
        for (std::size_t i = 0; i < width; ++i)
            payload_left_ = payload_left_ << 8 | head_[at++];
        if ((payload_left_ >> 63) != 0)
            return false;
    }
    std::copy_n(head_.begin() + static_cast<std::ptrdiff_t>(at), 4,
                head_.begin() + 10); // the mask's place
    mask_at_ = 0;
    in_payload_ = true;
    control_payload_.clear();
    return true;
}

std::size_t websocket_framing::decode(std::span<char> bytes) {
    std::size_t out = 0;
    std::size_t at = 0;
    while (state_ == state::open && (at < bytes.size() || (in_payload_ && payload_left_ == 0))) {
        if (!in_payload_) {
            head_[head_have_++] = static_cast<unsigned char>(bytes[at++]);
            const bool bad = head_have_ == 2 && !header_is_good(); // the first two bytes tell
            if (bad || (head_have_ >= 2 && head_have_ == header_needed() && !take_header())) {
                close(status_protocol_error);
                state_ = state::closed;
            }
            continue;
        }
        const auto count =
            static_cast<std::size_t>(std::min<std::uint64_t>(payload_left_, bytes.size() - at));
        for (std::size_t i = 0; i < count; ++i)
            bytes[at + i] =
                static_cast<char>(bytes[at + i] ^ static_cast<char>(head_[10 + (mask_at_++ & 3U)]));
        payload_left_ -= count;
        const bool control = (head_[0] & 0x0FU) >= opcode_close;
        if (control)
            control_payload_.append(bytes.data() + at, count);
        else {
            std::copy_n(bytes.data() + at, count, bytes.data() + out);
            out += count;
        }
        at += count;
        if (payload_left_ == 0) {
            in_payload_ = false;
            head_have_ = 0;
            if (control)
                take_control(control_payload_);
        }
    }
    return out;
}

void websocket_framing::take_control(std::string_view payload) {
    const unsigned opcode = head_[0] & 0x0FU;
    if (opcode == opcode_ping)
        return add_control(opcode_pong, payload);
    if (opcode != opcode_close)
        return;
    if (!close_sent_)
        add_control(opcode_close, payload.substr(0, 2)); // [RFC6455-5.5.1]
    close_sent_ = true;
    state_ = state::closed;
}

void websocket_framing::add_control(unsigned opcode, std::string_view payload) {
    if (control_.size() + payload.size() + 2 > control_bytes_max)
        return; // a peer that floods pings and reads nothing gets no more pongs
    control_.push_back(static_cast<char>(0x80U | opcode));
    control_.push_back(static_cast<char>(payload.size()));
    control_.append(payload);
}

void websocket_framing::close(std::uint16_t status) {
    if (close_sent_)
        return;
    close_sent_ = true;
    const char code[] = {static_cast<char>(status >> 8), static_cast<char>(status & 0xFF)};
    add_control(opcode_close, {code, 2});
}

void websocket_framing::start_frame(std::size_t size) {
    header_[0] = static_cast<char>(0x80U | opcode_binary);
    const std::size_t width = size < 126 ? 0 : size < 65'536 ? 2 : 8;
    header_[1] = static_cast<char>(width == 0 ? size : width == 2 ? 126U : 127U);
    for (std::size_t i = 0; i < width; ++i)
        header_[2 + i] = static_cast<char>(size >> (8 * (width - 1 - i)));
    header_size_ = static_cast<std::uint8_t>(2 + width);
    header_sent_ = 0;
    frame_left_ = size;
}

std::size_t websocket_framing::gather(const output& from, std::span<iovec> parts) {
    const bool between_frames = frame_left_ == 0 && header_sent_ == header_size_;
    std::size_t used = 0;
    if (between_frames && control_sent_ < control_.size())
        parts[used++] = {control_.data() + control_sent_, control_.size() - control_sent_};
    else if (between_frames && !from.empty())
        start_frame(from.bytes());
    if (header_sent_ < header_size_)
        parts[used++] = {header_.data() + header_sent_,
                         static_cast<std::size_t>(header_size_ - header_sent_)};
    if (frame_left_ == 0)
        return used;
    const auto count = from.gather(parts.subspan(used));
    auto left = frame_left_;
    for (std::size_t i = 0; i < count && left > 0; ++i, ++used) {
        parts[used].iov_len =
            static_cast<std::size_t>(std::min<std::uint64_t>(parts[used].iov_len, left));
        left -= parts[used].iov_len;
    }
    return used;
}

void websocket_framing::consume(output& from, std::size_t count) {
    if (frame_left_ == 0 && header_sent_ == header_size_) { // control frames were on their way
        control_sent_ += count;
        if (control_sent_ == control_.size()) {
            control_.clear();
            control_sent_ = 0;
        }
        return;
    }
    const auto head = std::min<std::size_t>(count, header_size_ - header_sent_);
    header_sent_ = static_cast<std::uint8_t>(header_sent_ + head);
    count -= head;
    frame_left_ -= count;
    from.consume(count);
}

} // namespace mqtt
