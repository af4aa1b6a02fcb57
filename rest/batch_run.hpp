// The messages of a batch on their way: published in their order, as many at a time as the broker
// answers for, each with the rights of its caller. thread: the shard's.
#pragma once

#include "rest/batch_body.hpp"
#include "rest/batch_report.hpp"
#include "rest/http_connection.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace rest {

// Messages of one batch whose outcome is not known yet.
inline constexpr std::size_t batch_open_max = 256;
// Messages that are published or none of them is.
inline constexpr std::size_t atomic_messages_max = 10'000;

// requires: it outlives what it has published, which publish_all and publish_rest see to.
class batch_run {
public:
    batch_run(http_connection& connection, batch_report& told);
    batch_run(const batch_run&) = delete;
    batch_run& operator=(const batch_run&) = delete;

    // Publishes what the body has, as far as it has come, and waits until each outcome is known.
    static boost::asio::awaitable<void> publish_what_came(batch_run& self, batch_body& body);

    // Reads all messages and looks at each. false: one is wrong, or may not be published, or there
    // are too many. requires: the body is finished
    static boost::asio::awaitable<bool> check_all(batch_run& self, batch_body& body);
    // Publishes what check_all has read.
    static boost::asio::awaitable<void> publish_checked(batch_run& self);

private:
    struct place {
        batch_message message;
        std::uint64_t index = 0;
        std::vector<std::uint64_t> unheard_by; // see mqtt::publish_request
    };
    place& take_place();
    void publish(place& from);
    void accept(place& from, const mqtt::publish_outcome& outcome);
    boost::asio::awaitable<void> settle(std::string_view topic);
    boost::asio::awaitable<void> wait_for_room();
    boost::asio::awaitable<void> wait_for_all();

    http_connection& connection_;
    batch_report& told_;
    const bool asks_others_;     // each topic may have to be asked about
    const std::size_t open_max_; // one, where somebody may look at each message for a while
    std::vector<std::unique_ptr<place>> places_; // at most batch_open_max, or atomic_messages_max
    std::vector<place*> free_;                   // in use by nobody
    std::vector<place*> checked_;
    std::uint64_t next_index_ = 0;
    std::size_t open_ = 0;
    std::size_t since_pause_ = 0; // messages
};

} // namespace rest
