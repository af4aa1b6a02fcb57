// Going on where a stream or a long poll broke off: what came since then, from history. The live
// subscription is made first, so that nothing falls in between; what comes by both ways is told
// once.
#pragma once

#include "mqtt/store/history.hpp"
#include "rest/exchange.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/unordered/unordered_flat_set.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace rest {

// Messages of one look into history.
inline constexpr std::size_t replay_page = 500;
// Ids up to here below the newest one that was told are remembered: messages of two shards may come
// in another order than that of their ids.
inline constexpr std::uint64_t replay_overlap = 4'096;

// Where the caller wants to go on: behind a message, or from a time on.
struct resume_point {
    std::string text;                   // as the caller named it
    std::optional<std::uint64_t> after; // nothing with a text: it is an id of another run
    std::optional<mqtt::wall_time> since;

    bool is_named() const { return !text.empty(); }
};

// Last-Event-ID, ?after= or ?since=. A client that reconnects repeats its URL, so the header field
// knows better.
checked<resume_point> read_resume(const request& asked, const query& options, mqtt::wall_time now);

class http_connection;

class replay {
public:
    // filters: those that the caller may subscribe to. past: null, where there is no history.
    // requires: connection and past outlive the replay.
    replay(http_connection& connection, mqtt::history* past, std::vector<std::string> filters,
           const resume_point& from);

    // Whether history could hold all that came since then.
    bool is_possible() const { return possible_; }

    struct part {
        std::vector<mqtt::message_ptr> messages;
        bool gap = false;  // something is missing before them
        bool last = false; // there is nothing more so far
    };
    // The next messages, at most `limit` of them.
    boost::asio::awaitable<checked<part>> next(std::size_t limit = replay_page);
    // What came live meanwhile was too much to be kept: looks once more, from what was told last.
    void again();

    // Whether a message that came live was told already.
    bool has_told(std::uint64_t id) const { return told_.contains(id); }

private:
    void note(std::uint64_t id);

    http_connection& connection_;
    mqtt::history* const past_;
    const std::vector<std::string> filters_;
    const bool by_id_;
    bool possible_;
    mqtt::history_query wanted_;
    std::uint64_t begun_after_;
    std::uint64_t newest_told_ = 0;
    // At most replay_overlap, and a page.
    boost::unordered_flat_set<std::uint64_t> told_;
};

} // namespace rest
