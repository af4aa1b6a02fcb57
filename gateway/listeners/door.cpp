#include "gateway/listeners/door.hpp"

#include "gateway/logging.hpp"

#include <boost/asio/steady_timer.hpp>

#include <cctype>
#include <sys/socket.h>
#include <utility>

namespace gateway {
namespace {

using boost::asio::ip::tcp;
using boost::system::error_code;

constexpr std::chrono::seconds first_byte_deadline{10}; // of a client on `protocol auto`

rest::settings web_rules(const listener& rules) {
    auto web = rules.http;
    web.upgrade_only = rules.protocol == protocol::websockets;
    return web;
}

// What the first byte of a connection says: MQTT's CONNECT, or a letter of an HTTP method.
enum class language { mqtt, http, unknown };

language language_of(unsigned char first) {
    if (first == 0x10)
        return language::mqtt;
    return std::isalpha(first) != 0 ? language::http : language::unknown;
}

} // namespace

// A connection that has not said anything yet.
struct sniffed {
    explicit sniffed(tcp::socket fresh) : socket(std::move(fresh)), timer(socket.get_executor()) {}
    tcp::socket socket;
    boost::asio::steady_timer timer;
};

door::door(mqtt::shard& where, const listener& rules, mqtt::access& access,
           const std::atomic<bool>& ready, std::shared_ptr<std::atomic<std::uint32_t>> open)
    : where_(where), rules_(rules), web_rules_(web_rules(rules)), open_(std::move(open)),
      web_(
          where.context(), where.hub(), access, web_rules_, where.hub().counts(),
          [this](tcp::socket upgraded, std::string already_read) {
              to_mqtt(std::move(upgraded), std::move(already_read), true);
          },
          [&ready] { return ready.load(std::memory_order_relaxed); }) {}

void door::enter(socket fresh) {
    if (rules_.protocol == protocol::mqtt)
        return to_mqtt(std::move(fresh), {}, false);
    if (rules_.protocol != protocol::automatic)
        return web_.serve(std::move(fresh));
    find_out(std::make_shared<sniffed>(std::move(fresh)));
}

void door::to_mqtt(socket fresh, std::string already_read, bool websocket) {
    const auto count = open_->fetch_add(1, std::memory_order_relaxed) + 1;
    std::shared_ptr<void> ticket(
        nullptr, [open = open_](void*) { open->fetch_sub(1, std::memory_order_relaxed); });
    if (rules_.max_connections != 0 && count > rules_.max_connections) {
        log::connection("Connection refused: listener {} has its max_connections of {}.",
                        rules_.port, rules_.max_connections);
        return;
    }
    where_.adopt(std::move(fresh), std::move(already_read), websocket, rules_.limits,
                 std::move(ticket));
}

// Looks at the first byte without taking it, so that whoever gets the socket reads from the
// beginning.
void door::find_out(std::shared_ptr<sniffed> fresh) {
    fresh->timer.expires_after(first_byte_deadline);
    fresh->timer.async_wait([fresh](const error_code& failure) {
        error_code ignored; // the wait below ends with the socket
        if (!failure)
            fresh->socket.close(ignored);
    });
    fresh->socket.async_wait(tcp::socket::wait_read, [this, fresh](const error_code& failure) {
        fresh->timer.cancel();
        unsigned char first = 0;
        if (failure ||
            ::recv(fresh->socket.native_handle(), &first, 1, MSG_PEEK | MSG_DONTWAIT) != 1)
            return;
        switch (language_of(first)) {
        case language::mqtt:
            return to_mqtt(std::move(fresh->socket), {}, false);
        case language::http:
            return web_.serve(std::move(fresh->socket));
        case language::unknown:
            log::connection(
                "Connection on port {} closed: its first byte 0x{:02X} is neither MQTT nor HTTP.",
                rules_.port, first);
            return;
        }
    });
}

} // namespace gateway
