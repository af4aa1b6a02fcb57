// Contrasts that the process measures against its own listeners, for administrators: one at a time,
// on a thread of its own.
#pragma once

#include "gateway/contrast/contrast_table.hpp"
#include "gateway/settings.hpp"
#include "rest/administration.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <atomic>
#include <functional>
#include <mutex>
#include <thread>

namespace gateway {

class contrast_desk {
public:
    using answer = std::function<void(rest::contrast_outcome)>;

    contrast_desk() = default;
    ~contrast_desk() { stop(); }
    contrast_desk(const contrast_desk&) = delete;
    contrast_desk& operator=(const contrast_desk&) = delete;

    // There is a listener. thread: before any other is there
    void opened(const listener& rules, const boost::asio::ip::tcp::endpoint& where);

    // thread: any, but not while stop() runs
    void measure(rest::contrast_wanted wanted, answer told);

    // Ends what is under way; nothing is measured from then on.
    void stop();

private:
    contrast_question question_of(rest::contrast_wanted wanted) const;

    contrast_question where_; // port 0: nobody speaks MQTT without TLS
    std::atomic<bool> busy_{false};
    std::atomic<bool> ended_{false};
    std::mutex changing_; // of thread_
    std::thread thread_;
};

} // namespace gateway
