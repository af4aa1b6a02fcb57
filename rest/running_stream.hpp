// One stream while it runs: what it takes from its queue, how it ends, and what is changed about it
// from elsewhere. thread: its connection's
#pragma once

#include "rest/http_connection.hpp"
#include "rest/live_streams.hpp"
#include "rest/replay.hpp"
#include "rest/stream_options.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace rest {

// What one write carries; a message may be larger by itself.
inline constexpr std::size_t stream_part_bytes_max = 65'536;

// When the steady clock shows what the wall clock shows at a token's end; never: it has none.
mqtt::steady_time steady_end_of(const mqtt::identity& who);

class running_stream final : public stream_control {
public:
    running_stream(exchange& each, const stream_options& options, live_feed& feed,
                   stream_place place, mqtt::subscribe_request wanted);

    // Why it has to end though the caller would go on.
    enum class ending : std::uint8_t { none, enough, idle, overflow, token, ordered, stopping };
    ending end_now(mqtt::steady_time now) const;
    bool over() const { return connection().over(); }
    bool wants_more() const { return left_ > 0; }

    // Moves what waits into the part: everything that came in one turn leaves in one write.
    void fill(mqtt::steady_time now);
    void append_replayed(const std::vector<mqtt::message_ptr>& messages);
    // Messages that wait are thrown away: they are in history, or in the retained values that
    // follow.
    void forget_waiting();
    // What the caller missed can't be told: it hears so, and what is retained, so that its picture
    // is right from here on.
    void begin_anew();
    // When there is something to do, though no message comes.
    mqtt::steady_time next_moment() const;
    boost::asio::awaitable<bool> send();

    http_connection& connection() const { return each_.connection; }
    const stream_format& format() const { return options_.format; }

    // stream_control
    void change(filter_change wanted, changed done) override;
    void end() override;

    live_feed& feed;
    std::string part{};
    std::optional<replay> past{}; // where it goes on from
    stream_place place;

private:
    void settle_next(std::shared_ptr<filter_change> wanted, std::size_t number, changed done);
    filter_outcome change_now(const filter_change& wanted);

    exchange& each_;
    const stream_options& options_;
    mqtt::subscribe_request wanted_;
    std::uint64_t left_; // messages until the end
    std::uint64_t told_ = 0;
    const mqtt::steady_time token_end_;
    mqtt::steady_time last_message_;
    bool ordered_to_end_ = false;
};

} // namespace rest
