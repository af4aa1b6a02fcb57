#include "gateway/listeners/door.hpp"

#include "gateway/listeners/handshake.hpp"
#include "gateway/logging.hpp"
#include "net/peer_address.hpp"
#include "net/tcp_stream.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

namespace gateway {
namespace {

using boost::asio::ip::tcp;
using boost::system::error_code;

constexpr std::chrono::seconds first_byte_deadline{10}; // of a client on `protocol auto`

rest::settings web_rules(const listener& rules, std::uint32_t max_packet_size) {
    auto web = rules.http;
    web.rate = rules.limits.rate;
    if (max_packet_size != 0) // a body is the payload of one packet
        web.max_body_bytes = std::min<std::size_t>(web.max_body_bytes, max_packet_size);
    web.upgrade_only = rules.protocol == protocol::websockets;
    return web;
}

// What the first byte of a connection says: MQTT's CONNECT, a TLS handshake, or a letter of an HTTP
// method.
enum class language { mqtt, tls, http, unknown };

language language_of(unsigned char first) {
    if (first == 0x10)
        return language::mqtt;
    if (first == 0x16)
        return language::tls;
    return std::isalpha(first) != 0 ? language::http : language::unknown;
}

void log_refusal(std::string_view address, std::string_view username, const mqtt::decision& said) {
    log::connection("HTTP request from {} as {} refused: {}{}{}.", address,
                    username.empty() ? "nobody" : quoted(username), mqtt::row_of(said.reason).name,
                    said.why.empty() ? "" : ", ", said.why);
}

} // namespace

// A connection that has not said anything yet.
struct sniffed {
    sniffed(std::unique_ptr<net::stream> fresh, std::shared_ptr<mqtt::entry> by)
        : stream(std::move(fresh)), by(std::move(by)), timer(stream->socket().get_executor()) {}
    std::unique_ptr<net::stream> stream;
    std::shared_ptr<mqtt::entry> by;
    boost::asio::steady_timer timer;
};

door::door(mqtt::shard& where, std::shared_ptr<listener_door> of, mqtt::access& access,
           const std::atomic<bool>& ready, rest::reload_handler reload)
    : where_(where), of_(std::move(of)),
      web_rules_(web_rules(of_->rules, where.hub().shared().bounds.max_packet_size)),
      web_(where.context(), where.hub(), access, web_rules_, where.hub().counts(),
           {.on_upgrade =
                [this](stream_ptr upgraded, std::string already_read, const entry_ptr& by) {
                    auto changed = std::make_shared<mqtt::entry>(*by);
                    changed->way = mqtt::transport::websockets;
                    to_mqtt(std::move(upgraded), std::move(already_read), true, std::move(changed));
                },
            .ready = [&ready] { return ready.load(std::memory_order_relaxed); },
            .on_refused = log_refusal,
            .on_reload = std::move(reload),
            .past = of_->past,
            .callers = of_->callers,
            .hook_desk = of_->hook_desk,
            .later = of_->later,
            .streams = of_->streams,
            .log_lines = of_->log_lines,
            .packets = of_->packets,
            .present = of_->present,
            .office = of_->office,
            .addresses = of_->addresses}) {}

void door::enter(socket fresh) {
    auto by = std::make_shared<mqtt::entry>();
    by->address = net::peer_address(fresh);
    by->realm = of_->realm;
    if (of_->rules.tls.any())
        return shake_hands(std::move(fresh), std::move(by));
    serve(std::make_unique<net::tcp_stream>(std::move(fresh)), {}, std::move(by));
}

void door::shake_hands(socket fresh, std::shared_ptr<mqtt::entry> by) {
    if (handshakes_ >= handshakes_max) {
        log::connection("Connection from {} on port {} closed: {} TLS handshakes are under way.",
                        by->address, of_->rules.port, handshakes_);
        return;
    }
    ++handshakes_;
    const auto context = of_->tls.get();
    const auto who = by->address;
    handshake::start(std::move(fresh), context, who, of_->realm, of_->rules.port,
                     [this, life = std::weak_ptr(life_), context,
                      by = std::move(by)](std::unique_ptr<net::tls_stream> safe) {
                         if (life.expired())
                             return;
                         --handshakes_;
                         if (!safe)
                             return;
                         context->read_proof(*safe, *by);
                         const std::string agreed(agreed_protocol(*safe));
                         serve(std::move(safe), agreed, by);
                     });
}

// agreed: by ALPN; empty: nothing was.
void door::serve(stream_ptr bytes, std::string_view agreed, std::shared_ptr<mqtt::entry> by) {
    const auto spoken = of_->rules.protocol;
    if (spoken == protocol::mqtt || agreed == "mqtt")
        return to_mqtt(std::move(bytes), {}, false, std::move(by));
    if (spoken == protocol::automatic && agreed.empty())
        return find_out(std::move(bytes), std::move(by));
    by->way = mqtt::transport::http;
    web_.serve(std::move(bytes), {}, std::move(by));
}

void door::to_mqtt(stream_ptr bytes, std::string already_read, bool websocket, entry_ptr by) {
    const auto count = of_->open.fetch_add(1, std::memory_order_relaxed) + 1;
    std::shared_ptr<void> ticket(
        nullptr, [of = of_](void*) { of->open.fetch_sub(1, std::memory_order_relaxed); });
    const auto& rules = of_->rules;
    if (rules.max_connections != 0 && count > rules.max_connections) {
        log::connection("Connection refused: listener {} has its max_connections of {}.",
                        rules.port, rules.max_connections);
        return;
    }
    where_.adopt(std::move(bytes), std::move(already_read), websocket, rules.limits, std::move(by),
                 std::move(ticket));
}

void door::find_out(stream_ptr bytes, std::shared_ptr<mqtt::entry> by) {
    const auto fresh = std::make_shared<sniffed>(std::move(bytes), std::move(by));
    fresh->timer.expires_after(first_byte_deadline);
    fresh->timer.async_wait([held = std::weak_ptr(fresh)](const error_code& called_off) {
        const auto waiting = held.lock();
        error_code ignored; // the wait for the byte ends with the socket
        if (!called_off && waiting && waiting->stream)
            waiting->stream->socket().close(ignored);
    });
    await_first_byte(fresh);
}

void door::await_first_byte(std::shared_ptr<sniffed> fresh) {
    auto came = [this, life = std::weak_ptr(life_), fresh](const error_code& failure) {
        if (!failure && !life.expired())
            first_byte_came(fresh);
    };
    if (fresh->stream->has_buffered())
        return boost::asio::post(where_.context(), [came] { came({}); });
    fresh->stream->socket().async_wait(tcp::socket::wait_read, std::move(came));
}

void door::first_byte_came(const std::shared_ptr<sniffed>& fresh) {
    std::array<char, 512> first;
    error_code failure;
    const auto count = fresh->stream->read(first, failure);
    if (failure == boost::asio::error::would_block) // of TLS something that is no data
        return await_first_byte(fresh);
    fresh->timer.cancel();
    if (count == 0)
        return;
    std::string already_read(first.data(), count);
    const auto byte = static_cast<unsigned char>(first[0]);
    switch (language_of(byte)) {
    case language::mqtt:
        return to_mqtt(std::move(fresh->stream), std::move(already_read), false,
                       std::move(fresh->by));
    case language::http:
        fresh->by->way = mqtt::transport::http;
        return web_.serve(std::move(fresh->stream), std::move(already_read), std::move(fresh->by));
    case language::tls:
        log::connection("Connection from {} on port {} closed: it begins with TLS, and the "
                        "listener has no certfile.",
                        fresh->by->address, of_->rules.port);
        return;
    case language::unknown:
        log::connection(
            "Connection on port {} closed: its first byte 0x{:02X} is neither MQTT nor HTTP.",
            of_->rules.port, byte);
        return;
    }
}

} // namespace gateway
