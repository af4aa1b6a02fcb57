// WebSocket frames around MQTT, output segments, timers: the small machines of the driver's side.
#include "mqtt/codec/frame.hpp"
#include "mqtt/driver/websocket_framing.hpp"
#include "mqtt/types/timer_wheel.hpp"
#include "tests/support/catch2_any.hpp"

#include <array>
#include <string>
#include <vector>

using namespace mqtt;

namespace {

std::string frame_of(unsigned first, std::string_view payload, bool masked = true) {
    std::string bytes;
    bytes.push_back(static_cast<char>(first));
    const unsigned mask_bit = masked ? 0x80 : 0;
    if (payload.size() < 126) {
        bytes.push_back(static_cast<char>(mask_bit | payload.size()));
    } else {
        bytes.push_back(static_cast<char>(mask_bit | 126));
        bytes.push_back(static_cast<char>(payload.size() >> 8));
        bytes.push_back(static_cast<char>(payload.size() & 0xFF));
    }
    const std::string key = "\x11\x22\x33\x44";
    if (masked)
        bytes += key;
    for (std::size_t i = 0; i < payload.size(); ++i)
        bytes.push_back(masked ? static_cast<char>(payload[i] ^ key[i % 4]) : payload[i]);
    return bytes;
}

std::string decoded(websocket_framing& framing, std::string bytes, std::size_t step) {
    std::string out;
    for (std::size_t at = 0; at < bytes.size(); at += step) {
        auto part = bytes.substr(at, step);
        const auto size = framing.decode(part);
        out += part.substr(0, size);
    }
    return out;
}

// A PUBLISH of so many bytes in all.
std::string packet_of(std::size_t size) {
    for (std::size_t head = 2; head <= 5; ++head) {
        std::string packet;
        write_frame_header(packet, packet_type::publish, 0, size - head);
        if (packet.size() == head)
            return packet + std::string(size - head, 'p');
    }
    return {};
}

std::string written(websocket_framing& framing, output& from, std::size_t step) {
    std::string bytes;
    std::array<iovec, 8> parts;
    while (!from.empty() || framing.has_unsent()) {
        const auto used = framing.gather(from, parts);
        REQUIRE(used > 0);
        std::string all;
        for (std::size_t i = 0; i < used; ++i)
            all.append(static_cast<const char*>(parts[i].iov_base), parts[i].iov_len);
        const auto taken = std::min(step, all.size());
        bytes += all.substr(0, taken);
        framing.consume(from, taken);
    }
    return bytes;
}

} // namespace

TEST_CASE("MQTT comes out of WebSocket frames however they and the reads are cut",
          "[websocket][MQTT-6.0.0-2][MQTT3-6.0.0-2]") {
    const std::string large(70'000 % 60'000, 'x');
    const auto bytes = frame_of(0x82, "ab") + frame_of(0x02, "c") + frame_of(0x89, "hi") +
                       frame_of(0x00, "") + frame_of(0x80, "d") + frame_of(0x82, large);
    for (const std::size_t step :
         {std::size_t{1}, std::size_t{2}, std::size_t{3}, std::size_t{7}, bytes.size()}) {
        websocket_framing framing;
        CHECK(decoded(framing, bytes, step) == "abcd" + large);
        CHECK(framing.now() == websocket_framing::state::open);
        block_pool pool;
        output nothing(pool);
        CHECK(written(framing, nothing, 100) == std::string("\x8A\2hi", 4)); // pong
    }
}

TEST_CASE("frames that break RFC 6455 close with 1002 and give nothing more",
          "[websocket][MQTT-6.0.0-1][MQTT3-6.0.0-1]") {
    for (const auto& bad :
         {frame_of(0x82, "x", false), frame_of(0x81, "x"), frame_of(0xC2, "x"), frame_of(0x80, "x"),
          frame_of(0x09, "x"), frame_of(0x83, "x"), frame_of(0x8B, "x"),
          frame_of(0x02, "a") + frame_of(0x82, "b"), frame_of(0x89, std::string(126, 'x'))}) {
        websocket_framing framing;
        decoded(framing, bad, 1);
        CHECK(framing.now() == websocket_framing::state::closed);
        CHECK(decoded(framing, frame_of(0x82, "later"), 100).empty());
        block_pool pool;
        output nothing(pool);
        CHECK(written(framing, nothing, 100) == std::string("\x88\2\x03\xEA", 4));
    }
}

TEST_CASE("a close frame is answered with its status", "[websocket]") {
    websocket_framing framing;
    decoded(framing, frame_of(0x88, "\x03\xE9"), 100);
    CHECK(framing.now() == websocket_framing::state::closed);
    block_pool pool;
    output nothing(pool);
    CHECK(written(framing, nothing, 1) == std::string("\x88\2\x03\xE9", 4));
}

TEST_CASE(
    "output leaves in one frame a flush, with the shortest length, however the socket takes it",
    "[websocket][MQTT-6.0.0-1][MQTT3-6.0.0-1]") {
    for (const std::size_t size : {2U, 125U, 126U, 65'535U, 65'536U})
        for (const std::size_t step : {std::size_t{1}, std::size_t{1000}, std::size_t{1'000'000}}) {
            websocket_framing framing;
            block_pool pool;
            output from(pool);
            const auto payload = packet_of(size);
            from.append(payload);
            const auto bytes = written(framing, from, step);
            const std::size_t head = size < 126 ? 2 : size < 65'536 ? 4 : 10;
            REQUIRE(bytes.size() == head + size);
            CHECK(static_cast<unsigned char>(bytes[0]) == 0x82);
            CHECK(bytes.substr(head) == payload);
        }
}

TEST_CASE("each packet is a frame of its own, however the writes and the output are cut",
          "[websocket][MQTT-6.0.0-1][regression]") {
    for (const std::size_t step : {std::size_t{1}, std::size_t{3}, std::size_t{200}, SIZE_MAX}) {
        websocket_framing framing;
        block_pool pool;
        output from(pool);
        std::string expected;
        for (std::size_t i = 0; i < 150; ++i) {
            const auto packet = packet_of(2 + i * i % 300);
            expected += frame_of(0x82, packet, false);
            const auto shared = pool.take(packet.size());
            shared->append(packet);
            if (i % 3 ==
                0) { // as a message with a packet identifier: the front copied, the rest shared
                from.append(packet.substr(0, 1));
                from.append(shared, 1);
            } else {
                from.append(packet);
            }
        }
        CHECK(written(framing, from, step) == expected);
        CHECK_FALSE(framing.has_unsent());
    }
}

TEST_CASE("a ping's answer waits for the end of the frame that is on its way", "[websocket]") {
    websocket_framing framing;
    block_pool pool;
    output from(pool);
    from.append(std::string_view("\x30\5ayloa", 7)); // a packet
    std::array<iovec, 8> parts;
    framing.gather(from, parts);
    framing.consume(from, 3); // header and one byte
    decoded(framing, frame_of(0x89, "!"), 100);
    CHECK(written(framing, from, 2) == std::string("\5ayloa\x8A\1!", 9));
}

TEST_CASE("output keeps the order of copied and shared bytes through partial writes", "[output]") {
    block_pool pool;
    output out(pool);
    const auto shared = pool.take(5000);
    shared->append(std::string(5000, 's'));
    std::string expected;
    for (int i = 0; i < 200; ++i) {
        const std::string text(static_cast<std::size_t>(i), static_cast<char>('a' + i % 26));
        out.append(text);
        out.append(shared, 4990);
        expected += text + std::string(10, 's');
    }
    CHECK(out.bytes() == expected.size());
    std::string seen;
    std::array<iovec, 3> parts;
    for (std::size_t step = 1; !out.empty(); step = step * 2 + 1) {
        const auto used = out.gather(parts);
        std::string some;
        for (std::size_t i = 0; i < used; ++i)
            some.append(static_cast<const char*>(parts[i].iov_base), parts[i].iov_len);
        some.resize(std::min(step, some.size()));
        seen += some;
        out.consume(some.size());
    }
    CHECK(seen == expected);
}

TEST_CASE("a deadline falls due in its tick, near or beyond the wheel's round, or never",
          "[timer]") {
    struct owner : timer_hook {};
    timer_wheel<owner> wheel;
    const steady_time start{std::chrono::hours(5)};
    owner soon, far, gone, none;
    wheel.advance(start, [](owner&) { FAIL("nothing is due"); });
    wheel.arm(soon, start + std::chrono::seconds(1));
    wheel.arm(far, start + std::chrono::hours(1));
    wheel.arm(gone, start + std::chrono::seconds(1));
    wheel.arm(none, never);
    gone.disarm();
    std::vector<owner*> due;
    const auto run_until = [&](std::chrono::seconds after) {
        for (auto at = start; at <= start + after; at += timer_wheel<owner>::tick)
            wheel.advance(at, [&](owner& fallen) { due.push_back(&fallen); });
    };
    run_until(std::chrono::seconds(2));
    CHECK(due == std::vector<owner*>{&soon});
    due.clear();
    wheel.advance(start + std::chrono::minutes(59), [&](owner& fallen) { due.push_back(&fallen); });
    CHECK(due.empty());
    wheel.advance(start + std::chrono::minutes(61), [&](owner& fallen) { due.push_back(&fallen); });
    CHECK(due == std::vector<owner*>{&far});
}
