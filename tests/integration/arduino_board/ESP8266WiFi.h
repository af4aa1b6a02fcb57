// As much of a board, its network and an MQTT library as the sketch of the manual uses: what the
// sketch does is printed, a line each. For tests only; the names are those of the Arduino libraries.
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string>

constexpr uint8_t LED_BUILTIN = 2, D3 = 0;
constexpr int LOW = 0, HIGH = 1, OUTPUT = 1, INPUT_PULLUP = 2, HEX = 16, WL_CONNECTED = 3, WIFI_STA = 1;

inline unsigned long board_ms = 10'000;
inline int button_level = HIGH;

inline unsigned long millis() { return board_ms; }
inline void pinMode(uint8_t, int) {}
inline int digitalRead(uint8_t) { return button_level; }
inline void digitalWrite(uint8_t, int level) { std::printf("pin %s\n", level == LOW ? "LOW" : "HIGH"); }

class String {
public:
    String(const char* text) : text_(text) {}
    String(uint32_t number, int) {
        char shown[9];
        std::snprintf(shown, sizeof shown, "%x", static_cast<unsigned>(number));
        text_ = shown;
    }
    const char* c_str() const { return text_.c_str(); }
    friend String operator+(const String& left, const String& right) { return (left.text_ + right.text_).c_str(); }

private:
    std::string text_;
};

struct esp_chip {
    uint32_t getChipId() const { return 0xc0ffee; }
};
inline esp_chip ESP;

struct wifi_radio {
    void mode(int) {}
    void begin(const char*, const char*) {}
    int status() const { return WL_CONNECTED; }
};
inline wifi_radio WiFi;

class WiFiClient {};
