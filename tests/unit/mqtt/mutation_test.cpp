// Streams of valid packets with random damage, into a whole broker: whatever comes, nothing
// crashes, nobody else is disturbed, and nothing malformed comes out. Seeds are fixed, so a failure
// repeats.
#include "tests/support/catch2_any.hpp"
#include "tests/unit/mqtt/script.hpp"

#include <random>

using namespace mqtt;
using namespace script;

namespace {

using generator = std::mt19937;

std::string text(generator& random) {
    static const char* const texts[] = {"a",         "a/b",      "a/+",  "#",     "$SYS/x",    "",
                                        "home/lamp", "\xC3\xA9", "\xFF", "a/#/b", "$share/g/a"};
    return texts[random() % std::size(texts)];
}

std::string some_packet(generator& random, version level) {
    std::string bytes;
    const auto topic = text(random);
    const auto other = text(random);
    const auto id = static_cast<std::uint16_t>(random() % 4);
    switch (random() % 8) {
    case 0:
    case 1:
    case 2: {
        mqtt::publish packet;
        packet.topic = topic;
        packet.payload = other;
        packet.qos = static_cast<qos>(random() % 3);
        packet.packet_id = id;
        packet.retain = random() % 2 == 0;
        if (random() % 2 == 0)
            packet.topic_alias = static_cast<std::uint16_t>(random() % 12);
        if (random() % 2 == 0)
            packet.expiry = static_cast<std::uint32_t>(random() % 3);
        encode(bytes, packet, level);
        break;
    }
    case 3: {
        mqtt::subscribe packet;
        packet.packet_id = id;
        packet.requests.push_back({topic, static_cast<qos>(random() % 3), random() % 2 == 0,
                                   random() % 2 == 0, static_cast<std::uint8_t>(random() % 3)});
        if (random() % 2 == 0)
            packet.props.add(property_id::subscription_identifier,
                             static_cast<std::uint32_t>(random() % 3));
        encode(bytes, packet, level);
        break;
    }
    case 4: {
        mqtt::unsubscribe packet;
        packet.packet_id = id;
        packet.filters.push_back(topic);
        encode(bytes, packet, level);
        break;
    }
    case 5:
    case 6: {
        static const packet_type types[] = {packet_type::puback, packet_type::pubrec,
                                            packet_type::pubrel, packet_type::pubcomp};
        encode(bytes,
               acknowledgement{types[random() % 4],
                               id,
                               random() % 4 == 0 ? reason::quota_exceeded : reason::success,
                               {}},
               level);
        break;
    }
    default:
        random() % 8 == 0 ? encode(bytes, mqtt::disconnect{{}, reason::disconnect_with_will}, level)
                          : encode_ping_request(bytes);
    }
    return bytes;
}

std::string some_connect(generator& random, version level) {
    mqtt::connect packet;
    packet.version = level;
    packet.clean_start = random() % 2 == 0;
    const auto client_id = "c" + std::to_string(random() % 3);
    packet.client_id = client_id;
    if (random() % 2 == 0) {
        packet.will.emplace();
        packet.will->topic = "will";
        packet.will->qos = static_cast<qos>(random() % 3);
    }
    if (level == version::v5) {
        packet.props.add(property_id::session_expiry_interval,
                         static_cast<std::uint32_t>(random() % 20));
        packet.props.add(property_id::receive_maximum,
                         static_cast<std::uint32_t>(1 + random() % 3));
        packet.props.add(property_id::topic_alias_maximum, 2U);
    }
    std::string bytes;
    encode(bytes, packet);
    return bytes;
}

void damage(generator& random, std::string& bytes) {
    if (bytes.empty())
        return;
    const auto at = random() % bytes.size();
    switch (random() % 4) {
    case 0:
        bytes[at] = static_cast<char>(random());
        break;
    case 1:
        bytes.erase(at, 1 + random() % 3);
        break;
    case 2:
        bytes.insert(at, 1, static_cast<char>(random()));
        break;
    default:
        bytes[at] = static_cast<char>(bytes[at] ^ (1 << random() % 8));
    }
}

} // namespace

TEST_CASE("damaged packets end their own connection at most", "[mutation]") {
    limits bounds;
    bounds.max_queued_messages = 20;
    bounds.queue_qos0_messages = true;
    bounds.persistent_client_expiration = 30s;
    stage here(bounds);
    peer witness(here);
    witness.connect("witness");
    witness.subscribe("witness/+", qos::at_least_once);
    witness.received();
    generator random(20'261'122);
    for (int round = 0; round < 20'000; ++round) {
        const auto level = random() % 2 == 0 ? version::v5 : version::v3_1_1;
        peer client(here);
        client.level = level;
        auto bytes = some_connect(random, level);
        const auto packets = random() % 12;
        for (unsigned i = 0; i < packets; ++i)
            bytes += some_packet(random, level);
        const auto wounds = random() % 3;
        for (unsigned i = 0; i < wounds; ++i)
            damage(random, bytes);
        for (std::size_t at = 0; at < bytes.size();) {
            const auto step = 1 + random() % 40;
            client.send_bytes(std::string_view(bytes).substr(at, step));
            at += step;
        }
        client.level = client.machine.level(); // the damage may have changed it
        for (const auto& line : client.received())
            REQUIRE(line != "unreadable bytes");
        if (random() % 10 == 0)
            here.pass(std::chrono::seconds(random() % 10));
    }
    witness.publish("witness/1", "still here", qos::at_least_once, 1);
    const auto heard = witness.received();
    REQUIRE(heard.size() == 2);
    CHECK(heard[0].ends_with("witness/1 'still here'"));
    here.pass(60s);
    CHECK(here.hub->sessions() == 1); // whatever expiry the damage asked for
}
