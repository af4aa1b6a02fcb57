#include "mqtt/auth/check_queue.hpp"

#include "mqtt/types/limits.hpp"

#include <utility>

namespace mqtt {
namespace {

// "203.0.113.7:51234" without the port: what one client can't have many of.
std::string host_of(const std::string& address) {
    return address.substr(0, address.rfind(':'));
}

} // namespace

check_queue::check_queue(unsigned threads, clock now)
    : threads_wanted_(threads), now_(std::move(now)) {}

check_queue::~check_queue() {
    stop();
}

// A check without a place is answered on the thread of whoever asked, at once.
void check_queue::put(const std::string& address, std::function<decision()> verdict,
                      access::executor back, access::decided answer) {
    check asked{std::move(verdict), now_(), std::move(back), std::move(answer)};
    std::unique_lock hold(lock_);
    if (closed_) {
        hold.unlock();
        return asked.answer(reason::server_shutting_down);
    }
    while (threads_.size() < threads_wanted_)
        threads_.emplace_back([this] { work(); });
    auto displaced = waiting_.put(host_of(address), std::move(asked));
    hold.unlock();
    due_.notify_one();
    if (displaced)
        tell(std::move(*displaced), {reason::server_busy, "too many others are being checked"});
}

void check_queue::close() {
    std::unique_lock hold(lock_);
    closed_ = true;
    auto waiting = std::exchange(waiting_, fair_queue<check>(password_checks_max));
    hold.unlock();
    due_.notify_all();
    while (auto each = waiting.take())
        tell(std::move(*each), reason::server_shutting_down);
}

void check_queue::stop() {
    std::vector<std::thread> ending;
    {
        const std::scoped_lock hold(lock_);
        closed_ = stopping_ = true;
        ending.swap(threads_);
    }
    due_.notify_all();
    for (auto& thread : ending)
        thread.join();
    std::unique_lock hold(lock_);
    const auto forgotten = std::exchange(waiting_, fair_queue<check>(password_checks_max));
    hold.unlock();
}

void check_queue::work() {
    for (;;) {
        {
            std::unique_lock hold(lock_);
            due_.wait(hold, [this] { return closed_ || !waiting_.empty(); });
            if (closed_)
                return;
        }
        check_next();
    }
}

bool check_queue::check_next() {
    std::unique_lock hold(lock_);
    auto asked = waiting_.take();
    hold.unlock();
    if (!asked)
        return false;
    const bool late = now_() - asked->asked_at > connect_deadline;
    auto said = late ? decision(reason::server_busy, "nobody waits for the answer any more")
                     : asked->verdict();
    hold.lock();
    const bool stopping = stopping_;
    hold.unlock();
    if (!stopping)
        tell(std::move(*asked), std::move(said));
    return true;
}

// Nothing of the check may end on this thread: what the answer holds belongs to the one behind
// `back`.
void check_queue::tell(check asked, decision said) {
    const auto back = std::move(asked.back);
    back([answer = std::move(asked.answer), said = std::move(said)] { answer(said); });
}

} // namespace mqtt
