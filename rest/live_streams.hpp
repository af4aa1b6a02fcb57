// Who listens by HTTP in this process, whichever shard and listener serves it: streams and JSON
// WebSockets. It counts them against their limits, shows them, and finds the one that a request
// wants to change. thread: any, where nothing else is said.
#pragma once

#include "mqtt/auth/identity.hpp"
#include "mqtt/types/reason.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/unordered/unordered_flat_map.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rest {

// Streams and JSON WebSockets of the process at a time.
inline constexpr std::size_t live_streams_max = 10'000;
// Credentials that a stream has ended with; see live_streams::note_expired.
inline constexpr std::size_t expired_credentials_max = 10'000;

struct filter_change {
    std::vector<std::string> add;    // at most filters_max
    std::vector<std::string> remove; // likewise
};

// Told for each filter, in the order of the change.
struct filter_outcome {
    std::vector<mqtt::reason> added;
    std::vector<bool> removed;
    bool too_many = false; // nothing was changed: there would be more than filters_max
};

// What can be done with a stream that runs. thread: the stream's own
class stream_control {
public:
    // Nothing: the stream has ended meanwhile.
    using changed = std::function<void(std::optional<filter_outcome>)>;

    virtual ~stream_control() = default;
    // done is called once, at once or later on this thread.
    virtual void change(filter_change wanted, changed done) = 0;
    virtual void end() = 0;
};

// Whose stream it is: a user, or, without a name, the address that it comes from.
struct stream_owner {
    std::string name;
    bool anonymous = false;
    std::uint16_t realm = 0; // see mqtt::identity

    friend auto operator<=>(const stream_owner&, const stream_owner&) = default;
};
stream_owner owner_of(const mqtt::identity& who);

// What the lists show of one.
struct stream_row {
    std::string id;
    std::string transport; // "sse", "ndjson", "raw", "json-websocket"
    mqtt::identity who;
    mqtt::wall_time since;
    std::vector<std::string> filters;
    std::uint64_t messages = 0;
    std::uint64_t bytes = 0; // of the body, or of the frames
    std::uint64_t dropped = 0;
};

class live_streams;

// One of them, while it runs and as long as somebody looks at it.
class live_stream : public std::enable_shared_from_this<live_stream> {
public:
    live_stream(std::string id, std::string transport, const mqtt::identity& who,
                boost::asio::any_io_executor home);

    const std::string& id() const { return id_; }
    const mqtt::identity& who() const { return who_; }
    stream_row row() const;

    // Runs work on the stream's thread, soon: with null where it has ended.
    void at_home(std::function<void(stream_control*)> work);

    // thread: the stream's own
    void set_control(stream_control* control) { control_ = control; }
    stream_control* control() const { return control_; } // null: it has ended
    void set_filters(std::vector<std::string> filters);
    void count(std::uint64_t messages, std::uint64_t bytes, std::uint64_t dropped);

private:
    const std::string id_;
    const std::string transport_;
    const mqtt::identity who_;
    const mqtt::wall_time since_;
    const boost::asio::any_io_executor home_;
    stream_control* control_ = nullptr; // null: it has ended
    std::atomic<std::uint64_t> messages_{0};
    std::atomic<std::uint64_t> bytes_{0};
    std::atomic<std::uint64_t> dropped_{0};
    mutable std::mutex lock_;          // of the filters, for a few instructions
    std::vector<std::string> filters_; // at most filters_max
};

// The place of a stream among the others; it is given back when this ends. thread: the stream's own
class stream_place {
public:
    stream_place(std::shared_ptr<live_streams> all, std::shared_ptr<live_stream> one);
    stream_place(stream_place&& other) noexcept = default;
    stream_place& operator=(stream_place&&) = delete;
    stream_place(const stream_place&) = delete;
    stream_place& operator=(const stream_place&) = delete;
    ~stream_place();

    live_stream& operator*() const { return *one_; }
    live_stream* operator->() const { return one_.get(); }

    // This subscription is not to hear of what its owner publishes by HTTP.
    void hush(std::uint64_t subscription);

private:
    std::shared_ptr<live_streams> all_; // null: moved away
    std::shared_ptr<live_stream> one_;
    std::vector<std::uint64_t> hushed_; // at most filters_max
};

class live_streams : public std::enable_shared_from_this<live_streams> {
public:
    // Nothing: there are as many as there may be, of the owner or of all.
    std::optional<stream_place> open(std::string id, std::string transport,
                                     const mqtt::identity& who, boost::asio::any_io_executor home,
                                     std::size_t per_owner_max);

    std::shared_ptr<live_stream> find(std::string_view id) const; // null: there is none
    // By id, from behind `after` on.
    std::vector<std::shared_ptr<live_stream>>
    all(std::string_view after, std::size_t limit,
        const std::function<bool(const live_stream&)>& wanted) const;
    std::size_t size() const { return size_.load(std::memory_order_relaxed); }

    // See publish_request::unheard_by.
    std::vector<std::uint64_t> hushed_for(const mqtt::identity& who) const;

    // A stream has ended because the credentials that it was opened with have: whoever comes back
    // with the same is told to stay away.
    void note_expired(std::string_view credentials);
    bool has_expired(std::string_view credentials) const;

private:
    friend class stream_place;

    struct presence {
        std::size_t streams = 0;
        std::vector<std::uint64_t> hushed; // bound: streams and their filters
    };
    void leave(const live_stream& one, const std::vector<std::uint64_t>& hushed);
    void hush(const live_stream& one, std::uint64_t subscription);

    mutable std::mutex lock_; // held for a few instructions, or one page
    std::map<std::string, std::shared_ptr<live_stream>, std::less<>> streams_; // live_streams_max
    std::map<stream_owner, presence> owners_;                                  // bound: streams_
    boost::unordered_flat_map<std::size_t, bool> expired_; // hashes; expired_credentials_max
    std::atomic<std::size_t> size_{0};
    std::atomic<std::size_t> hushed_{0}; // subscriptions, so that publishing looks at no lock
};

} // namespace rest
