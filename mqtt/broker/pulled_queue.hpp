// One session that is pulled: who has which of its messages for how long, and who waits for more.
// Knows the session's queue and the time that it is told; neither the broker nor the disk.
// thread: the session's shard.
#pragma once

#include "mqtt/broker/metrics.hpp"
#include "mqtt/broker/pull_session.hpp"
#include "mqtt/session/session.hpp"
#include "mqtt/types/timer_wheel.hpp"

#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mqtt {

class pulled_queue final : public puller,
                           public timer_hook,
                           public std::enable_shared_from_this<pulled_queue> {
public:
    struct lease_record {
        steady_time until{};
        std::uint64_t holder = 0; // a stream; 0: whoever was given it
        std::uint32_t deliveries = 0;
        bool returned = false; // given back, and not shown since
        bool burying = false;  // it is on its way to the dead letters
    };
    using rights = std::function<bool(std::string_view topic)>;

    // requires: owner and counts outlive it
    pulled_queue(session& owner, pull_terms terms, bool reserved, metrics& counts);
    ~pulled_queue() override;
    pulled_queue(const pulled_queue&) = delete;
    pulled_queue& operator=(const pulled_queue&) = delete;

    // requires: not left
    session& owner() const { return *owner_; }
    // The session is gone.
    void leave();
    bool is_left() const { return owner_ == nullptr; }
    // Whom it counts for.
    const std::string& user() const { return user_; }
    bool is_reserved() const { return reserved_; }
    const pull_terms& terms() const { return terms_; }
    void set_terms(pull_terms terms) { terms_ = std::move(terms); }

    std::uint32_t queue_max() const override { return terms_.max_queued; }
    bool drops_oldest() const override { return !terms_.drop_newest; }
    void arrived() override { tell(pull_event::ready); }
    void made_room(std::size_t dropped) override;
    void refused() override { ++dropped_; }

    pull_batch peek(std::size_t max, steady_time now, const rights& may);
    pull_batch lease(std::size_t max, steady_time now, steady_time until, std::uint64_t holder,
                     const rights& may);
    std::size_t acknowledge(std::span<const std::uint64_t> ids);
    std::size_t acknowledge_up_to(std::uint64_t id, bool by_stream, steady_time now);
    std::size_t give_back(std::span<const std::uint64_t> ids, steady_time now, steady_time until);
    std::size_t extend(std::span<const std::uint64_t> ids, steady_time now, steady_time until);

    // The newest stream is the only one.
    void begin_stream(std::uint64_t holder, pull_watch replaced);
    bool is_stream(std::uint64_t holder) const { return holder == stream_; }
    void keep_stream(std::uint64_t holder, steady_time until);
    void end_stream(std::uint64_t holder, steady_time now);

    void watch(const pull_watch& told, steady_time now);
    bool is_waited_for();
    void tell(pull_event what);
    bool has_visible(steady_time now) const;
    // The next end of a lease; never: there is none.
    steady_time next_due(steady_time now) const;

    // Messages that have been leased as often as may be, and whose last lease has ended; they are
    // being buried from now on.
    std::vector<pull_message> take_given_up(steady_time now);
    // They are gone; it went wrong, and is to be tried again at that time.
    void bury(std::uint64_t id);
    void bury_later(std::uint64_t id, steady_time at);

    // What is remembered over a restart.
    const boost::unordered_flat_map<std::uint64_t, lease_record>& leases() const { return leases_; }
    void restore_lease(std::uint64_t id, const lease_record& one) { leases_[id] = one; }

    void describe(pull_description& into, steady_time now) const;

    // The end of the session that the disk knows.
    void set_kept_end(steady_time at) { kept_end_ = at; }
    steady_time kept_end() const { return kept_end_; }

private:
    using id_set = boost::unordered_flat_set<std::uint64_t>;

    std::uint32_t deliveries_of(std::uint64_t id) const;
    bool is_hidden(std::uint64_t id, steady_time now) const;
    bool is_given_up(const lease_record& one, steady_time now) const;
    pull_batch collect(std::size_t max, steady_time now, const rights& may);
    std::size_t take(id_set wanted);
    void forget_stale_leases();

    session* owner_;
    const std::string user_;
    pull_terms terms_;
    const bool reserved_;
    metrics& counts_;
    steady_time kept_end_{};
    // bound: the queue and as many again, see forget_stale_leases
    boost::unordered_flat_map<std::uint64_t, lease_record> leases_;
    std::vector<std::weak_ptr<const std::function<void(pull_event)>>>
        watches_; // bound: pull_waiting_max
    std::uint64_t stream_ = 0;
    pull_watch stream_replaced_;
    std::uint64_t acknowledged_ = 0;
    std::uint64_t dropped_ = 0;
    std::uint64_t given_up_ = 0;
};

} // namespace mqtt
