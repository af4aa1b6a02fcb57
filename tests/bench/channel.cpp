#include "tests/bench/channel.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdexcept>
#include <sys/socket.h>
#include <sys/time.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace bench {
namespace {

constexpr timeval blocking_max{10, 0};

void require(bool succeeded, const char* call) {
    if (!succeeded)
        throw std::system_error(errno, std::generic_category(), call);
}

} // namespace

sockaddr_in resolve(const char* host, std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    if (inet_pton(AF_INET, host, &address.sin_addr) != 1)
        throw std::runtime_error(std::string("not an IPv4 address: ") + host);
    return address;
}

channel::channel(const endpoint& broker)
    : descriptor_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    require(descriptor_ >= 0, "socket");
    const int on = 1;
    ::setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &blocking_max, sizeof blocking_max);
    const auto* address = reinterpret_cast<const sockaddr*>(&broker.address);
    require(::connect(descriptor_, address, sizeof broker.address) == 0, "connect");
    if (broker.tls != nullptr)
        engine_ = broker.tls->engine_on(descriptor_);
}

channel::~channel() {
    if (descriptor_ >= 0)
        ::close(descriptor_);
}

channel::channel(channel&& source) noexcept
    : descriptor_(std::exchange(source.descriptor_, -1)), engine_(std::move(source.engine_)) {}

channel& channel::operator=(channel&& source) noexcept {
    std::swap(descriptor_, source.descriptor_); // and the source closes what was here
    std::swap(engine_, source.engine_);
    return *this;
}

void channel::stop_blocking() {
    const int flags = ::fcntl(descriptor_, F_GETFL);
    require(::fcntl(descriptor_, F_SETFL, flags | O_NONBLOCK) == 0, "fcntl");
}

bool channel::shake_hands() {
    if (!engine_)
        return true;
    ERR_clear_error();
    const int result = SSL_do_handshake(engine_.get());
    if (result == 1)
        return true;
    if (!wait_for(result, "the TLS handshake"))
        throw protocol_error("the broker closed a connection during the TLS handshake");
    return false;
}

bool channel::resumed() const {
    return engine_ && SSL_session_reused(engine_.get()) == 1;
}

std::string channel::suite() const {
    return engine_ ? agreed_suite(engine_.get()) : "";
}

std::size_t channel::send(bytes_view output) {
    if (!engine_) {
        const ssize_t sent = ::send(descriptor_, output.data(), output.size(), MSG_NOSIGNAL);
        require(sent >= 0 || errno == EAGAIN, "send");
        return static_cast<std::size_t>(std::max<ssize_t>(sent, 0));
    }
    std::size_t total = 0;
    while (total < output.size()) { // one record a turn
        const auto rest = output.subspan(total);
        std::size_t sent = 0;
        ERR_clear_error();
        const int result = SSL_write_ex(engine_.get(), rest.data(), rest.size(), &sent);
        if (result != 1) {
            if (!wait_for(result, "sending"))
                throw protocol_error("the broker closed a connection");
            break;
        }
        total += sent;
    }
    return total;
}

std::optional<std::size_t> channel::receive(std::span<std::uint8_t> room) {
    if (!engine_)
        return receive_plain(room);
    std::size_t total = 0;
    do { // one record a turn
        std::size_t received = 0;
        ERR_clear_error();
        const auto rest = room.subspan(total);
        const int result = SSL_read_ex(engine_.get(), rest.data(), rest.size(), &received);
        if (result != 1) {
            if (!wait_for(result, "receiving") && total == 0)
                return std::nullopt;
            break;
        }
        total += received;
    } while (total < room.size() && has_buffered());
    return total;
}

bool channel::has_buffered() const {
    return engine_ && SSL_has_pending(engine_.get()) == 1;
}

void channel::finish_sending() {
    ERR_clear_error();
    if (engine_ && SSL_is_init_finished(engine_.get()) == 1)
        SSL_shutdown(engine_.get());
}

bool channel::has_ended() {
    std::array<std::uint8_t, 4096> room;
    while (true) {
        const auto received = receive_plain(room);
        if (!received)
            return true;
        if (*received < room.size())
            return false;
    }
}

std::optional<std::size_t> channel::receive_plain(std::span<std::uint8_t> room) {
    const ssize_t received = ::recv(descriptor_, room.data(), room.size(), 0);
    if (received == 0 || (received < 0 && errno == ECONNRESET))
        return std::nullopt;
    require(received > 0 || errno == EAGAIN, "recv");
    return static_cast<std::size_t>(std::max<ssize_t>(received, 0));
}

// What it means that OpenSSL did not finish: true to wait for the socket, false when the broker has
// ended the connection.
bool channel::wait_for(int result, const char* during) {
    const int system_error = errno;
    switch (SSL_get_error(engine_.get(), result)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE:
        return true;
    case SSL_ERROR_ZERO_RETURN:
        return false;
    case SSL_ERROR_SYSCALL:
        if (system_error == ECONNRESET || system_error == EPIPE)
            return false;
        throw std::system_error(system_error, std::generic_category(), during);
    default:
        break;
    }
    if (ERR_GET_REASON(ERR_peek_error()) == SSL_R_UNEXPECTED_EOF_WHILE_READING) // without goodbye
        return false;
    throw protocol_error(std::string(during) + ": " + openssl_problem());
}

} // namespace bench
