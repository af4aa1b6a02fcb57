// log_dest topic: lines of the log as messages on $SYS/broker/log/<letter>, mosquitto's names.
// Takes them from any thread, and hands them to the one that publishes; what comes faster than that
// goes is dropped and counted.
#pragma once

#include "gateway/log_settings.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace gateway {

class log_topics {
public:
    // Lines that wait to be published.
    static constexpr std::size_t lines_max = 1000;
    // Whoever is away for so long gets yesterday's lines no more; as mosquitto.
    static constexpr std::chrono::seconds lifetime{20};

    using work = std::function<void()>;
    using poster = std::function<void(work)>; // thread: any
    using publisher = std::function<void(std::string_view topic, std::string_view line)>;

    // Becomes the log's topic sink. post: brings work to the thread that publishes; publish: is
    // called there. requires: post may be called while this lives; publish, while posted work runs
    log_topics(poster post, publisher publish);
    ~log_topics();
    log_topics(const log_topics&) = delete;
    log_topics& operator=(const log_topics&) = delete;

private:
    class queue;
    std::shared_ptr<queue> queue_; // also held by work that is posted and has not run
};

} // namespace gateway
