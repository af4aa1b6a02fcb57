// Reads files on a thread of its own, because a disk may take its time. thread: any.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace rest {

class file_desk {
public:
    // Work that waits; beyond, it is not taken.
    static constexpr std::size_t waiting_max = 256;

    file_desk() = default;
    ~file_desk() { stop(); }
    file_desk(const file_desk&) = delete;
    file_desk& operator=(const file_desk&) = delete;

    // Runs work soon on the desk's thread. false: too much waits, or it has stopped.
    bool put(std::function<void()> work);
    // What waits is forgotten; what runs is waited for.
    void stop();

private:
    void run();

    std::mutex lock_;
    std::condition_variable came_;
    std::deque<std::function<void()>> waiting_; // bound: waiting_max
    std::thread thread_;                        // started by the first that is put
    bool stopped_ = false;
};

} // namespace rest
