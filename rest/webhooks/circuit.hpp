// Whether an endpoint is worth calling. After so many failures in a row it is left alone, but for a
// single call now and then that finds out whether it is back.
#pragma once

#include "mqtt/types/clock.hpp"

#include <algorithm>
#include <chrono>

namespace rest::webhooks {

class circuit {
public:
    static constexpr unsigned failures_max = 10; // in a row
    static constexpr std::chrono::seconds first_pause{5};
    static constexpr std::chrono::seconds longest_pause{300};

    bool is_open() const { return failures_ >= failures_max; }
    // Whether a call may begin now.
    bool allows(mqtt::steady_time now) const {
        return !is_open() || (!probing_ && now >= probe_at_);
    }
    // When a call may begin that may not begin now; never: a probe is under way.
    mqtt::steady_time allows_at() const {
        return !is_open() ? mqtt::steady_time::min() : probing_ ? mqtt::never : probe_at_;
    }

    void begun() { probing_ = is_open(); }
    void succeeded() {
        failures_ = 0;
        probing_ = false;
        pause_ = first_pause;
    }
    // Calls that began before it opened may fail afterwards: they do not make the pause longer.
    void failed(mqtt::steady_time now) {
        const bool was_probe = probing_;
        probing_ = false;
        if (failures_ < failures_max)
            ++failures_;
        if (!is_open())
            return;
        if (was_probe)
            pause_ = std::min(pause_ * 2, longest_pause);
        probe_at_ = now + pause_;
    }
    // Somebody says that it is back: the next call finds out.
    void look_now() { probe_at_ = {}; }

private:
    unsigned failures_ = 0;
    bool probing_ = false;
    std::chrono::seconds pause_ = first_pause;
    mqtt::steady_time probe_at_{};
};

} // namespace rest::webhooks
