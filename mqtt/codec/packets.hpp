// The control packets as structures of views, MQTT 5 chapter 3, and MQTT 3.1.1 where the version
// says so. decode_* get a packet's body and give the packet or the reason code to refuse it with;
// encode appends whole packets. A decoded packet is valid as long as the bytes that it was read
// from.
#pragma once

#include "mqtt/codec/frame.hpp"
#include "mqtt/codec/properties.hpp"
#include "mqtt/types/qos.hpp"
#include "mqtt/types/result.hpp"
#include "mqtt/types/version.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mqtt {

struct will {
    std::string_view topic;
    std::string_view payload;
    mqtt::qos qos = qos::at_most_once;
    bool retain = false;
    properties props;
};

struct connect { // section 3.1
    mqtt::version version = version::v5;
    bool clean_start = true;
    std::uint16_t keep_alive = 0; // seconds
    std::string_view client_id;
    std::optional<mqtt::will> will;
    std::optional<std::string_view> username;
    std::optional<std::string_view> password;
    properties props;
};

struct connack { // section 3.2
    bool session_present = false;
    mqtt::reason reason = reason::success;
    properties props;
};

struct publish { // section 3.3
    bool dup = false;
    mqtt::qos qos = qos::at_most_once;
    bool retain = false;
    std::string_view topic;      // empty with an alias
    std::uint16_t packet_id = 0; // 0 at QoS 0
    std::string_view payload;
    std::string_view forwarded;          // forwarded properties as wire bytes
    std::optional<std::uint32_t> expiry; // Message Expiry Interval, seconds
    std::optional<std::uint16_t> topic_alias;
    std::vector<std::uint32_t> subscription_ids; // only from a server
};

struct acknowledgement { // PUBACK, PUBREC, PUBREL, PUBCOMP, sections 3.4 to 3.7: one shape
    packet_type type = packet_type::puback;
    std::uint16_t packet_id = 0;
    mqtt::reason reason = reason::success;
    properties props;
};

struct subscription_request {
    std::string_view filter;
    mqtt::qos qos = qos::at_most_once;
    bool no_local = false;
    bool retain_as_published = false;
    std::uint8_t retain_handling = 0; // 0 send, 1 only for a new subscription, 2 don't send
};

struct subscribe { // section 3.8
    std::uint16_t packet_id = 0;
    std::vector<subscription_request> requests; // bound: filters_per_packet_max
    properties props;
};

struct unsubscribe { // section 3.10
    std::uint16_t packet_id = 0;
    std::vector<std::string_view> filters; // bound: filters_per_packet_max
    properties props;
};

struct suback { // SUBACK and UNSUBACK, sections 3.9 and 3.11: one shape
    packet_type type = packet_type::suback;
    std::uint16_t packet_id = 0;
    std::vector<mqtt::reason> reasons; // as many as the request had filters
    properties props;
};

struct disconnect { // section 3.14
    properties props;
    mqtt::reason reason = reason::success;
};

struct auth { // section 3.15
    properties props;
    mqtt::reason reason = reason::success;
};

inline constexpr std::size_t filters_per_packet_max = 100'000;

// Room that decoders reuse so that a PUBLISH costs no allocation. One for each thread is enough.
struct decode_room {
    properties props;
    std::string forwarded;
};

result<connect> decode_connect(std::string_view body);
result<connack> decode_connack(std::string_view body, version level);
// flags: of the fixed header. The packet also points into room until the next PUBLISH is decoded
// with it.
result<publish> decode_publish(unsigned flags, std::string_view body, version level,
                               decode_room& room);
result<acknowledgement> decode_acknowledgement(packet_type type, std::string_view body,
                                               version level);
result<subscribe> decode_subscribe(std::string_view body, version level);
result<unsubscribe> decode_unsubscribe(std::string_view body, version level);
result<suback> decode_suback(packet_type type, std::string_view body, version level);
result<disconnect> decode_disconnect(std::string_view body, version level);
result<auth> decode_auth(std::string_view body);

void encode(std::string& out, const connect& packet);
void encode(std::string& out, const connack& packet, version level);
void encode(std::string& out, const acknowledgement& packet, version level);
void encode(std::string& out, const subscribe& packet, version level);
void encode(std::string& out, const unsubscribe& packet, version level);
void encode(std::string& out, const suback& packet, version level);
void encode(std::string& out, const disconnect& packet, version level);
void encode(std::string& out, const auth& packet);
void encode_ping_request(std::string& out);
void encode_ping_response(std::string& out);

// Appends a PUBLISH. Returns the position of the Packet Identifier's two bytes in out, 0 at QoS 0:
// the one place that differs between receivers of the same frame.
std::size_t encode(std::string& out, const publish& packet, version level);

// The size in bytes that encode(publish) would append.
std::size_t encoded_size(const publish& packet, version level);

} // namespace mqtt
