// When a silent client counts as gone, MQTT 5 section 3.1.2.10.
#pragma once

#include "mqtt/types/clock.hpp"

#include <cstdint>

namespace mqtt {

class keep_alive {
public:
    void start(std::uint16_t seconds, steady_time now) {
        seconds_ = seconds;
        heard_ = now;
    }
    void heard(steady_time now) { heard_ = now; }
    std::uint16_t seconds() const { return seconds_; }

    // [MQTT3-3.1.2-24] [MQTT31-connect-13]
    // One and a half periods after the last packet [MQTT-3.1.2-22]; never when it is off.
    steady_time deadline() const {
        return seconds_ == 0 ? never : heard_ + std::chrono::milliseconds(seconds_ * 1500);
    }

private:
    steady_time heard_{};
    std::uint16_t seconds_ = 0;
};

} // namespace mqtt
