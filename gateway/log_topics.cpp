#include "gateway/log_topics.hpp"

#include "gateway/logging.hpp"

#include <deque>
#include <mutex>
#include <thread>
#include <utility>

namespace gateway {
namespace {

constexpr std::string_view root = "$SYS/broker/log/";

} // namespace

class log_topics::queue : public std::enable_shared_from_this<queue> {
public:
    queue(poster post, publisher publish) : post_(std::move(post)), publish_(std::move(publish)) {}

    void put(log_type type, std::string line) {
        {
            const std::lock_guard hold(lock_);
            // What publishing a line has to say would be the next line, without an end.
            if (closed_ || publishing_ == std::this_thread::get_id())
                return;
            if (waiting_.size() == lines_max) {
                ++dropped_;
                return;
            }
            waiting_.push_back({type, std::move(line)});
            if (std::exchange(posted_, true))
                return;
        }
        post_([self = shared_from_this()] { self->publish_all(); });
    }

    void close() {
        const std::lock_guard hold(lock_);
        closed_ = true;
        waiting_.clear();
    }

private:
    struct entry {
        log_type type;
        std::string line;
    };

    // Those that are there now; what comes meanwhile is posted anew, so that clients have a turn.
    void publish_all() {
        std::deque<entry> lines;
        std::size_t dropped = 0;
        {
            const std::lock_guard hold(lock_);
            posted_ = false;
            if (closed_)
                return;
            lines.swap(waiting_);
            dropped = std::exchange(dropped_, 0);
            publishing_ = std::this_thread::get_id();
        }
        for (const auto& each : lines)
            publish(each.type, each.line);
        if (dropped > 0)
            publish(log_type::warning, std::to_string(dropped) +
                                           " lines of the log are missing here: "
                                           "they came too fast.");
        const std::lock_guard hold(lock_);
        publishing_ = {};
    }

    void publish(log_type type, std::string_view line) {
        std::string topic(root);
        topic += row_of(type).topic;
        publish_(topic, line);
    }

    const poster post_;
    const publisher publish_;
    std::mutex lock_;           // all below
    std::deque<entry> waiting_; // bound: lines_max
    std::size_t dropped_ = 0;   // since the last time that lines were published
    bool posted_ = false;
    bool closed_ = false;
    std::thread::id publishing_; // nobody: none
};

log_topics::log_topics(poster post, publisher publish)
    : queue_(std::make_shared<queue>(std::move(post), std::move(publish))) {
    log::set_topic_sink(
        [queue = queue_](log_type type, std::string line) { queue->put(type, std::move(line)); });
}

log_topics::~log_topics() {
    log::set_topic_sink({});
    queue_->close();
}

} // namespace gateway
