// One webhook at work: takes messages from its session, has them called in their order, tries
// again, gives up, and says what is done. All of the outside is behind `surroundings`, so that it
// has no clock, no socket and no thread of its own.
#pragma once

#include "rest/webhooks/circuit.hpp"
#include "rest/webhooks/delivery_log.hpp"
#include "rest/webhooks/delivery_queue.hpp"
#include "rest/webhooks/rate_meter.hpp"
#include "rest/webhooks/retry.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace rest::webhooks {

// What a webhook publishes: a dead letter, or what the endpoint answered.
struct outgoing {
    std::string topic;
    std::string payload;
    mqtt::publish_properties properties;
    mqtt::qos qos = mqtt::qos::at_least_once;
};

class surroundings {
public:
    virtual ~surroundings() = default;

    // Wants up to so many messages as soon as there is one: runner::came. Never twice at a time.
    virtual void take(std::size_t max) = 0;
    // These are done, as soon as what is to be published is published.
    virtual void finish(std::vector<std::uint64_t> ids, std::vector<outgoing> first) = 0;
    // Calls the endpoint: runner::answered.
    virtual void call(const definition& terms, const delivery& what) = 0;
    // The endpoint is gone for good: the webhook is to be kept so.
    virtual void disable() = 0;
    // For the log.
    virtual void tell(const std::string& line) = 0;
    // A delivery was given up: for those who watch events.
    virtual void tell_failure(const std::string& delivery_id, const std::string& error) = 0;
    // -1 to 1.
    virtual double dice() = 0;
};

struct counters {
    std::uint64_t delivered = 0; // messages
    std::uint64_t failed = 0;    // given up
    std::optional<mqtt::wall_time> last_success{};
    std::optional<mqtt::wall_time> last_failure{};
    std::string last_error{};
};

struct moment {
    mqtt::steady_time steady;
    mqtt::wall_time wall;
};

class runner {
public:
    // requires: outside outlives it
    runner(definition terms, surroundings& outside);

    // Other terms from now on.
    void change(definition terms, const moment& now);
    // Looks for what can be done now; also at next_due().
    void advance(const moment& now);
    mqtt::steady_time next_due() const;

    // What take() asked for.
    void came(std::vector<queued_message> messages, const moment& now);
    // How a call ended.
    void answered(std::uint64_t number, const call_outcome& outcome, const moment& now);

    // Messages that are sent once more, whatever became of them before.
    void replay(std::vector<queued_message> messages, const moment& now);
    // A delivery that has failed, or waits to be tried again, goes out now. False: there is none.
    bool retry(std::string_view id, const moment& now);

    const definition& terms() const { return terms_; }
    const delivery_queue& queue() const { return queue_; }
    const delivery_log& log() const { return log_; }
    const counters& counts() const { return counts_; }
    std::size_t extras() const { return extras_; } // replayed ones that wait
    double rate(mqtt::wall_time now) const { return rate_.per_second(now); }
    bool is_failing() const { return circuit_.is_open(); }

private:
    void take_more();
    void forget_expired();
    void drop_loops(std::vector<queued_message>& messages);
    void succeed(delivery& done, const call_outcome& outcome, const moment& now);
    void give_up(delivery& lost, const call_outcome& outcome, const moment& now);
    void finish(const delivery& done, std::vector<outgoing> first);
    outgoing dead_letter(const delivery& lost, const mqtt::message& what,
                         const std::string& error) const;
    std::optional<outgoing> answer_of(const delivery& done, const call_outcome& outcome) const;

    definition terms_;
    surroundings& outside_;
    delivery_queue queue_;
    circuit circuit_;
    delivery_log log_;
    counters counts_;
    rate_meter rate_;
    bool taking_ = false;
    std::size_t extras_ = 0;
};

// Messages of one take().
inline constexpr std::size_t take_max = 500;
// Messages that replays may add; beyond, they are refused.
inline constexpr std::size_t extras_max = 10'000;

} // namespace rest::webhooks
