// Messages of chosen topics, kept to be asked for: what can be asked, and who answers. Includes
// nothing of the database, so that rest may see it.
#pragma once

#include "mqtt/types/message.hpp"
#include "mqtt/types/result.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mqtt {

// One `history` line: the messages of these topics are kept for so long, and so many of them.
struct history_rule {
    std::string filter;
    std::chrono::seconds age{0};
    std::uint64_t messages_max = 0; // of all its topics together

    friend bool operator==(const history_rule&, const history_rule&) = default;
};

// The first rule that matches, which is the one that counts; null: none.
const history_rule* rule_for(std::span<const history_rule> rules, std::string_view topic);
// Whether every topic that the filter selects has a rule. False may also mean that it takes several
// rules together to say so.
bool is_covered(std::span<const history_rule> rules, std::string_view filter);

// Topics that have history, in all. Beyond, new ones are not kept.
inline constexpr std::size_t history_topics_max = 100'000;
// Topics that one query takes in.
inline constexpr std::size_t history_topics_per_query_max = 10'000;
// Messages, and bytes of them, in one answer.
inline constexpr std::size_t history_messages_max = 10'000;
inline constexpr std::size_t history_bytes_max = 8'388'608;
// Parts of the time of one series.
inline constexpr std::size_t series_buckets_max = 10'002;
// Messages read one by one for a field that is not among a topic's fields.
inline constexpr std::size_t series_messages_max = 400'000;

// Which topics have history?
struct history_topics_query {
    std::vector<std::string> filters;
    std::string after; // topics behind this one, bytewise
    std::size_t limit = history_topics_per_query_max;
};

struct history_topic {
    std::string topic;
    std::uint64_t messages = 0;
    std::uint64_t bytes = 0;
    std::uint64_t oldest = 0; // ids
    std::uint64_t newest = 0;
    wall_time oldest_at;
    wall_time newest_at;
    std::uint64_t trimmed_to = 0; // the id of the last message that was deleted; 0: none was
};

struct history_topics {
    std::vector<history_topic> topics; // in their bytewise order
    bool truncated = false;
    // Messages up to this id may have been lost for other reasons than the age and number of a
    // topic's messages.
    std::uint64_t forgotten_to = 0;
};

// The messages of these topics, in the order of their ids.
struct history_query {
    std::vector<std::string> topics; // at most history_topics_per_query_max
    std::optional<wall_time> since;  // this time and later
    std::optional<wall_time> until;  // before this time
    std::uint64_t after = 0;         // ids above
    std::uint64_t before = UINT64_MAX;
    std::size_t limit = 100; // at most history_messages_max
    bool newest_first = false;
    // Wait until everything that was handed to the store before is there to be read.
    bool fresh = false;
};

struct history_page {
    std::vector<message_ptr> messages; // expired ones, too: it was so
    bool truncated = false;
};

// What the numbers of one part of the time add up to.
struct series_bucket {
    wall_time at; // where it begins
    std::uint64_t numbers = 0;
    double total = 0;
    double low = 0, high = 0, first = 0, last = 0;
    wall_time low_at, high_at, first_at, last_at;
};

struct series_query {
    std::string topic;
    std::string field; // JSON Pointer; empty: the payload itself
    wall_time since;
    wall_time until;                // before this time
    std::chrono::milliseconds step; // buckets begin at multiples of it since 1970
    // Not 0: the numbers themselves, where there are no more of them than this.
    std::size_t points_max = 0;
    bool fresh = false; // as in history_query
};

struct series_point {
    wall_time at;
    double value = 0;
};

struct series {
    std::vector<series_bucket> buckets; // those that have numbers, at most series_buckets_max
    std::vector<series_point> points;   // see series_query::points_max
    std::uint64_t newest = 0;           // id of the topic's last message
    std::uint64_t messages = 0;
    std::uint64_t numbers = 0; // messages that have this field as a number
    bool truncated = false;    // it would have taken too long to read all
};

// The buckets that series_query asks for; 0: more than series_buckets_max, or nonsense.
std::size_t bucket_count(const series_query& what);

// The number that a payload is, or that a JSON payload has at a JSON Pointer (RFC 6901).
std::optional<double> number_at(std::string_view payload, std::string_view field);
// Whether the text could name a number of a payload: empty, or a JSON Pointer within our bounds.
bool is_number_name(std::string_view field);

class history {
public:
    // How an answer comes back to whoever asked.
    using executor = std::function<void(std::function<void()>)>;
    template <class T>
    using answer = std::function<void(mqtt::result<T>)>;

    virtual ~history() = default;

    // Each is answered exactly once, by way of back. server_busy: too many others ask;
    // unspecified_error: the database can't be read; packet_too_large: it is too much for one
    // answer. thread: any
    virtual void find_topics(history_topics_query what, executor back,
                             answer<history_topics> then) = 0;
    virtual void find_messages(history_query what, executor back, answer<history_page> then) = 0;
    virtual void find_series(series_query what, executor back, answer<series> then) = 0;

    virtual std::span<const history_rule> rules() const = 0;
};

} // namespace mqtt
