// Tickets: a short-lived stand-in for credentials where a browser can send none, in the URL of an
// EventSource or a WebSocket; section 12. Good for one stream. Shared by the services of the
// process. thread: any.
#pragma once

#include "mqtt/auth/identity.hpp"
#include "mqtt/types/clock.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace rest {

// What a ticket stands for, while it is good.
struct ticket {
    mqtt::identity who;        // with its filters in `only`
    std::string address_group; // where it was asked for, and where alone it can be used
    mqtt::steady_time use_by;  // its first use
    std::string target;        // digest of the URL that it opened; empty: none yet
    std::atomic<std::uint64_t> uses{0};
    std::atomic<mqtt::steady_time::rep> seen{0}; // when its stream was last alive
};

// One stream that a ticket has opened. Another use of the same URL ends it.
struct ticket_use {
    std::shared_ptr<ticket> of;
    std::uint64_t number = 0;

    // Whether it is still the last use. Says that its stream is alive.
    bool goes_on(mqtt::steady_time now) const;
};

class ticket_table {
public:
    static constexpr std::size_t tickets_max = 10'000;
    static constexpr std::size_t tickets_per_caller_max = 1000;
    // So long a stream that was cut off can be opened again.
    static constexpr std::chrono::minutes resumable_for{10};
    // So long one that nobody used is known to have been one.
    static constexpr std::chrono::minutes remembered_for{1};

    // The new ticket's text; nothing: there are too many. requires: who.only is set
    std::optional<std::string> make(const mqtt::identity& who, std::chrono::seconds good_for,
                                    mqtt::steady_time now);

    enum class outcome : std::uint8_t { good, unknown, expired, elsewhere, other_stream };
    struct result {
        outcome what = outcome::unknown;
        std::optional<ticket_use> use{};
    };
    // target: the request's, path and query.
    result use(std::string_view text, std::string_view address, std::string_view target,
               mqtt::steady_time now);

    std::size_t size() const;

private:
    bool is_over(const ticket& each, mqtt::steady_time now) const;

    mutable std::mutex lock_;
    // By digest, so that looking one up says nothing about another. bound: tickets_max
    std::unordered_map<std::string, std::shared_ptr<ticket>> tickets_;
};

} // namespace rest
