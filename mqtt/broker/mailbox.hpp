// What one shard has for another: collected during a turn, handed over once at its end, with one
// wake-up.
#pragma once

#include "mqtt/broker/route.hpp"
#include "mqtt/types/message.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace mqtt {

struct remote_delivery {
    message_ptr what;
    route to;                              // recipients on the receiving shard only
    std::shared_ptr<shared_group> group{}; // not null: the only recipient is one of its members
    std::uint64_t replaces = 0;            // an entry of the ledger that is gone with it; 0: none
    std::uint8_t origin = 0;               // shard that waits for the tally
    std::uint64_t receipt = 0;             // 0: nobody waits
    bool await = false;                    // the receipt is told of each acknowledgement, too
    bool joint = false; // kept with the identifier of its sender, or not at all; has a receipt
};

// How a remote delivery went, back to where it came from.
struct delivery_tally {
    std::uint64_t receipt = 0;
    std::uint32_t sent = 0;
    std::uint32_t queued = 0;
    std::uint32_t awaited = 0; // acknowledgements that will be told
    bool acknowledged = false; // one of them: nothing else is in it
};

struct letters {
    std::vector<remote_delivery> deliveries;
    std::vector<delivery_tally> tallies;

    bool empty() const { return deliveries.empty() && tallies.empty(); }
};

class mailbox {
public:
    // A sender that finds more deliveries than this waiting stops reading from its clients for a
    // while.
    static constexpr std::size_t deliveries_max = 50'000;

    explicit mailbox(std::function<void()> wake) : wake_(std::move(wake)) {}

    // thread: any. Takes the contents of the batch; keeps its order.
    void put(letters& batch) {
        bool was_empty = false;
        {
            const std::lock_guard hold(lock_);
            was_empty = waiting_.empty();
            append(waiting_.deliveries, batch.deliveries);
            append(waiting_.tallies, batch.tallies);
            count_.store(waiting_.deliveries.size(), std::memory_order_relaxed);
        }
        if (was_empty)
            wake_();
    }

    // thread: the owner's.
    letters take() {
        const std::lock_guard hold(lock_);
        count_.store(0, std::memory_order_relaxed);
        return std::exchange(waiting_, {});
    }

    bool is_crowded() const { return count_.load(std::memory_order_relaxed) > deliveries_max; }

private:
    template <class T>
    static void append(std::vector<T>& to, std::vector<T>& from) {
        to.insert(to.end(), std::make_move_iterator(from.begin()),
                  std::make_move_iterator(from.end()));
        from.clear();
    }

    std::function<void()> wake_;
    std::mutex lock_; // never held together with shared_state's
    letters waiting_; // bound: deliveries_max and one turn of each sender
    std::atomic<std::size_t> count_{0};
};

} // namespace mqtt
