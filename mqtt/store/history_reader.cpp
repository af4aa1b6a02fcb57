#include "mqtt/store/history_reader.hpp"

#include "mqtt/store/history_search.hpp"

#include <sqlite3.h>
#include <utility>

namespace mqtt {
namespace {

// Steps of SQLite's machine between two looks at the clock: some microseconds.
constexpr int steps_between_looks = 10'000;

moment now() {
    return {std::chrono::steady_clock::now(), std::chrono::system_clock::now()};
}

} // namespace

history_reader::history_reader(const std::string& path, std::vector<history_rule> rules,
                               barrier written, bool own_thread)
    : rules_(std::move(rules)), written_(std::move(written)),
      in_(std::make_unique<database>(path, database::how::read)),
      search_(std::make_unique<history_search>(*in_)) {
    sqlite3_progress_handler(
        in_->handle(), steps_between_looks,
        [](void* self) { return static_cast<history_reader*>(self)->is_late(); }, this);
    if (own_thread)
        thread_ = std::thread([this] { work(); });
}

history_reader::~history_reader() {
    stop();
}

int history_reader::is_late() const {
    return giving_up_ || std::chrono::steady_clock::now() > give_up_at_ ? 1 : 0;
}

// What the answer holds belongs to the one behind `back`, and so does its end.
template <class T, class Work>
void history_reader::ask(executor back, answer<T> then, Work work) {
    put({std::chrono::steady_clock::now(), std::move(back),
         [then = std::move(then), work = std::move(work)](history_search* search, reason refusal,
                                                          executor back) mutable {
             mqtt::result<T> found = refusal;
             if (search != nullptr) {
                 try {
                     found = work(*search);
                 } catch (const database_error& failure) {
                     const bool late = (failure.code() & 0xFF) == SQLITE_INTERRUPT;
                     found = late || failure.is_busy() ? reason::server_busy
                                                       : reason::unspecified_error;
                 }
             }
             back([then = std::move(then), found = std::move(found)]() mutable {
                 then(std::move(found));
             });
         }});
}

void history_reader::find_topics(history_topics_query what, executor back,
                                 answer<history_topics> then) {
    ask<history_topics>(std::move(back), std::move(then),
                        [what = std::move(what)](history_search& search) {
                            return result<history_topics>(search.find_topics(what));
                        });
}

// thread: whichever says that it is written, if that has to be waited for
void history_reader::when_written(bool fresh, std::function<void()> ask_now) {
    if (fresh && written_)
        written_(std::move(ask_now));
    else
        ask_now();
}

void history_reader::find_messages(history_query what, executor back, answer<history_page> then) {
    const bool fresh = what.fresh;
    when_written(fresh,
                 [this, what = std::move(what), back = std::move(back), then = std::move(then)] {
                     ask<history_page>(back, then, [what](history_search& search) {
                         return search.find_messages(what, now());
                     });
                 });
}

void history_reader::find_series(series_query what, executor back, answer<series> then) {
    const bool fresh = what.fresh;
    when_written(
        fresh, [this, what = std::move(what), back = std::move(back), then = std::move(then)] {
            ask<series>(back, then,
                        [what](history_search& search) { return search.find_series(what); });
        });
}

void history_reader::put(query what) {
    auto refusal = reason::success;
    {
        const std::scoped_lock hold(lock_);
        if (stopping_)
            return; // nobody is there to be told
        if (closed_)
            refusal = reason::server_shutting_down;
        else if (waiting_.size() >= history_queries_max)
            refusal = reason::server_busy;
        else
            waiting_.push_back(std::move(what));
    }
    if (refusal == reason::success)
        due_.notify_one();
    else
        what.answer(nullptr, refusal, std::move(what.back));
}

void history_reader::close() {
    std::deque<query> refused;
    {
        const std::scoped_lock hold(lock_);
        closed_ = true;
        refused.swap(waiting_);
    }
    due_.notify_all();
    for (auto& each : refused)
        each.answer(nullptr, reason::server_shutting_down, std::move(each.back));
}

void history_reader::stop() {
    {
        const std::scoped_lock hold(lock_);
        closed_ = stopping_ = true;
        waiting_.clear();
    }
    due_.notify_all();
    giving_up_ = true;
    if (thread_.joinable())
        thread_.join();
}

void history_reader::work() {
    for (;;) {
        {
            std::unique_lock hold(lock_);
            due_.wait(hold, [this] { return closed_ || !waiting_.empty(); });
            if (closed_)
                return;
        }
        answer_next();
    }
}

bool history_reader::answer_next() {
    query next;
    {
        const std::scoped_lock hold(lock_);
        if (waiting_.empty())
            return false;
        next = std::move(waiting_.front());
        waiting_.pop_front();
    }
    give_up_at_ = next.asked_at + history_deadline;
    if (is_late() != 0) // nobody waits for the answer any more
        next.answer(nullptr, reason::server_busy, std::move(next.back));
    else
        next.answer(search_.get(), reason::success, std::move(next.back));
    return true;
}

} // namespace mqtt
