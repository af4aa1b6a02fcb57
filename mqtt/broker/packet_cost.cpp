#include "mqtt/broker/packet_cost.hpp"

#include "mqtt/codec/packets.hpp"

#include <string>

namespace mqtt {
namespace {

constexpr std::uint16_t any_id = 1; // all of them have two bytes

// The header of a WebSocket frame; what a client sends is masked. [RFC6455-5.2]
std::uint64_t frame_bytes(std::uint64_t payload, bool masked) {
    const std::uint64_t length = payload < 126 ? 2 : payload < 65'536 ? 4 : 10;
    return length + (masked ? 4 : 0);
}

std::uint64_t publish_bytes(const costed_message& what) {
    publish packet;
    packet.qos = what.qos;
    packet.topic = what.alias == alias_use::known ? std::string_view() : what.topic;
    packet.payload = what.payload;
    packet.packet_id = what.qos == qos::at_most_once ? 0 : any_id;
    if (what.alias != alias_use::none)
        packet.topic_alias = 1;
    return encoded_size(packet, what.level);
}

std::uint64_t acknowledgement_bytes(packet_type type, version level) {
    acknowledgement packet;
    packet.type = type;
    packet.packet_id = any_id;
    std::string bytes;
    encode(bytes, packet, level);
    return bytes.size();
}

// One exchange, as the one who publishes sees it.
class exchange_sum {
public:
    exchange_sum(const costed_message& what, bool client_publishes)
        : what_(what), client_publishes_(client_publishes) {}

    void there(std::uint64_t bytes) { add(bytes, client_publishes_); }
    void back(std::uint64_t bytes) { add(bytes, !client_publishes_); }
    void there(packet_type type) { there(acknowledgement_bytes(type, what_.level)); }
    void back(packet_type type) { back(acknowledgement_bytes(type, what_.level)); }
    const wire_cost& all() const { return sum_; }

private:
    void add(std::uint64_t bytes, bool to_server) {
        const auto framed = what_.in_frames ? bytes + frame_bytes(bytes, to_server) : bytes;
        (to_server ? sum_.to_server : sum_.to_client) += framed;
        ++sum_.packets;
    }

    const costed_message& what_;
    const bool client_publishes_;
    wire_cost sum_;
};

wire_cost cost_of(const costed_message& what, bool client_publishes) {
    exchange_sum sum(what, client_publishes);
    sum.there(publish_bytes(what));
    if (what.qos == qos::at_least_once)
        sum.back(packet_type::puback);
    if (what.qos == qos::exactly_once) {
        sum.back(packet_type::pubrec);
        sum.there(packet_type::pubrel);
        sum.back(packet_type::pubcomp);
    }
    return sum.all();
}

} // namespace

wire_cost cost_of_publishing(const costed_message& what) {
    return cost_of(what, true);
}

wire_cost cost_of_receiving(const costed_message& what) {
    return cost_of(what, false);
}

} // namespace mqtt
