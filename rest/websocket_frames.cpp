#include "rest/websocket_frames.hpp"

#include "mqtt/types/utf8.hpp"

#include <algorithm>
#include <utility>

namespace rest {
namespace {

constexpr std::size_t mask_place = 10; // of the mask in the head, whatever its length was

void append_frame(std::string& out, unsigned opcode, std::string_view payload) {
    out += static_cast<char>(0x80U | opcode);
    const std::uint64_t size = payload.size();
    const std::size_t width = size < 126 ? 0 : size < 65'536 ? 2 : 8;
    out += static_cast<char>(width == 0 ? size : width == 2 ? 126U : 127U);
    for (std::size_t i = 0; i < width; ++i)
        out += static_cast<char>(size >> (8 * (width - 1 - i)));
    out += payload;
}

// [RFC6455-7.4.2]
bool may_be_sent(std::uint16_t status) {
    return (status >= 1000 && status <= 1014 && status != 1004 && status != 1005 &&
            status != 1006) ||
           (status >= 3000 && status <= 4999);
}

} // namespace

void websocket_reader::put(std::string bytes) {
    if (ended_)
        return;
    if (input_at_ == input_.size()) {
        input_ = std::move(bytes);
        input_at_ = 0;
        return;
    }
    input_.erase(0, input_at_);
    input_at_ = 0;
    input_ += bytes;
}

websocket_reader::event websocket_reader::fail(std::uint16_t status) {
    ended_ = true;
    status_ = status;
    input_ = {};
    input_at_ = 0;
    return event::broken;
}

// Bytes of the frame head as far as its first two tell: 2, then the length's 0, 2 or 8, then 4 of
// mask.
std::size_t websocket_reader::head_needed() const {
    if (head_have_ < 2)
        return 2;
    const unsigned length = head_[1] & 0x7FU;
    return 6 + (length == 126 ? 2U : length == 127 ? 8U : 0U);
}

// What the first two bytes tell. Else status_ says why not.
bool websocket_reader::check_head() {
    const unsigned kind = head_[0] & 0x0FU;
    const bool final = (head_[0] & 0x80U) != 0;
    status_ = websocket_status::protocol_error;
    if ((head_[0] & 0x70U) != 0 || (head_[1] & 0x80U) == 0)
        return false; // extensions that were not agreed; unmasked [RFC6455-5.1]
    if (kind >= close)
        return kind <= pong && final && (head_[1] & 0x7FU) <= 125; // [RFC6455-5.5]
    if (kind == continuation)
        return in_message_;
    if (kind == binary)
        status_ = websocket_status::unsupported;
    return kind == text && !in_message_;
}

// False: it is not complete, or it is wrong and status_ says how.
bool websocket_reader::read_head() {
    status_ = 0;
    while (head_have_ < head_needed()) {
        if (input_at_ == input_.size())
            return false;
        head_[head_have_++] = static_cast<unsigned char>(input_[input_at_++]);
        if (head_have_ == 2 && !check_head())
            return false;
        status_ = 0;
    }
    std::size_t at = 2;
    payload_left_ = head_[1] & 0x7FU;
    if (payload_left_ >= 126) {
        const std::size_t width = payload_left_ == 126 ? 2 : 8;
        payload_left_ = 0;
        for (std::size_t i = 0; i < width; ++i)
            payload_left_ = payload_left_ << 8 | head_[at++];
    }
    if (!in_control() && payload_left_ > message_bytes_max_ - message_.size()) {
        status_ = websocket_status::too_big; // also the highest bit of the length [RFC6455-5.2]
        return false;
    }
    std::copy_n(head_.begin() + static_cast<std::ptrdiff_t>(at), 4, head_.begin() + mask_place);
    mask_at_ = 0;
    in_payload_ = true;
    return true;
}

websocket_reader::event websocket_reader::next() {
    while (!ended_) {
        if (!in_payload_ && !read_head())
            return status_ != 0 ? fail(status_) : event::nothing;
        auto& into = in_control() ? control_ : message_;
        const auto count = static_cast<std::size_t>(
            std::min<std::uint64_t>(payload_left_, input_.size() - input_at_));
        for (std::size_t i = 0; i < count; ++i)
            into += static_cast<char>(static_cast<unsigned char>(input_[input_at_ + i]) ^
                                      head_[mask_place + (mask_at_++ & 3U)]);
        input_at_ += count;
        payload_left_ -= count;
        if (input_at_ == input_.size()) {
            input_ = {}; // an idle connection keeps nothing
            input_at_ = 0;
        }
        if (payload_left_ != 0)
            return event::nothing;
        const auto seen = frame_is_complete();
        if (seen != event::nothing)
            return seen;
    }
    return event::nothing;
}

// nothing: a part of a message.
websocket_reader::event websocket_reader::frame_is_complete() {
    const unsigned kind = head_[0] & 0x0FU;
    const bool final = (head_[0] & 0x80U) != 0;
    in_payload_ = false;
    head_have_ = 0;
    if (kind >= close) {
        payload_ = std::exchange(control_, {});
        return kind == close ? take_close() : kind == ping ? event::ping : event::pong;
    }
    in_message_ = !final;
    if (!final)
        return event::nothing;
    payload_ = std::exchange(message_, {});
    return mqtt::is_utf8(payload_) ? event::text
                                   : fail(websocket_status::not_utf8); // [RFC6455-8.1]
}

// [RFC6455-5.5.1]
websocket_reader::event websocket_reader::take_close() {
    if (payload_.size() == 1)
        return fail(websocket_status::protocol_error);
    status_ = websocket_status::normal;
    if (payload_.size() >= 2)
        status_ = static_cast<std::uint16_t>(static_cast<unsigned char>(payload_[0]) << 8U |
                                             static_cast<unsigned char>(payload_[1]));
    if (!may_be_sent(status_) || !mqtt::is_utf8(std::string_view(payload_).substr(
                                     std::min<std::size_t>(2, payload_.size()))))
        return fail(websocket_status::protocol_error);
    ended_ = true;
    return event::close;
}

void append_text_frame(std::string& out, std::string_view text) {
    append_frame(out, 1, text);
}

void append_pong(std::string& out, std::string_view payload) {
    append_frame(out, 10, payload);
}

void append_ping(std::string& out) {
    append_frame(out, 9, {});
}

void append_close(std::string& out, std::uint16_t status, std::string_view reason) {
    std::string payload{static_cast<char>(status >> 8U), static_cast<char>(status & 0xFFU)};
    payload += reason.substr(0, 123);
    append_frame(out, 8, payload);
}

} // namespace rest
