// One HTTP/1 connection: reads requests, has them answered in order, and lets handlers wait for
// messages while it watches whether the caller is still there. thread: the shard's.
#pragma once

#include "mqtt/broker/local_client.hpp"
#include "net/stream.hpp"
#include "rest/exchange.hpp"
#include "rest/live_streams.hpp"
#include "rest/message_queue.hpp"
#include "rest/reply.hpp"
#include "rest/request.hpp"
#include "rest/request_parser.hpp"
#include "rest/ticket_table.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/intrusive/list_hook.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace rest {

struct service_context;

inline constexpr std::chrono::seconds header_deadline{10}; // from its first byte
inline constexpr std::chrono::seconds idle_deadline{75};   // between requests
inline constexpr std::chrono::seconds body_stall{30};      // between two parts of a body
inline constexpr std::chrono::seconds write_stall{30};     // between two parts of an answer
// Between two parts of a body without end whose sender has nothing to say: a day. One who is no
// longer there is found out by TCP, within minutes.
inline constexpr std::chrono::seconds upload_pause_max{86'400};
inline constexpr std::chrono::seconds stream_stall{
    300}; // between two parts of a stream: its reader may pause
inline constexpr std::chrono::milliseconds stop_grace{
    500}; // what is being answered when the server stops

class http_connection : public std::enable_shared_from_this<http_connection>,
                        public boost::intrusive::list_base_hook<
                            boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
public:
    // by: how the connection came, and what it has proven; not null.
    http_connection(std::shared_ptr<service_context> context, std::unique_ptr<net::stream> bytes,
                    std::string already_read, std::shared_ptr<const mqtt::entry> by);
    ~http_connection();

    void start();
    void stop(); // the service stops
    // The rules have changed: who would not be let in any more is cut off.
    void look_again();
    // An administrator sends the caller away.
    void send_away() { cut_off(); }
    // Who was let in last; null: nobody yet.
    const mqtt::identity* who() const { return client_ ? &client_->who() : nullptr; }
    mqtt::wall_time since() const { return since_; }
    void abandon(); // the service is gone: touch nothing of the broker any more
    void sweep(mqtt::steady_time now);

    // --- for handlers ---

    service_context& context() { return *context_; }
    // requires: authenticate() has succeeded.
    mqtt::local_client& client() { return *client_; }
    // Lets the caller in, once for each credential that the connection shows. Refuses the exchange
    // otherwise.
    boost::asio::awaitable<void> authenticate(exchange& each);
    // Waits until client().authorized() can tell about the topic, or what the filter selects.
    boost::asio::awaitable<void> settle(mqtt::operation what, std::string_view topic_or_filter);
    boost::asio::awaitable<mqtt::publish_outcome> publish(const mqtt::publish_request& what);
    // What the answer says of the publisher's rate, for whoever publishes past publish().
    void note_rate(const mqtt::publish_outcome& outcome);

    // Ends early when notify() is called; never misses one that came before.
    boost::asio::awaitable<void> sleep_until(mqtt::steady_time when);
    void notify();
    // Where work of this connection's thread is posted from others.
    boost::asio::any_io_executor executor() { return sleeper_.get_executor(); }

    // Opens the place where messages of a subscription come in; null when there are too many.
    live_feed* open_feed(std::size_t messages_max, std::size_t bytes_max, queue_rules rules = {});
    void close_feed();
    // Its place among all that listen; nothing when there are too many.
    std::optional<stream_place> open_place(std::string_view transport);
    // The credentials that client() was let in with, wherever they came from.
    std::string_view shown_credentials() const {
        return shown_ ? std::string_view(*shown_).substr(0, shown_->find('\n'))
                      : std::string_view();
    }

    // From here on a caller that goes away is noticed at once: over() is true, and the sleeper
    // wakes.
    void watch_peer();
    void unwatch_peer();
    bool over() const { return over_; }

    // For routes that read their body themselves (body_kind::in_parts): the next part of it, which
    // holds until the next call; empty at the end of the body, or when over(). may_pause: the
    // sender may take his time, because nothing is begun that has to be finished. An error: the
    // body is broken, and nothing more of it can be read.
    boost::asio::awaitable<checked<std::string_view>> next_part(bool may_pause);

    // Sends the answers that wait for each other. false: the caller has gone.
    boost::asio::awaitable<bool> flush();
    // Writes the head of an answer whose body has no known length, then its parts. false: the
    // caller has gone.
    void begin_stream(exchange& each);
    boost::asio::awaitable<bool> send_part(std::string_view bytes);
    boost::asio::awaitable<bool> end_stream();
    // Queues a part, sends what the caller takes without waiting, and the rest as soon as he does,
    // whatever else is waited for. The sender bounds what is unsent.
    void put_part(std::string_view bytes);
    std::size_t unsent_bytes() const { return out_.size(); }

    // From behind this answer on the connection speaks something else, and the handler reads what
    // comes: the sleeper wakes for it, and it is taken by take_input. No more is read while that is
    // not done.
    void begin_upgrade(exchange& each);
    std::string take_input();
    // What has to be given back to the broker when the service ends before the handler; null: it
    // is done.
    void on_abandon(std::function<void()> give_back) { give_back_ = std::move(give_back); }

    // Where the request comes from: the peer, or whom a proxy that is trusted names.
    const mqtt::entry& caller() const { return caller_ ? *caller_ : *by_; }
    void find_caller(const exchange& each);
    // Lets in who shows these credentials, from here on and for nobody's next request; else refuses
    // the exchange. requires: find_caller()
    boost::asio::awaitable<void> present(exchange& each, mqtt::credentials presented);
    // Whether nobody on the way to the browser can read along, as far as we or a proxy know.
    bool is_secure() const;
    // Puts another body in the place of the one that came.
    void replace_body(std::string body) { request_.body = std::move(body); }

    // What the answer will have on the wire if its body has so many bytes.
    std::size_t answer_bytes(const exchange& each, std::size_t body_bytes);
    std::string_view request_id() const { return request_id_; }
    bool is_encrypted() const { return stream_->is_encrypted(); }
    const mqtt::entry& by() const { return *by_; }

private:
    enum class arrival { complete, gone, late, unreadable };

    static boost::asio::awaitable<void> run(std::shared_ptr<http_connection> self);
    boost::asio::awaitable<bool> serve_one();
    boost::asio::awaitable<arrival> read_header(boost::beast::error_code& failure);
    boost::asio::awaitable<arrival> read_body(boost::beast::error_code& failure);
    boost::asio::awaitable<void> answer(exchange& each);
    boost::asio::awaitable<bool> read_some();
    boost::asio::awaitable<void> linger();
    std::size_t parse(boost::beast::error_code& failure);
    void skip_body();
    problem fault_of(arrival how, boost::beast::error_code failure);
    void refuse_arrival(exchange& each, arrival how, boost::beast::error_code failure);
    bool fits(exchange& each);
    void keep_watching();
    void append_part(std::string_view bytes);
    void push();
    bool meet_expectation(exchange& each);
    void write_answer(exchange& each);
    void peer_is_readable();
    boost::asio::awaitable<boost::system::error_code> readable();
    void close();
    bool is_still_in(std::string_view shown, std::string_view address) const;
    void admit_by_ticket(exchange& each);
    bool admit_by_cookie(exchange& each);
    bool may_try(exchange& each);
    void let_in(mqtt::identity who);
    void cut_off();
    void forget_client();
    bool has_input() const { return in_at_ < in_.size(); }
    reply_frame frame() const;
    void begin_counting();
    void count_sent(std::size_t bytes);
    void count_part(std::size_t bytes);
    void count_dropped(std::uint64_t messages);
    void count_stream_begin(const reply& answer);
    void count_answer(const exchange& each);
    void count_stream_end();
    void expect_within(std::chrono::milliseconds time);

    std::shared_ptr<service_context> context_;
    std::unique_ptr<net::stream> stream_; // null after an upgrade
    std::shared_ptr<const mqtt::entry> by_;
    boost::asio::steady_timer sleeper_;
    std::string in_;        // what was read; at most in_bytes_max are not yet parsed
    std::size_t in_at_ = 0; // where the unparsed part of it begins
    std::string out_;       // answers not yet sent
    std::optional<request_parser> parser_;
    request request_;
    std::string request_id_;

    mqtt::steady_time deadline_ = mqtt::never;
    bool notified_ = false;
    bool sleeping_ = false;
    bool first_ = true;    // nothing has been answered yet
    bool idle_ = true;     // between requests
    bool overdue_ = false; // the deadline has passed
    bool over_ = false;    // the peer has gone
    bool keep_alive_ = true;
    bool streaming_ = false;
    mqtt::way way_ = mqtt::way::http_other; // that the exchange is counted under
    bool stream_counted_ = false;           // among those that are open
    bool waits_ = false;                    // for messages: the time that it takes is not ours
    mqtt::steady_time began_{};             // the exchange
    bool chunked_ = false;                  // of the stream being sent
    bool watching_ = false;
    bool upgraded_ = false;
    bool watch_pending_ = false;
    bool uploading_ = false; // the handler reads a body in parts
    bool pushing_ = false;   // what is unsent leaves as the peer takes it
    bool push_pending_ = false;

    std::uint64_t number_;
    mqtt::wall_time since_ = std::chrono::system_clock::now();
    std::optional<std::string> shown_; // the credentials that client_ stands for, and from where
    std::optional<mqtt::local_client> client_;
    std::optional<mqtt::decision> verdict_;
    std::uint64_t rules_version_ = 0; // that client_ was let in by
    bool settled_ = false;
    bool abandoned_ = false; // nothing of the broker may be touched any more
    std::function<void()> give_back_;
    std::optional<mqtt::publish_outcome> outcome_;
    std::optional<mqtt::rate_standing> standing_; // of who publishes, for this answer
    std::string rate_fields_;                     // likewise
    std::shared_ptr<const mqtt::entry> caller_;   // null: the peer itself asks
    std::optional<ticket_use> ticket_;            // by which the caller was let in
    std::string cookie_;                          // likewise; empty: by none
    std::unique_ptr<live_feed> feed_;
};

} // namespace rest
