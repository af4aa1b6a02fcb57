// A plain MQTT 5 client for measurements, over TCP or over WebSocket. thread: one
#pragma once

#include "gateway/contrast/counted_socket.hpp"
#include "gateway/contrast/mqtt_text.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gateway {

class mqtt_probe {
public:
    // Connects, as what says. requires: to and limit outlive it
    mqtt_probe(const remote_address& to, const patience& limit, const mqtt_text::connecting& what,
               bool websocket = false);

    void subscribe(std::string_view filter, unsigned qos);
    // The topic aliases that the server takes.
    std::uint16_t aliases_allowed() const { return aliases_allowed_; }

    void begin_publish(const mqtt_text::publishing& what);
    // What the server answers to it.
    void finish_publish();

    // Waits for a message; false: none came until then. Throws where it is not this payload.
    bool receive_until(contrast_time then, std::string_view payload);
    // The client's part of what follows a message of QoS 1 and 2.
    void finish_receive();

    void ping();
    void disconnect();

    const counted_socket& socket() const { return socket_; }

private:
    void open_websocket(const remote_address& to);
    void send(std::string_view packet);
    mqtt_text::received expect(mqtt_text::packet kind);
    std::optional<mqtt_text::received> next_until(contrast_time then);

    const patience& limit_;
    counted_socket socket_;
    bool websocket_;
    std::string unframed_;
    std::uint16_t aliases_allowed_ = 0;
    std::uint16_t id_ = 0;
    unsigned qos_ = 0; // of the message that is being published
    unsigned received_qos_ = 0;
    std::uint16_t received_id_ = 0;
};

} // namespace gateway
