// History, asked from any thread and answered by one of its own, with a connection that only reads:
// a long look into the past makes nobody wait but those who look, too.
#pragma once

#include "mqtt/store/history.hpp"

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

namespace mqtt {

class history_search;
class database;

// Queries that wait; beyond, the answer is server_busy.
inline constexpr std::size_t history_queries_max = 256;
// From the question to the end of the answer; what takes longer is given up as server_busy.
inline constexpr std::chrono::seconds history_deadline{10};

class history_reader final : public history {
public:
    // Runs the function, on whatever thread, once all that was handed to the store before can be
    // read; see history_query::fresh. Empty: it always can.
    using barrier = std::function<void(std::function<void()>)>;

    // own_thread: otherwise somebody calls answer_next(). requires: the database has the tables of
    // today. Throws database_error.
    history_reader(const std::string& path, std::vector<history_rule> rules, barrier written = {},
                   bool own_thread = true);
    ~history_reader() override;
    history_reader(const history_reader&) = delete;
    history_reader& operator=(const history_reader&) = delete;

    void find_topics(history_topics_query what, executor back,
                     answer<history_topics> then) override;
    void find_messages(history_query what, executor back, answer<history_page> then) override;
    void find_series(series_query what, executor back, answer<series> then) override;
    std::span<const history_rule> rules() const override { return rules_; }

    // The end begins: what waits is answered with server_shutting_down, and so is what comes.
    // thread: any
    void close();
    // Waits for the query that is being answered; from then on nobody is called back. thread: any,
    // while nobody's executor runs
    void stop();

    // Answers one query; false: none is waiting.
    bool answer_next();

private:
    struct query {
        steady_time asked_at;
        executor back;
        std::function<void(history_search*, reason, executor)> answer; // null: refused
    };
    template <class T, class Work>
    void ask(executor back, answer<T> then, Work work);
    void when_written(bool fresh, std::function<void()> ask_now);
    void put(query what);
    void work();
    int is_late() const;

    const std::vector<history_rule> rules_;
    const barrier written_;
    std::unique_ptr<database> in_;
    std::unique_ptr<history_search> search_;
    steady_time give_up_at_{};
    std::atomic<bool> giving_up_{false}; // whatever is being read

    std::mutex lock_; // all below
    std::condition_variable due_;
    std::deque<query> waiting_; // at most history_queries_max
    bool closed_ = false;
    bool stopping_ = false;
    std::thread thread_;
};

} // namespace mqtt
