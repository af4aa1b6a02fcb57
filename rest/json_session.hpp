// What one JSON WebSocket has open: its subscriptions, what it publishes, what it asks. Requests
// in, frames out; it reads and writes no socket. thread: its connection's
#pragma once

#include "rest/http_connection.hpp"
#include "rest/json_frames.hpp"
#include "rest/live_streams.hpp"
#include "rest/message_queue.hpp"
#include "rest/questions.hpp"
#include "rest/replay.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/unordered/unordered_flat_set.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace rest {

// What waits to be sent before no more requests are taken.
inline constexpr std::size_t json_output_bytes_max = 65'536;
// Publishes of one connection that wait for the broker, and their bytes.
inline constexpr std::size_t json_publishes_max = 1'000;
inline constexpr std::size_t json_publish_bytes_max = 1'048'576;
// Messages with manual_ack that are not acknowledged.
inline constexpr std::size_t json_inflight_max = 100;

class json_session final : public stream_control,
                           public std::enable_shared_from_this<json_session> {
public:
    json_session(http_connection& connection, stream_place place);

    // Carries a request out. requires: has_room()
    boost::asio::awaitable<void> take(json_request what);
    // Whether the next request may come.
    bool has_room() const {
        return output.size() < json_output_bytes_max && publishes_ < json_publishes_max &&
               publish_bytes_ < json_publish_bytes_max;
    }

    // Moves what waits into the output.
    void fill(mqtt::steady_time now);
    mqtt::steady_time next_moment() const;
    bool is_ordered_to_end() const { return ordered_to_end_; }
    void append(std::string_view text); // as a frame

    // The connection is gone, or another user's from here on: nothing of the broker is touched any
    // more, and nobody is told.
    void close();

    // stream_control
    void change(filter_change wanted, changed done) override;
    void end() override;

    stream_place place;
    std::string output; // frames; a message may make it larger than json_output_bytes_max

private:
    // Filters of one request that have the same terms.
    struct group {
        group(queue_room& room, queue_rules rules, std::function<void()> wake)
            : queue(room, rules, std::move(wake)) {}

        std::optional<std::uint64_t> number; // of the request
        bool parse = false;
        bool manual_ack = false;
        message_queue queue;
        std::optional<replay> past{};
        std::unique_ptr<mqtt::local_client::subscription> subscription{}; // ends first
    };
    struct open_publish;

    boost::asio::awaitable<void> subscribe(json_request what);
    boost::asio::awaitable<void> catch_up(std::shared_ptr<group> to, const resume_point& from);
    std::shared_ptr<group> make_group(const json_request& what, mqtt::subscribe_request wanted,
                                      std::chrono::milliseconds every,
                                      std::vector<mqtt::reason>& verdicts);
    std::shared_ptr<group> begin_group(const json_request& what, const resume_point& from,
                                       std::span<const std::size_t> places,
                                       std::vector<mqtt::reason>& answer);
    void unsubscribe(const json_request& what);
    void settle_next(std::shared_ptr<filter_change> wanted, std::size_t number, changed done);
    filter_outcome change_now(const filter_change& wanted);
    bool remove_filter(std::string_view filter);
    void forget_empty_groups();
    boost::asio::awaitable<void> get(json_request what);
    void publish(json_request what);
    void ask(json_request what);
    void publish_settled(std::shared_ptr<open_publish> one);
    void tell_published(const json_request& what, const mqtt::publish_outcome& outcome);
    void acknowledge(const std::string& id);
    void refuse(std::optional<std::uint64_t> number, const problem& why) {
        append(error_answer(number, why));
    }
    group* next_group(mqtt::steady_time now);
    bool may_send(const group& from) const {
        return !from.manual_ack || unacknowledged_.size() < json_inflight_max;
    }
    void append_message(group& from, const message_queue::entry& what);
    std::size_t filters_besides(const std::vector<std::string>& others) const;
    void show_filters();

    http_connection& connection_;
    queue_room room_;
    std::vector<std::shared_ptr<group>> groups_;              // at most filters_max
    std::unique_ptr<questions> questions_;                    // null: nothing was asked yet
    boost::unordered_flat_set<std::uint64_t> unacknowledged_; // at most json_inflight_max
    std::size_t publishes_ = 0;
    std::size_t publish_bytes_ = 0;
    bool closed_ = false;
    bool ordered_to_end_ = false;
};

} // namespace rest
