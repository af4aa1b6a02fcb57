#include "rest/webhooks/caller.hpp"

#include "sluice_version.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>

#include <algorithm>
#include <stdexcept>

namespace rest::webhooks {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;

constexpr std::size_t idle_max = 64;
constexpr std::chrono::seconds idle_time_max{20}; // servers close at 30 and later, as a rule
constexpr std::uint32_t answer_head_bytes_max = 16'384;
constexpr int interim_answers_max = 8;

using post_request = http::request<http::string_body>;
using answer_parser = http::response_parser<http::string_body>;
using tls_stream = asio::ssl::stream<beast::tcp_stream>;

post_request request_of(call_request& what) {
    post_request made{http::verb::post, what.where.resource, 11};
    made.set(http::field::host, what.where.authority);
    made.set(http::field::user_agent, "sluice/" SLUICE_VERSION);
    made.set(http::field::content_type, what.content_type);
    for (const auto& [name, value] : what.fields)
        made.insert(name, value);
    made.body() = std::move(what.body);
    made.prepare_payload();
    return made;
}

void read_outcome(const answer_parser& from, call_outcome& into) {
    const auto& answer = from.get();
    into.status = answer.result_int();
    into.content_type = std::string(answer[http::field::content_type]);
    into.body = answer.body();
    into.error.clear();
    if (const auto after = answer[http::field::retry_after]; !after.empty())
        into.retry_after =
            parse_retry_after({after.data(), after.size()}, std::chrono::system_clock::now());
}

// Sends the request and reads the answer. reached: how far it came; false: nothing of an answer
// came, so that a connection that was kept may just have been closed meanwhile.
struct spoken {
    bool answered = false;
    bool keep = false;
};

template <class Stream>
asio::awaitable<spoken> speak(Stream& stream, beast::flat_buffer& buffer,
                              const post_request& request, call_outcome& into) {
    spoken outcome;
    error_code failure;
    co_await http::async_write(stream, request, asio::redirect_error(asio::use_awaitable, failure));
    if (failure) {
        into.error = failure.message();
        co_return outcome;
    }
    for (int interim = 0; interim < interim_answers_max; ++interim) {
        answer_parser parser;
        parser.header_limit(answer_head_bytes_max);
        parser.body_limit(answer_bytes_max);
        co_await http::async_read_header(stream, buffer, parser,
                                         asio::redirect_error(asio::use_awaitable, failure));
        if (failure) {
            into.error = failure == beast::error::timeout ? "no answer in time" : failure.message();
            outcome.answered = buffer.size() != 0;
            co_return outcome;
        }
        const auto status = parser.get().result_int();
        if (status >= 100 && status < 200 && status != 101)
            continue; // [RFC9110-15.2]
        outcome.answered = true;
        // The status is all that counts; what can't be read behind it is left.
        if (!parser.is_done())
            co_await http::async_read(stream, buffer, parser,
                                      asio::redirect_error(asio::use_awaitable, failure));
        read_outcome(parser, into);
        outcome.keep = !failure && parser.is_done() && parser.keep_alive();
        co_return outcome;
    }
    into.error = "nothing but interim answers";
    outcome.answered = true;
    co_return outcome;
}

} // namespace

struct caller::link {
    std::string key;                            // whom it leads to
    std::unique_ptr<beast::tcp_stream> plain{}; // one of the two
    std::unique_ptr<tls_stream> safe{};
    beast::flat_buffer buffer{};
    mqtt::steady_time idle_since{};

    beast::tcp_stream& lowest() { return safe ? safe->next_layer() : *plain; }
};

namespace {

std::string key_of(const target& where) {
    return (where.encrypted ? "https " : "http ") + where.host + " " + where.port;
}

} // namespace

caller::caller(asio::io_context& io, const webhook_settings& rules)
    : io_(io), rules_(rules.allowed), tls_(asio::ssl::context::tls_client) {
    error_code failure;
    tls_.set_options(asio::ssl::context::no_tlsv1 | asio::ssl::context::no_tlsv1_1, failure);
    tls_.set_default_verify_paths(failure); // without authorities no certificate is good
    tls_.set_verify_mode(asio::ssl::verify_peer);
    if (rules.authorities.empty())
        return;
    tls_.load_verify_file(rules.authorities, failure);
    if (failure)
        throw std::runtime_error("webhook_cafile " + rules.authorities +
                                 " can't be used: " + failure.message());
}

caller::~caller() = default;

void caller::close() {
    idle_.clear();
}

caller::link_ptr caller::take_idle(const target& where) {
    const auto now = std::chrono::steady_clock::now();
    std::erase_if(idle_,
                  [now](const link_ptr& each) { return each->idle_since + idle_time_max < now; });
    const auto key = key_of(where);
    const auto found = std::find_if(idle_.rbegin(), idle_.rend(),
                                    [&key](const link_ptr& each) { return each->key == key; });
    if (found == idle_.rend())
        return nullptr;
    auto taken = std::move(*found);
    idle_.erase(std::next(found).base());
    return taken;
}

void caller::keep(link_ptr used) {
    used->idle_since = std::chrono::steady_clock::now();
    used->lowest().expires_never();
    if (idle_.size() >= idle_max)
        idle_.erase(idle_.begin());
    idle_.push_back(std::move(used));
}

asio::awaitable<resolved> caller::resolve(target where) {
    resolved made;
    std::vector<asio::ip::address> found;
    if (where.literal) {
        found.push_back(*where.literal);
    } else {
        tcp::resolver resolver(io_);
        error_code failure;
        const auto results =
            co_await resolver.async_resolve(where.host, where.port, tcp::resolver::numeric_service,
                                            asio::redirect_error(asio::use_awaitable, failure));
        if (failure)
            made.error = "the host is not known: " + failure.message();
        for (const auto& each : results)
            found.push_back(each.endpoint().address()); // bound: the resolver's
    }
    made.any = !found.empty();
    for (const auto& each : found)
        if (rules_.allows(each, where.encrypted))
            made.allowed.push_back(each);
    if (made.any && made.allowed.empty())
        made.error = "the address is not one that the server may call";
    co_return made;
}

asio::awaitable<caller::link_ptr> caller::connect(const target& where, mqtt::steady_time deadline,
                                                  std::string& error) {
    const auto known = co_await resolve(where);
    if (known.allowed.empty()) {
        error = known.error;
        co_return nullptr;
    }
    auto made = std::make_unique<link>();
    made->key = key_of(where);
    if (where.encrypted)
        made->safe = std::make_unique<tls_stream>(beast::tcp_stream(io_), tls_);
    else
        made->plain = std::make_unique<beast::tcp_stream>(io_);
    std::vector<tcp::endpoint> addresses;
    const auto port = static_cast<std::uint16_t>(std::stoul(where.port));
    for (const auto& each : known.allowed)
        addresses.emplace_back(each, port);
    error_code failure;
    auto& lowest = made->lowest();
    lowest.expires_at(deadline);
    co_await lowest.async_connect(addresses, asio::redirect_error(asio::use_awaitable, failure));
    if (failure) {
        error = failure == beast::error::timeout ? "no connection in time" : failure.message();
        co_return nullptr;
    }
    lowest.socket().set_option(tcp::no_delay(true), failure);
    if (!where.encrypted)
        co_return made;
    if (!where.literal &&
        SSL_set_tlsext_host_name(made->safe->native_handle(), where.host.c_str()) != 1) {
        error = "TLS can't name the host";
        co_return nullptr;
    }
    made->safe->set_verify_callback(asio::ssl::host_name_verification(where.host));
    co_await made->safe->async_handshake(asio::ssl::stream_base::client,
                                         asio::redirect_error(asio::use_awaitable, failure));
    if (failure) {
        error = failure == beast::error::timeout ? "no TLS handshake in time"
                                                 : "TLS: " + failure.message();
        co_return nullptr;
    }
    co_return made;
}

asio::awaitable<call_outcome> caller::call(call_request what) {
    call_outcome outcome;
    const auto begun = std::chrono::steady_clock::now();
    const auto deadline = begun + what.timeout;
    const auto request = request_of(what);
    auto used = take_idle(what.where);
    bool kept = used != nullptr;
    for (;;) {
        if (!used) {
            kept = false;
            used = co_await connect(what.where, deadline, outcome.error);
        }
        if (!used)
            break;
        used->lowest().expires_at(deadline);
        spoken said;
        if (used->safe)
            said = co_await speak(*used->safe, used->buffer, request, outcome);
        else
            said = co_await speak(*used->plain, used->buffer, request, outcome);
        if (said.keep)
            keep(std::move(used));
        used.reset();
        if (said.answered || !kept || std::chrono::steady_clock::now() >= deadline)
            break;
        // It had been closed meanwhile; the id lets the endpoint see a call that came twice.
    }
    outcome.took = std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::steady_clock::now() - begun);
    co_return outcome;
}

} // namespace rest::webhooks
