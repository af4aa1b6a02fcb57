// A broker without sockets, and peers that speak to it in packets and read its answers as lines.
#pragma once

#include "mqtt/broker/broker.hpp"
#include "mqtt/session/packet_text.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace script {

using namespace std::chrono_literals;

// Lines of the journal, kept.
class kept_journal final : public mqtt::journal {
public:
    bool wants_packets() const override { return packets; }
    void packet(const mqtt::packet_fact& what) override {
        lines.push_back(mqtt::line_of(what));
        for (const auto& line : what.lines)
            lines.push_back("\t" + line);
    }
    void connection(std::string_view line) override { lines.emplace_back(line); }
    void subscribed(std::string_view line) override { lines.emplace_back(line); }
    void unsubscribed(std::string_view line) override { lines.emplace_back(line); }

    bool packets = false;
    std::vector<std::string> lines;
};

// Writes nothing before it is told to.
class slow_store final : public mqtt::store {
public:
    bool keeps() const override { return true; }
    bool holds() const override { return true; }
    mqtt::store_position put(std::vector<mqtt::store_change>& changes,
                             std::vector<mqtt::joint_part>& joint, std::uint8_t,
                             std::uint64_t) override {
        joint.clear();
        for (auto& each : changes)
            told.push_back(std::move(each));
        changes.clear();
        return ++last;
    }
    mqtt::store_position keep_retained(const mqtt::message_ptr&,
                                       const mqtt::message_ptr&) override {
        return mqtt::this_turn;
    }
    mqtt::store_position safe(std::uint8_t) const override { return written; }
    mqtt::store_position refused(std::uint8_t) const override { return full_at; }
    bool has_room() const override { return room; }
    mqtt::session_key next_session() override { return ++sessions; }
    mqtt::entry_key next_entry() override { return ++entries; }

    std::vector<mqtt::store_change> told;
    mqtt::store_position last = 0;
    mqtt::store_position written = 0;
    mqtt::store_position full_at = 0;
    mqtt::session_key sessions = 0;
    mqtt::entry_key entries = 0;
    bool room = true;
};

// One shard of a broker with a clock that stands still until it is moved.
class stage {
public:
    explicit stage(mqtt::limits bounds = {}, mqtt::access* door = nullptr,
                   mqtt::store* kept = nullptr);

    void begin() { hub->begin_turn({now, wall}); }
    void pass(std::chrono::milliseconds time); // moves the clock and lets deadlines fall due

    mqtt::anonymous_access open_door{true};
    mqtt::memory_store memory;
    kept_journal journal;
    std::unique_ptr<mqtt::shared_state> common;
    std::unique_ptr<mqtt::broker> hub;
    mqtt::listener_limits listener;
    mqtt::steady_time now{std::chrono::hours(1)};
    mqtt::wall_time wall{std::chrono::hours(24 * 365 * 55)};
};

struct connect_options {
    mqtt::version version = mqtt::version::v3_1_1;
    bool clean_start = true;
    std::uint16_t keep_alive = 0;
    std::optional<mqtt::will> will{};
    mqtt::properties props{};
};

// One connection's other end.
class peer final : public mqtt::link {
public:
    explicit peer(stage& where);
    ~peer() override;

    // Sends bytes; the broker works a whole turn on them.
    void send_bytes(std::string_view bytes);
    void connect(std::string_view client_id, connect_options options = {});
    void subscribe(std::string_view filter, mqtt::qos level, std::uint16_t id = 1);
    void send(const mqtt::subscribe& packet);
    void send(const mqtt::unsubscribe& packet);
    void publish(std::string_view topic, std::string_view payload,
                 mqtt::qos level = mqtt::qos::at_most_once, std::uint16_t id = 0,
                 bool retain = false, bool dup = false);
    void send(const mqtt::publish& packet);
    void send(const mqtt::auth& packet);
    void acknowledge(mqtt::packet_type type, std::uint16_t id,
                     mqtt::reason code = mqtt::reason::success);
    void disconnect(mqtt::reason code = mqtt::reason::success);
    void drop(); // the network is gone

    // What came since the last call, a line a packet, and "closed" at the end when the broker
    // closed.
    std::vector<std::string> received();
    std::string received_bytes();

    void resume() override { resumed = true; }
    void abandon() override { abandoned = true; }

    mqtt::connection machine;
    mqtt::version level = mqtt::version::v3_1_1;
    bool resumed = false;
    bool abandoned = false;

private:
    std::string describe(const mqtt::frame& packet) const;

    stage& where_;
    std::string pending_;
    bool gone_ = false;
    bool told_closed_ = false;
};

using lines = std::vector<std::string>;

} // namespace script
