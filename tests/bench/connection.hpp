// One client's connection. It is opened with blocking calls, then watched by epoll and never blocks
// again.
#pragma once

#include "tests/bench/channel.hpp"
#include "tests/bench/wire.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace bench {

class connection {
public:
    // ensures: the broker has accepted the CONNECT
    connection(const endpoint& broker, std::string_view client_id, bool persistent = false);
    ~connection();
    connection(connection&& source) noexcept = default;
    connection& operator=(connection&&) = delete;

    std::string suite() const { return channel_.suite(); }

    // ensures: the broker has granted the subscription
    void subscribe(std::string_view topic_filter, std::uint8_t qos);

    // From here on nothing blocks; `tag` comes back in the events of the epoll descriptor.
    void watch(int epoll, std::uint32_t tag);

    // One write; what the kernel does not take at once is kept and leaves with flush().
    void write(bytes_view output);
    void flush();

    // One read into `room`, and `accept(frame)` for each whole frame in it; another one only when
    // the room was too small for what OpenSSL held. `room` is shared by all connections and must be
    // larger than any frame; only the beginning of an unfinished frame is kept here.
    template <typename Accept>
    void read(std::span<std::uint8_t> room, Accept&& accept) {
        std::size_t filled = 0;
        do {
            filled = fill(room);
            bytes_view input = room.first(filled);
            while (const auto packet = decode_frame(input)) {
                accept(*packet);
                input = input.subspan(packet->size_bytes);
            }
            unfinished_.assign(input.begin(), input.end());
        } while (filled == room.size() && channel_.has_buffered());
    }

private:
    std::size_t fill(std::span<std::uint8_t> room);
    void request_write_events(bool wanted);

    channel channel_;
    int epoll_ = -1;
    std::uint32_t tag_ = 0;
    bytes unfinished_; // the beginning of a frame
    bytes unsent_;     // from unsent_begin_ on; empty when all has left
    std::size_t unsent_begin_ = 0;
};

} // namespace bench
