// See ESP8266WiFi.h: the library's calls, printed.
#pragma once

#include "ESP8266WiFi.h"

#include <functional>

class PubSubClient {
public:
    explicit PubSubClient(WiFiClient&) {}
    void setServer(const char*, uint16_t) {}
    void setCallback(std::function<void(char*, uint8_t*, unsigned int)> callback) { callback_ = callback; }
    bool connect(const char* id, const char* topic, uint8_t qos, bool retain, const char* payload) {
        std::printf("connect %s will %s %d %d %s\n", id, topic, qos, retain, payload);
        return connected_ = true;
    }
    bool publish(const char* topic, const char* payload, bool retained = false) {
        if (connected_)
            std::printf("publish %s %s %d\n", topic, payload, retained);
        return connected_;
    }
    bool subscribe(const char* topic, uint8_t qos) {
        std::printf("subscribe %s %d\n", topic, qos);
        return true;
    }
    bool connected() const { return connected_; }
    bool loop() { return connected_; }

    void lose() { connected_ = false; }
    void receive(const char* topic, const char* payload) {
        auto name = std::string(topic);
        auto bytes = std::string(payload);
        callback_(name.data(), reinterpret_cast<uint8_t*>(bytes.data()), static_cast<unsigned>(bytes.size()));
    }

private:
    std::function<void(char*, uint8_t*, unsigned int)> callback_;
    bool connected_ = false;
};
