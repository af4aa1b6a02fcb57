#include "rest/http_connection.hpp"

#include "rest/lobby.hpp"
#include "rest/message_ways.hpp"
#include "rest/rate_fields.hpp"
#include "rest/router.hpp"
#include "rest/service_context.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/http/error.hpp>

#include <algorithm>
#include <utility>

namespace rest {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::beast::error_code;
using clock = std::chrono::steady_clock;

constexpr auto awaiting = asio::as_tuple(asio::use_awaitable);

// Bytes of requests that came before they were asked for, while an earlier one is answered.
constexpr std::size_t in_bytes_max = 2 * header_bytes_max;
// Answers to pipelined requests that wait for each other.
constexpr std::size_t out_bytes_max = 262'144;
// Memory that a connection keeps between requests.
constexpr std::size_t kept_bytes_max = 16'384;
constexpr std::size_t kept_by_stream_max = 512; // and between two parts of a stream
// What is read and thrown away before a connection is closed in the middle of a request.
constexpr std::size_t lingering_bytes_max = 16'777'216;
constexpr std::chrono::seconds lingering_max{2};
// Streams end by themselves when their token does.
constexpr std::chrono::seconds expiry_grace{1};

void empty(std::string& buffer) {
    buffer.clear();
    if (buffer.capacity() > kept_bytes_max)
        buffer.shrink_to_fit();
}

} // namespace

http_connection::http_connection(std::shared_ptr<service_context> context,
                                 std::unique_ptr<net::stream> bytes, std::string already_read,
                                 std::shared_ptr<const mqtt::entry> by)
    : context_(std::move(context)), stream_(std::move(bytes)), by_(std::move(by)),
      sleeper_(context_->io), in_(std::move(already_read)),
      number_(context_->next_connection_number()) {
    context_->connections.push_back(*this);
    ++context_->open;
    context_->counters.add(mqtt::metric::http_connections);
}

http_connection::~http_connection() {
    forget_client();
    close_feed();
    unlink();
    --context_->open;
    count_stream_end();
    if (!abandoned_)
        context_->counters.add(mqtt::metric::http_connections, -1);
}

void http_connection::start() {
    asio::co_spawn(context_->io, run(shared_from_this()), asio::detached);
}

asio::awaitable<void> http_connection::run(std::shared_ptr<http_connection> self) {
    // Not as the condition itself: see CONTRIBUTING.md on co_await and GCC 12.
    bool more = true;
    while (more) {
        more = co_await self->serve_one();
    }
    self->close();
}

// One request and its answer; false when the connection is at its end.
asio::awaitable<bool> http_connection::serve_one() {
    request_.clear();
    parser_.emplace(request_, std::nullopt); // the route knows the limit
    uploading_ = false;
    error_code failure;
    const auto came = co_await read_header(failure);
    if (came == arrival::gone)
        co_return false;
    request_id_ = context_->next_request_id();
    begin_counting();
    standing_.reset();
    rate_fields_.clear();
    ticket_.reset();
    cookie_.clear();
    exchange each{*this, request_};
    if (came == arrival::complete)
        co_await answer(each);
    else
        refuse_arrival(each, came, failure);
    if (!over_ && !each.written)
        write_answer(each);
    count_answer(each);
    if (over_)
        co_return false;
    if (each.upgraded) {
        const bool sent = co_await flush();
        if (sent)
            context_->on_upgrade(std::move(stream_), in_.substr(in_at_), caller_ ? caller_ : by_);
        co_return false;
    }
    if (keep_alive_ && out_.size() < out_bytes_max)
        co_return true;
    const bool sent = co_await flush();
    if (!sent || keep_alive_)
        co_return sent;
    co_await linger();
    co_return false;
}

asio::awaitable<void> http_connection::answer(exchange& each) {
    keep_alive_ = parser_->keep_alive();
    deadline_ = mqtt::never;
    co_await admit(each);
    way_ = way_of(each.path);
    if (!each.answered && !parser_->is_done() && fits(each) && meet_expectation(each) &&
        each.row->body == body_kind::whole) {
        error_code failure;
        while (has_input() && !parser_->is_done() && !failure)
            if (parse(failure) == 0)
                break;
        auto came = failure ? arrival::unreadable : arrival::complete;
        if (!failure && !parser_->is_done()) // most bodies came together with their headers
            came = co_await read_body(failure);
        deadline_ = mqtt::never;
        if (came == arrival::gone)
            over_ = true;
        else if (came != arrival::complete)
            refuse_arrival(each, came, failure);
    }
    if (each.answered)
        skip_body();
    else if (!over_)
        co_await each.row->handle(each);
    if (!parser_->is_done()) // the handler did not want the rest of it
        skip_body();
}

asio::awaitable<http_connection::arrival> http_connection::read_header(error_code& failure) {
    idle_ = true;
    overdue_ = false;
    deadline_ = mqtt::never;
    const auto patience = std::exchange(first_, false) ? header_deadline : idle_deadline;
    for (;;) {
        while (idle_ && has_input() && (in_[in_at_] == '\r' || in_[in_at_] == '\n'))
            ++in_at_; // empty lines before a request are skipped [RFC9112-2.2]
        if (has_input()) {
            if (std::exchange(idle_, false))
                deadline_ = mqtt::never; // another time counts from here
            parse(failure);
            if (failure)
                co_return arrival::unreadable;
            if (parser_->is_header_done())
                co_return arrival::complete;
        }
        if (idle_ && context_->stopping) {
            co_await flush();
            co_return arrival::gone;
        }
        const bool sent = co_await flush();
        if (!sent)
            co_return arrival::gone;
        if (deadline_ == mqtt::never) // what is here already costs no look at the clock
            expect_within(idle_ ? patience : header_deadline);
        const bool came = co_await read_some();
        if (!came)
            co_return overdue_ && !idle_ ? arrival::late : arrival::gone;
    }
}

// Gives what was read to the parser; how many bytes it took.
std::size_t http_connection::parse(error_code& failure) {
    const auto rest = std::string_view(in_).substr(in_at_);
    const auto taken = parser_->put(asio::buffer(rest.data(), rest.size()), failure);
    in_at_ += taken;
    request_.wire_bytes += taken;
    if (!has_input()) {
        empty(in_);
        in_at_ = 0;
    }
    if (failure == http::error::need_more) {
        failure = {};
        if (in_.size() - in_at_ > header_bytes_max) // a chunk header without end
            failure = http::error::header_limit;
    }
    return taken;
}

void http_connection::refuse_arrival(exchange& each, arrival how, error_code failure) {
    refuse(each, fault_of(how, failure));
}

problem http_connection::fault_of(arrival how, error_code failure) {
    keep_alive_ = false; // nobody knows where the next request begins
    problem told{.id = problem_id::bad_request, .detail = failure.message()};
    if (how == arrival::late)
        told = {.id = problem_id::request_timeout};
    else if (failure == http::error::header_limit)
        told = {.id = request_.target().empty() ? problem_id::uri_too_long
                                                : problem_id::header_too_large};
    else if (failure == http::error::body_limit)
        told = {.id = problem_id::payload_too_large,
                .detail = "This listener takes " + std::to_string(context_->rules.max_body_bytes) +
                          " bytes"};
    else if (failure == http::error::bad_version)
        told = {.id = problem_id::http_version_not_supported};
    else if (failure == http::error::bad_transfer_encoding)
        told = {.id = problem_id::method_not_implemented,
                .detail = "The only transfer coding is chunked, and it excludes Content-Length"};
    return told;
}

bool http_connection::meet_expectation(exchange& each) {
    const auto expected = request_.field(http_field::expect);
    if (expected.empty() || request_.version() < 11)
        return true;
    if (!equal_ignoring_case(expected, "100-continue")) {
        refuse(each, {.id = problem_id::expectation_failed, .detail = std::string(expected)});
        return false;
    }
    constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n"; // [RFC9110-10.1.1]
    if (!has_input()) {
        out_ += go_on;
        count_sent(go_on.size());
    }
    return true;
}

void http_connection::write_answer(exchange& each) {
    keep_alive_ = keep_alive_ && !context_->stopping;
    auto& answer = each.answer;
    if (answer.status == 429 && standing_ && answer.field("Retry-After").empty())
        answer.add("Retry-After", seconds_text(standing_->until_allowed));
    const auto before = out_.size();
    append_head(out_, answer, frame(), answer.body.size());
    if (!request_.is_head() && answer.status != 204 && answer.status != 304)
        out_ += answer.body;
    count_sent(out_.size() - before);
}

reply_frame http_connection::frame() const {
    return {context_->date(), request_id_, request_.version(), keep_alive_, false, false,
            rate_fields_};
}

std::size_t http_connection::answer_bytes(const exchange& each, std::size_t body_bytes) {
    constexpr std::size_t usual_bytes = 512;
    std::string head;
    head.reserve(usual_bytes);
    append_head(head, each.answer, frame(), body_bytes);
    return head.size() + body_bytes;
}

asio::awaitable<error_code> http_connection::readable() {
    if (stream_->has_buffered()) // the socket has nothing more to announce
        co_return error_code();
    const auto [waited] =
        co_await stream_->socket().async_wait(asio::ip::tcp::socket::wait_read, awaiting);
    co_return waited;
}

asio::awaitable<bool> http_connection::read_some() {
    for (;;) {
        const auto waited = co_await readable();
        if (waited || overdue_)
            co_return false;
        error_code failure;
        const auto bytes = stream_->read(context_->scratch, failure);
        if (failure == asio::error::would_block)
            continue;
        if (failure)
            co_return false;
        in_.erase(0, in_at_);
        in_at_ = 0;
        in_.append(context_->scratch.data(), bytes);
        co_return true;
    }
}

asio::awaitable<bool> http_connection::flush() {
    pushing_ = false;
    if (out_.empty())
        co_return true;
    const auto deadline = deadline_;
    std::size_t sent = 0;
    while (sent < out_.size()) {
        error_code failure;
        const iovec rest{out_.data() + sent, out_.size() - sent};
        sent += stream_->write({&rest, 1}, failure);
        if (!failure)
            continue;
        if (failure == asio::error::would_block) {
            expect_within(context_->stopping ? stop_grace
                          : streaming_       ? std::chrono::milliseconds(stream_stall)
                                             : std::chrono::milliseconds(write_stall));
            const auto [waited] =
                co_await stream_->socket().async_wait(asio::ip::tcp::socket::wait_write, awaiting);
            failure = waited;
        }
        if (failure || overdue_) {
            over_ = true;
            co_return false;
        }
    }
    deadline_ = deadline;
    if (streaming_ && out_.capacity() > kept_by_stream_max)
        std::string().swap(out_); // thousands of streams have nothing to say for hours
    empty(out_);
    co_return true;
}

// Closing with unread bytes would reset the connection and take the answer away from the caller.
// [RFC9112-9.6]
asio::awaitable<void> http_connection::linger() {
    if (parser_->is_done() && !has_input())
        co_return;
    stream_->finish_sending();
    expect_within(context_->stopping ? stop_grace : std::chrono::milliseconds(lingering_max));
    for (std::size_t read = 0; read < lingering_bytes_max; read += in_.size()) {
        in_.clear();
        in_at_ = 0;
        const bool came = co_await read_some();
        if (!came)
            break;
    }
}

void http_connection::expect_within(std::chrono::milliseconds time) {
    overdue_ = false;
    deadline_ = clock::now() + time;
}

// Streams would go on for as long as they like.
void http_connection::look_again() {
    if (!client_ || client_->still_good())
        return;
    // A request that is being answered was allowed when it came, and may be what has changed the
    // rules: its answer is the last of the connection.
    if (idle_ || streaming_ || feed_)
        return cut_off();
    keep_alive_ = false;
    shown_.reset();
}

void http_connection::cut_off() {
    over_ = true;
    close();
    notify();
}

void http_connection::sweep(mqtt::steady_time now) {
    // The token has expired. Whoever can say so has had the time for it.
    if ((feed_ || uploading_) && client_ &&
        client_->who().good_until <= std::chrono::system_clock::now() - expiry_grace)
        return cut_off();
    if (!idle_ && ticket_ && !ticket_->goes_on(now))
        return cut_off(); // the same URL has opened the stream anew
    if (!idle_ && !cookie_.empty() && !context_->callers->logins.find(cookie_, now))
        return cut_off(); // its user has logged out
    if (now < deadline_)
        return;
    deadline_ = mqtt::never;
    overdue_ = true;
    error_code ignored;
    if (stream_)
        stream_->socket().cancel(ignored);
}

void http_connection::stop() {
    deadline_ = std::min(deadline_, clock::now() + stop_grace);
    error_code ignored;
    if (idle_ && stream_)
        stream_->socket().cancel(ignored);
    else
        notify();
}

void http_connection::abandon() {
    if (feed_)
        feed_->subscription.reset();
    if (give_back_)
        give_back_();
    abandoned_ = true;
    over_ = true;
    close();
    notify();
}

void http_connection::close() {
    if (!stream_)
        return; // it is somebody else's now
    stream_->finish_sending();
    error_code ignored;
    stream_->socket().close(ignored);
}

} // namespace rest
