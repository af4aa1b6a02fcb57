// The store in one SQLite file. One thread writes: what came while it was busy with one transaction
// is the next, so that thousands of acknowledgements share one write to the disk.
#pragma once

#include "mqtt/store/change_writer.hpp"
#include "mqtt/store/database.hpp"
#include "mqtt/store/history_reader.hpp"
#include "mqtt/store/history_table.hpp"
#include "mqtt/store/late_history.hpp"
#include "mqtt/store/store.hpp"
#include "mqtt/store/store_lock.hpp"
#include "mqtt/store/store_settings.hpp"
#include "mqtt/store/stored_state.hpp"
#include "mqtt/store/turn_queue.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace mqtt {

// Changes that may wait for the disk; beyond, nothing that has to be kept is taken.
inline constexpr std::size_t changes_waiting_max = 1'000'000;
// So many are not left to wait, and nobody who sends messages is read from.
inline constexpr std::size_t changes_crowded_min = 250'000;
// With less than this left on the disk nothing that has to be kept is taken: what was taken before
// needs room, too.
inline constexpr std::uint64_t disk_reserve_bytes = 16U * 1024 * 1024;

// Whom the store tells what an operator should know. thread: any
struct store_listener {
    std::function<void(const std::string&)> notice;
    std::function<void(const std::string&)> error;
    // Nothing can be kept any more. Must end the process: the store does not come back.
    std::function<void(const std::string&)> failed;
};

class sqlite_store final : public store {
public:
    static constexpr const char* file_name = "sluice.db";

    sqlite_store(const store_settings& chosen, store_listener told);
    ~sqlite_store() override;

    // Opens or makes the file. Throws std::runtime_error with a sentence for the operator.
    void open();

    // Shows what an earlier run has left. requires: called once, between open() and start(). Throws
    // as above.
    load_counts load(stored_state_reader& into, const std::function<void(std::uint64_t)>& progress);
    // Begins to write. wake: called when something that a shard put is safe or refused. thread of
    // wake: the writer's
    void start(std::size_t shards, std::function<void(std::size_t)> wake);
    // Who asks for history from now on is refused. thread: any
    void close_history();
    // Writes what is left, and closes. requires: nobody puts any more
    void stop();
    // Null: no topic has any.
    mqtt::history* history() { return rules_.empty() ? nullptr : &history_; }

    // What public ids begin with, and the id behind which this run's begin.
    const std::string& epoch() const { return epoch_; }
    std::uint64_t last_id() const { return last_id_; }
    const std::string& path() const { return path_; }

    bool keeps() const override { return true; }
    bool holds() const override { return interval_.count() == 0; }
    store_position put(std::vector<store_change>& changes, std::vector<joint_part>& joint,
                       std::uint8_t shard, std::uint64_t newest_id) override;
    store_position keep_retained(const message_ptr& now, const message_ptr& before) override;
    store_position keep_history(const message_ptr& what) override;
    store_position safe(std::uint8_t shard) const override {
        return of_shards_[shard].safe.load(std::memory_order_acquire);
    }
    store_position refused(std::uint8_t shard) const override {
        return of_shards_[shard].refused.load(std::memory_order_acquire);
    }
    bool has_room() const override {
        return has_room_.load(std::memory_order_relaxed) &&
               waiting_.load(std::memory_order_relaxed) < changes_waiting_max;
    }
    bool is_crowded() const override {
        return has_room_.load(std::memory_order_relaxed) && // else they are refused
               waiting_.load(std::memory_order_relaxed) >= changes_crowded_min;
    }
    store_counts read_counts() const override {
        return {static_cast<std::int64_t>(waiting_.load(std::memory_order_relaxed)),
                history_written_.load(std::memory_order_relaxed), commit_seconds_.read()};
    }
    session_key next_session() override { return next_session_.fetch_add(1); }
    entry_key next_entry() override { return next_entry_.fetch_add(1, std::memory_order_relaxed); }

private:
    struct input {
        std::vector<stored_turn> turns; // what can be written now; while it gathers: see queue_
        std::vector<retained_change> retained;                             // bound: retained topics
        boost::unordered_flat_map<std::uint64_t, std::size_t> retained_at; // id now -> place
        std::vector<std::size_t> retained_free;        // places of what came and went in between
        std::vector<message_ptr> history;              // bound: changes_waiting_max
        std::vector<std::function<void()>> afterwards; // bound: history_queries_max and requests
        std::uint64_t newest_id = 0;
    };

    void open_file();
    void take_retained(const message_ptr& now, std::uint64_t before);
    void run();
    bool wait_for_input(input& into);
    void write(input& taken);
    bool try_to_write(const change_plan& plan, const std::vector<message_ptr>& past);
    void write_history(const std::vector<message_ptr>& past, const moment& at);
    void trim_history();
    void when_written(std::function<void()> then);
    template <class Add>
    void add_input(Add add);
    void on_full(const input& taken);
    void look_at_room();
    void raise_safe(const std::vector<stored_turn>& written);
    void checkpoint(bool whole);

    const std::string folder_;
    const std::string path_;
    const std::chrono::milliseconds interval_;
    const std::vector<history_rule> rules_;
    late_history history_;
    store_listener told_;
    std::unique_ptr<store_lock> lock_;
    std::unique_ptr<database> file_;
    std::unique_ptr<change_writer> writer_;
    std::unique_ptr<history_table> past_;    // null: no topic has history
    std::unique_ptr<history_reader> reader_; // as past_
    wall_time trimmed_at_{};
    std::string epoch_;
    std::uint64_t last_id_ = 0;
    std::atomic<session_key> next_session_{1};
    std::atomic<entry_key> next_entry_{1};
    std::function<void(std::size_t)> wake_;

    std::mutex input_lock_; // held for a few instructions, never with another
    std::condition_variable came_;
    turn_queue queue_;
    input input_;
    bool is_fresh_ = false; // something came since the writer looked
    bool stopping_ = false;

    struct of_shard {
        store_position last = 0; // the shard's own
        std::atomic<store_position> safe{0};
        std::atomic<store_position> refused{0};
    };
    std::unique_ptr<of_shard[]> of_shards_;
    std::size_t shards_ = 0;
    std::atomic<std::size_t> waiting_{0}; // changes
    std::atomic<std::int64_t> history_written_{0};
    histogram commit_seconds_; // the writer's
    std::atomic<bool> has_room_{true};
    bool told_full_ = false;
    std::chrono::steady_clock::time_point looked_at_{};
    int wal_pages_ = 0; // in the WAL, not yet in the file
    std::thread thread_;
};

} // namespace mqtt
