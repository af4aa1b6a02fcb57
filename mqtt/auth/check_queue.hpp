// The dear work of looking at passwords and tokens, on threads of its own and never on the
// caller's. Each address has its turn, so that one who asks for much waits for itself.
#pragma once

#include "mqtt/auth/access.hpp"
#include "mqtt/auth/fair_queue.hpp"

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace mqtt {

// Checks that wait. A client may give up, and its check stays: so they are few, and one that is
// older than connect_deadline is not carried out any more.
inline constexpr std::size_t password_checks_max = 1024;
inline constexpr unsigned password_check_threads = 2;

class check_queue {
public:
    using clock = std::function<steady_time()>;

    // threads 0: somebody calls check_next() instead. They start with the first check.
    check_queue(unsigned threads, clock now);
    ~check_queue();
    check_queue(const check_queue&) = delete;
    check_queue& operator=(const check_queue&) = delete;

    // The verdict goes to answer by way of back; when there is no place, at once. thread: any
    void put(const std::string& address, std::function<decision()> verdict, access::executor back,
             access::decided answer);

    // The end begins: checks that wait are answered without being made, and no others are taken.
    // thread: any
    void close();
    // Waits for the checks that are being made, and forgets the others; from then on nobody is
    // called back. thread: any, while nobody's executor runs
    void stop();

    // Carries out one check; false: none is waiting.
    bool check_next();

private:
    struct check {
        std::function<decision()> verdict;
        steady_time asked_at;
        access::executor back;
        access::decided answer;
    };

    void work();
    static void tell(check asked, decision said);

    const unsigned threads_wanted_;
    const clock now_;
    std::mutex lock_; // all below
    std::condition_variable due_;
    fair_queue<check> waiting_{password_checks_max};
    bool closed_ = false;
    bool stopping_ = false;
    std::vector<std::thread> threads_;
};

} // namespace mqtt
