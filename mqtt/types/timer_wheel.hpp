// Deadlines of many owners, coarsely: 250 ms a slot. Arming costs a list insertion; nothing is ever
// sorted.
#pragma once

#include "mqtt/types/clock.hpp"

#include <boost/intrusive/list.hpp>

#include <array>
#include <cstddef>
#include <cstdint>

namespace mqtt {

// A base of whatever has a deadline; leaves its wheel when it is destroyed.
class timer_hook : public boost::intrusive::list_base_hook<
                       boost::intrusive::tag<struct timer_tag>,
                       boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
public:
    steady_time deadline() const { return deadline_; }
    void disarm() { unlink(); }

private:
    template <class Owner>
    friend class timer_wheel;
    steady_time deadline_ = never;
};

template <class Owner>
class timer_wheel {
public:
    static constexpr std::chrono::milliseconds tick{250};

    // Replaces an earlier deadline. never: disarms.
    void arm(Owner& owner, steady_time deadline) {
        timer_hook& hook = owner;
        hook.unlink();
        hook.deadline_ = deadline;
        if (deadline != never)
            slots_[slot_of(deadline)].push_back(owner);
    }

    // Calls expired(owner) for each whose deadline has come; the owner is disarmed before and may
    // be destroyed in it.
    template <class Expired>
    void advance(steady_time now, Expired expired) {
        const auto last = number_of(now);
        auto first = seen_ == 0 ? last - 1 : seen_;
        if (last - first > slot_count)
            first = last - slot_count;
        for (auto number = first; number <= last; ++number)
            sweep(slots_[number % slot_count], now, expired);
        seen_ = last;
    }

private:
    static constexpr std::uint64_t slot_count = 256;
    using slot = boost::intrusive::list<Owner, boost::intrusive::base_hook<timer_hook>,
                                        boost::intrusive::constant_time_size<false>>;

    static std::uint64_t number_of(steady_time at) {
        return static_cast<std::uint64_t>(at.time_since_epoch() / tick);
    }
    static std::size_t slot_of(steady_time at) { return number_of(at) % slot_count; }

    template <class Expired>
    void sweep(slot& from, steady_time now, Expired& expired) {
        slot due;
        due.swap(from);
        while (!due.empty()) {
            Owner& owner = due.front();
            timer_hook& hook = owner;
            hook.unlink();
            if (hook.deadline_ <= now)
                expired(owner);
            else
                from.push_back(owner); // a later round of the wheel
        }
    }

    std::array<slot, slot_count> slots_;
    std::uint64_t seen_ = 0;
};

} // namespace mqtt
