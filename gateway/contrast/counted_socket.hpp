// A TCP connection to a broker that counts what passes: the bytes that a packet capture shows as
// payload of TCP. Blocking, with a limit; for a thread of its own, never for a shard's.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <sys/socket.h>

namespace gateway {

// What ends a measurement, in a sentence for people.
struct contrast_failure {
    std::string sentence;
};

// Bytes above TCP.
struct traffic {
    std::uint64_t to_server = 0;
    std::uint64_t to_client = 0;
    std::uint64_t writes = 0; // of ours

    traffic& operator+=(const traffic& other);
    friend traffic operator-(traffic left, const traffic& right);
    std::uint64_t bytes() const { return to_server + to_client; }
};

using contrast_time = std::chrono::steady_clock::time_point;

// How long a run may take, and whether somebody wants it to end.
class patience {
public:
    explicit patience(std::chrono::milliseconds most, const std::atomic<bool>* ended = nullptr)
        : end_(std::chrono::steady_clock::now() + most), ended_(ended) {}

    contrast_time end() const { return end_; }
    std::chrono::milliseconds left() const;
    // Throws contrast_failure when it is over.
    void check() const;

private:
    contrast_time end_;
    const std::atomic<bool>* ended_;
};

// Host and port, looked up once.
class remote_address {
public:
    remote_address(std::string host, std::uint16_t port); // throws contrast_failure

    const sockaddr* name() const { return reinterpret_cast<const sockaddr*>(&name_); }
    socklen_t name_bytes() const { return name_bytes_; }
    // "host:port", as a URI has it.
    std::string text() const;

private:
    std::string host_;
    std::uint16_t port_;
    sockaddr_storage name_{};
    socklen_t name_bytes_ = 0;
};

class counted_socket {
public:
    // Throws contrast_failure, as everything here does where the other side goes away or time is
    // up. requires: limit outlives the socket
    counted_socket(const remote_address& to, const patience& limit);
    ~counted_socket();
    counted_socket(const counted_socket&) = delete;
    counted_socket& operator=(const counted_socket&) = delete;

    void send(std::string_view bytes);
    // Waits for bytes and appends them to unread.
    void fill();
    // The same, no longer than until then; false: none came.
    bool fill_until(contrast_time then);

    std::string unread; // bound: one read beyond the message that is waited for

    const traffic& counted() const { return counted_; }
    std::uint16_t local_port() const { return local_port_; }
    int descriptor() const { return descriptor_; }

private:
    bool wait(short events, contrast_time then) const;
    void connect(const remote_address& to);
    void close();

    const patience& limit_;
    int descriptor_ = -1;
    std::uint16_t local_port_ = 0;
    traffic counted_;
};

} // namespace gateway
