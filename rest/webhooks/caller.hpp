// The HTTP client: one POST at a time on each connection, which is kept for the next one. Calls
// addresses that the rules allow, and exactly those that were looked at: a name that means another
// address a moment later changes nothing. thread: its io_context's
#pragma once

#include "rest/settings.hpp"
#include "rest/webhooks/retry.hpp"
#include "rest/webhooks/target.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/context.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace rest::webhooks {

// Of an answer, where somebody wants it. More of it is not read.
inline constexpr std::size_t answer_bytes_max = 1'048'576;

struct call_request {
    target where;
    std::string content_type;
    std::string body;
    std::vector<std::pair<std::string, std::string>> fields;
    std::chrono::milliseconds timeout{15'000}; // for all of it
};

// What a host name means.
struct resolved {
    std::vector<boost::asio::ip::address> allowed;
    bool any = false; // it means something at all
    std::string error{};
};

class caller {
public:
    // Throws std::runtime_error when the file with authorities can't be read. requires: io outlives
    // it
    caller(boost::asio::io_context& io, const webhook_settings& rules);
    ~caller();

    // requires: the caller outlives the call
    boost::asio::awaitable<call_outcome> call(call_request what);
    boost::asio::awaitable<resolved> resolve(target where);

    // Closes what is kept.
    void close();

private:
    struct link;
    using link_ptr = std::unique_ptr<link>;

    link_ptr take_idle(const target& where);
    void keep(link_ptr used);
    boost::asio::awaitable<link_ptr> connect(const target& where, mqtt::steady_time deadline,
                                             std::string& error);

    boost::asio::io_context& io_;
    const address_rules rules_;
    boost::asio::ssl::context tls_;
    std::vector<link_ptr> idle_; // at most idle_max, the longest idle one first
};

} // namespace rest::webhooks
