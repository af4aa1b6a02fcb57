#include "net/tls_stream.hpp"

#include "net/tcp_stream.hpp"

#include <boost/asio/error.hpp>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <sys/socket.h>

namespace net {
namespace {

constexpr std::size_t record_bytes_max = 16'384; // RFC 8446 section 5.1

// The front of the parts as one piece: a record and a system call for all of it, not for each part.
// Copied, because OpenSSL encrypts into a buffer of its own anyhow and takes one piece at a time.
std::string_view one_piece(std::span<const iovec> parts) {
    thread_local std::array<char, record_bytes_max> gathered;
    const auto& first = parts.front();
    if (parts.size() == 1 || first.iov_len >= record_bytes_max)
        return {static_cast<const char*>(first.iov_base), first.iov_len};
    std::size_t size = 0;
    for (const auto& part : parts) {
        const auto count = std::min(part.iov_len, gathered.size() - size);
        std::memcpy(gathered.data() + size, part.iov_base, count);
        size += count;
        if (size == gathered.size())
            break;
    }
    return {gathered.data(), size};
}

// What OpenSSL's queue of errors says first, which is the cause; the rest are its consequences.
std::string first_reason() {
    const auto code = ERR_get_error();
    ERR_clear_error();
    if (code == 0)
        return "the connection was closed";
    const auto* text = ERR_reason_error_string(code);
    return text != nullptr ? text : "unknown error";
}

} // namespace

void ssl_deleter::operator()(ssl_st* owned) const {
    SSL_free(owned);
}

tls_stream::tls_stream(boost::asio::ip::tcp::socket socket, ssl_ptr engine)
    : socket_(std::move(socket)), engine_(std::move(engine)) {
    prepare(socket_);
    SSL_set_fd(engine_.get(), socket_.native_handle());
    SSL_set_accept_state(engine_.get());
}

tls_stream::tls_stream(boost::asio::ip::tcp::socket socket, tls_stream&& from)
    : socket_(std::move(socket)), engine_(std::move(from.engine_)), drained_(from.drained_),
      ended_(from.ended_), broken_(from.broken_) {}

tls_stream::step tls_stream::shake_hands() {
    ERR_clear_error();
    const int result = SSL_do_handshake(engine_.get());
    if (result == 1) {
        SSL_clear_mode(engine_.get(), SSL_MODE_ASYNC);
        drained_ = false; // what the client said right behind its Finished may be inside already
        return step::done;
    }
    switch (SSL_get_error(engine_.get(), result)) {
    case SSL_ERROR_WANT_READ:
        return step::wait_readable;
    case SSL_ERROR_WANT_WRITE:
        return step::wait_writable;
    case SSL_ERROR_WANT_ASYNC:
        return step::wait_for_answer;
    default:
        break;
    }
    broken_ = true;
    problem_ = first_reason();
    if (const auto verified = SSL_get_verify_result(engine_.get()); verified != X509_V_OK)
        problem_ = std::string("the client's certificate was refused: ") +
                   X509_verify_cert_error_string(verified);
    return step::failed;
}

// After a call that did not succeed. Clears what it leaves on OpenSSL's queue, which belongs to the
// thread and not to the connection.
boost::system::error_code tls_stream::translated(int result) {
    const auto kind = SSL_get_error(engine_.get(), result);
    const auto number = errno;
    ERR_clear_error();
    switch (kind) {
    case SSL_ERROR_WANT_READ:  // also while writing: only a renegotiation could need that, and
    case SSL_ERROR_WANT_WRITE: // those are refused
        return boost::asio::error::would_block;
    case SSL_ERROR_ZERO_RETURN:
        return boost::asio::error::eof;
    case SSL_ERROR_SYSCALL:
        broken_ = true;
        return number == 0 ? boost::asio::error::make_error_code(boost::asio::error::eof)
                           : boost::system::error_code(number, boost::system::system_category());
    default:
        broken_ = true;
        return boost::asio::error::connection_aborted;
    }
}

// As many records as there is room for: the caller's turn is for all that has come.
std::size_t tls_stream::read(std::span<char> room, boost::system::error_code& failure) {
    std::size_t total = 0;
    drained_ = false;
    while (total < room.size()) {
        std::size_t count = 0;
        ERR_clear_error();
        const int result =
            SSL_read_ex(engine_.get(), room.data() + total, room.size() - total, &count);
        total += count;
        if (result == 1)
            continue;
        const auto why = translated(result);
        drained_ = why == boost::asio::error::would_block;
        ended_ = !drained_;
        if (total == 0)
            failure = why; // else the next read tells it
        break;
    }
    return total;
}

std::size_t tls_stream::write(std::span<const iovec> parts, boost::system::error_code& failure) {
    std::size_t total = 0;
    const auto piece = one_piece(parts);
    ERR_clear_error();
    const int result = SSL_write_ex(engine_.get(), piece.data(), piece.size(), &total);
    if (result == 1)
        return total;
    failure = translated(result);
    return 0;
}

bool tls_stream::has_buffered() const {
    return ended_ || (!drained_ && SSL_has_pending(engine_.get()) == 1);
}

void tls_stream::finish_sending() {
    if (!broken_ && SSL_is_init_finished(engine_.get()) == 1) {
        ERR_clear_error();
        SSL_shutdown(engine_.get()); // close_notify; the peer's is not waited for
        ERR_clear_error();
    }
    boost::system::error_code ignored; // the peer may be gone
    socket_.shutdown(boost::asio::ip::tcp::socket::shutdown_send, ignored);
}

// The descriptor stays the same number, so that the engine need not know.
std::unique_ptr<stream> tls_stream::move_to(boost::asio::io_context& other) {
    auto moved = moved_socket(socket_, other);
    if (!moved.is_open())
        return nullptr;
    return std::unique_ptr<stream>(new tls_stream(std::move(moved), std::move(*this)));
}

} // namespace net
