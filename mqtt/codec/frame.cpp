#include "mqtt/codec/frame.hpp"

#include "mqtt/codec/wire.hpp"

namespace mqtt {
namespace {

frame refuse(frame seen, reason why) {
    seen.state = frame_state::refused;
    seen.why = why;
    return seen;
}

bool flags_agree(packet_type type, unsigned flags, version level) {
    constexpr unsigned dup = 8;
    const unsigned expected = row_of(type).flags;
    if (expected == any_flags || flags == expected)
        return true;
    return level == version::v3_1 && expected == 2 &&
           flags == (expected | dup); // [MQTT31-header-1]
}

} // namespace

frame next_frame(std::string_view input, std::size_t size_max, version level) {
    frame seen;
    if (input.empty())
        return seen;
    const auto first = static_cast<std::uint8_t>(input[0]);
    seen.type = static_cast<packet_type>(first >> 4);
    seen.flags = first & 0x0F;
    if (seen.type == packet_type::reserved)
        return refuse(seen, reason::malformed_packet);
    if (!flags_agree(seen.type, seen.flags, level))
        return refuse(seen, reason::malformed_packet); // [MQTT-2.1.3-1] [MQTT3-2.2.2-2]

    std::size_t length = 0;
    std::size_t at = 1;
    for (unsigned shift = 0;; shift += 7, ++at) {
        if (at == 5)
            return refuse(seen, reason::malformed_packet); // [MQTT31-header-3]
        if (at == input.size())
            return seen;
        const auto part = static_cast<std::uint8_t>(input[at]);
        length |= static_cast<std::size_t>(part & 0x7F) << shift;
        if ((part & 0x80) == 0) {
            if (part == 0 && at > 1)
                return refuse(seen,
                              reason::malformed_packet); // not the shortest form [MQTT-1.5.5-1]
            ++at;
            break;
        }
    }
    seen.size = at + length;
    if (seen.size > size_max)
        return refuse(seen, reason::packet_too_large); // before any of it is kept [MQTT-3.2.2-15]
    if (input.size() < seen.size)
        return seen;
    seen.state = frame_state::complete;
    seen.body = input.substr(at, length);
    return seen;
}

void write_frame_header(std::string& out, packet_type type, unsigned flags, std::size_t body_size) {
    write_byte(out, static_cast<unsigned>(type) << 4 | flags);
    write_varint(out, static_cast<std::uint32_t>(body_size));
}

} // namespace mqtt
