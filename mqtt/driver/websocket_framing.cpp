#include "mqtt/driver/websocket_framing.hpp"

#include "mqtt/codec/frame.hpp"

#include <algorithm>
#include <cstdint>

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

void websocket_framing::start_frame(std::uint64_t size) {
    if (frames_.empty())
        frames_.reserve(frames_max); // parts point into it: it must not move
    auto& made = frames_.emplace_back();
    made.header[0] = static_cast<char>(0x80U | opcode_binary);
    const std::size_t width = size < 126 ? 0 : size < 65'536 ? 2 : 8;
    made.header[1] = static_cast<char>(width == 0 ? size : width == 2 ? 126U : 127U);
    for (std::size_t i = 0; i < width; ++i)
        made.header[2 + i] = static_cast<char>(size >> (8 * (width - 1 - i)));
    made.header_size = static_cast<std::uint8_t>(2 + width);
    made.left = size;
}

// The bytes that one call can write, from front to back.
class websocket_framing::walk {
public:
    explicit walk(const output& from) : count_(from.gather(raw_)), bytes_left_(from.bytes()) {}

    bool at_end() const { return at_ == count_; }

    // Of the packet that begins here: from its header, or, where that does not tell, all the rest.
    // 0 where the header is not among these bytes.
    std::uint64_t packet_size() const {
        std::array<char, 5> head{};
        std::size_t have = 0;
        for (auto i = at_; i < count_ && have < head.size(); ++i) {
            const auto* text = static_cast<const char*>(raw_[i].iov_base);
            const auto part = std::min(raw_[i].iov_len, head.size() - have);
            std::copy_n(text, part, head.begin() + static_cast<std::ptrdiff_t>(have));
            have += part;
        }
        const auto seen = next_frame({head.data(), have}, SIZE_MAX);
        return seen.state == frame_state::refused ? bytes_left_ : seen.size;
    }

    // Moves up to `most` bytes into one part; returns how many.
    std::size_t take(std::uint64_t most, iovec& into) {
        auto& here = raw_[at_];
        into = {here.iov_base,
                static_cast<std::size_t>(std::min<std::uint64_t>(most, here.iov_len))};
        here.iov_base = static_cast<char*>(here.iov_base) + into.iov_len;
        here.iov_len -= into.iov_len;
        bytes_left_ -= into.iov_len;
        at_ += here.iov_len == 0 ? 1 : 0;
        return into.iov_len;
    }

private:
    std::array<iovec, 64> raw_;
    std::size_t at_ = 0;
    std::size_t count_;
    std::uint64_t bytes_left_;
};

std::size_t websocket_framing::gather(const output& from, std::span<iovec> parts) {
    if (frames_.empty() && control_sent_ < control_.size()) {
        parts[0] = {control_.data() + control_sent_, control_.size() - control_sent_};
        return 1;
    }
    walk packets(from);
    std::size_t used = 0;
    for (std::size_t number = 0; used + 2 <= parts.size(); ++number) {
        if (number == frames_.size()) {
            const auto size = packets.packet_size();
            if (packets.at_end() || size == 0 || number == frames_max)
                break;
            start_frame(size);
        }
        auto& now = frames_[number];
        if (now.header_sent < now.header_size)
            parts[used++] = {now.header.data() + now.header_sent,
                             static_cast<std::size_t>(now.header_size - now.header_sent)};
        auto left = now.left;
        while (left != 0 && used < parts.size() && !packets.at_end())
            left -= packets.take(left, parts[used++]);
        if (left != 0)
            break;
    }
    return used;
}

void websocket_framing::consume(output& from, std::size_t count) {
    if (frames_.empty()) { // control frames were on their way
        control_sent_ += count;
        if (control_sent_ == control_.size()) {
            control_.clear();
            control_sent_ = 0;
        }
        return;
    }
    std::size_t done = 0;
    for (auto& each : frames_) {
        const auto head = std::min<std::size_t>(count, each.header_size - each.header_sent);
        each.header_sent = static_cast<std::uint8_t>(each.header_sent + head);
        const auto body =
            static_cast<std::size_t>(std::min<std::uint64_t>(count - head, each.left));
        each.left -= body;
        from.consume(body);
        count -= head + body;
        if (each.left != 0 || each.header_sent != each.header_size)
            break;
        ++done;
    }
    frames_.erase(frames_.begin(), frames_.begin() + static_cast<std::ptrdiff_t>(done));
    if (frames_.empty())
        frames_ = {}; // an idle connection keeps nothing
}

} // namespace mqtt
