// One socket to the broker, in the clear or under TLS. Knows nothing of MQTT. Blocks, for 10 s at
// most, until it is told not to.
#pragma once

#include "tests/bench/tls_client.hpp"
#include "tests/bench/wire.hpp"

#include <cstddef>
#include <cstdint>
#include <netinet/in.h>
#include <optional>
#include <span>
#include <string>

namespace bench {

// Where a broker is, and how it is spoken to. tls outlives all channels; none: in the clear.
struct endpoint {
    sockaddr_in address;
    tls_client* tls;
};

sockaddr_in resolve(const char* host, std::uint16_t port);

class channel {
public:
    channel() = default; // to no broker
    // ensures: connected, by the kernel's word alone; under TLS the handshake has not begun
    explicit channel(const endpoint& broker);
    ~channel();
    channel(channel&& source) noexcept;
    channel& operator=(channel&& source) noexcept;

    int descriptor() const { return descriptor_; }
    void stop_blocking();

    // Goes on with the handshake. True when it is done, at once without TLS; false: the broker has
    // to say more.
    bool shake_hands();
    bool resumed() const;      // a session of before
    std::string suite() const; // empty without TLS

    // How much the kernel took.
    std::size_t send(bytes_view output);
    // How much has come, 0 when nothing has so far, nothing when the broker has ended the
    // connection.
    std::optional<std::size_t> receive(std::span<std::uint8_t> room);
    // Whether a part of what came is still in OpenSSL's hands, where epoll does not see it.
    bool has_buffered() const;

    // Says goodbye under TLS, as far as that is possible without waiting.
    void finish_sending();
    // Throws away what comes, and says whether the broker has ended the connection.
    bool has_ended();

private:
    std::optional<std::size_t> receive_plain(std::span<std::uint8_t> room);
    bool wait_for(int result, const char* during);

    int descriptor_ = -1;
    ssl_engine engine_; // none: in the clear
};

} // namespace bench
