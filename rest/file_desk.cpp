#include "rest/file_desk.hpp"

#include <utility>

namespace rest {

bool file_desk::put(std::function<void()> work) {
    const std::scoped_lock hold(lock_);
    if (stopped_ || waiting_.size() >= waiting_max)
        return false;
    waiting_.push_back(std::move(work));
    if (!thread_.joinable())
        thread_ = std::thread([this] { run(); });
    came_.notify_one();
    return true;
}

void file_desk::run() {
    for (;;) {
        std::function<void()> next;
        {
            std::unique_lock hold(lock_);
            came_.wait(hold, [this] { return stopped_ || !waiting_.empty(); });
            if (stopped_)
                return;
            next = std::move(waiting_.front());
            waiting_.pop_front();
        }
        next();
    }
}

void file_desk::stop() {
    std::deque<std::function<void()>> forgotten; // ends behind the lock
    {
        const std::scoped_lock hold(lock_);
        stopped_ = true;
        forgotten.swap(waiting_);
        came_.notify_one();
    }
    if (thread_.joinable())
        thread_.join();
}

} // namespace rest
