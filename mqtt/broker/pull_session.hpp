// A session that is read without a connection: whoever calls looks at its queue, and acknowledges
// messages by their ids. For rest, whose sessions and webhooks must not miss anything. It is an
// MQTT session in everything else: same id, same store, same queue, same expiry; an MQTT client
// that connects with its id takes it over, and when that one has gone it is read here again.
#pragma once

#include "mqtt/auth/identity.hpp"
#include "mqtt/types/clock.hpp"
#include "mqtt/types/message.hpp"
#include "mqtt/types/qos.hpp"
#include "mqtt/types/reason.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace mqtt {

class broker;

inline constexpr std::size_t pull_sessions_per_user_max = 100;
inline constexpr std::size_t pull_filters_max = 1000;    // of one session
inline constexpr std::size_t pull_messages_max = 1000;   // of one answer; ids of one call
inline constexpr std::size_t pull_bytes_max = 4'194'304; // payloads of one answer; one always fits
inline constexpr std::size_t pull_waiting_max = 100;     // callers of one session
inline constexpr std::uint32_t pull_never_expires = 0xFFFFFFFF;

struct pull_subscription {
    std::string filter; // may be a shared one
    mqtt::qos qos = mqtt::qos::at_least_once;
    std::uint8_t retain_handling = 0; // as in SUBSCRIBE
    bool retain_as_published = false;
    bool no_local = false;
};

struct pull_terms {
    std::uint32_t expiry = 86'400;    // seconds without a call; pull_never_expires: it stays
    std::uint32_t max_queued = 0;     // messages; 0: as for MQTT clients, which is also the most
    bool drop_newest = false;         // at that limit; else the oldest
    std::uint32_t lease = 30;         // seconds, where a call does not say how long
    std::uint32_t max_deliveries = 0; // leases of one message, then it is given up; 0: no end
    std::string dead_letter;          // topic for what is given up; empty: it is dropped

    friend bool operator==(const pull_terms&, const pull_terms&) = default;
};

enum class pull_outcome : std::uint8_t {
    success,
    no_such_session,   // or it is another user's
    owned_by_another,  // only where one is to be made
    taken_over,        // an MQTT client is connected with its id
    too_many_sessions, // of this user
    id_not_allowed,    // the operator wants another beginning of client ids
    not_authorized,    // for a filter
    no_room,           // the disk is full
};

struct pull_opened {
    pull_outcome outcome = pull_outcome::success;
    bool made = false;
    std::string refused_filter{};        // with not_authorized
    std::vector<mqtt::reason> granted{}; // one for each filter, as SUBACK gives them
};

struct pull_granted {
    pull_outcome outcome = pull_outcome::success;
    std::vector<mqtt::reason> reasons{}; // one for each filter, as SUBACK or UNSUBACK gives them
};

struct pull_message {
    message_ptr what;
    mqtt::qos qos = mqtt::qos::at_most_once;
    bool retain = false;
    std::vector<std::uint32_t> subscription_ids{};
    std::uint32_t deliveries = 0; // leases of it, this one included
    bool dup = false;             // somebody may have had it before
};

struct pull_batch {
    pull_outcome outcome = pull_outcome::success;
    std::vector<pull_message> messages{};
    std::size_t pending = 0; // unacknowledged ones that are not among these
};

struct pull_count {
    pull_outcome outcome = pull_outcome::success;
    std::size_t messages = 0; // that the call found
};

struct pull_description {
    pull_outcome outcome = pull_outcome::success;
    std::string id{};
    pull_terms terms{};
    std::vector<pull_subscription> subscriptions{}; // retain_handling is not known any more
    bool connected = false;                         // an MQTT client has it
    std::size_t pending = 0;                        // unacknowledged
    std::size_t leased = 0;                         // of these, in somebody's hands or delayed
    // Since the process started.
    std::uint64_t acknowledged = 0;
    std::uint64_t dropped = 0; // at the limit of its queue
    std::uint64_t given_up = 0;
    std::optional<std::chrono::seconds> ends_in{}; // if nobody calls; nothing: never
};

enum class pull_event : std::uint8_t {
    ready,
    taken_over, // by an MQTT client
    replaced,   // a stream, by another one
    ended,
    refused, // too many wait
};
// Who waits keeps it; it is called once, on the session's thread, and not when it is gone. It must
// not call back: what follows has to be posted.
using pull_watch = std::shared_ptr<const std::function<void(pull_event)>>;

// One caller's hold on a session. Cheap to make; does nothing by itself. Every call is carried out
// on the shard where the session lives; `done` is called once, there: what comes back to another
// thread has to be posted. What changes the session is answered once that is on disk. thread: any
class pull_session {
public:
    // who.client_id is the session's id. reserved: not for HTTP callers to see, nor for MQTT
    // clients to take. requires: hub has a host
    pull_session(const broker& hub, identity who, bool reserved = false)
        : hub_(hub), who_(std::move(who)), reserved_(reserved) {}

    const identity& who() const { return who_; }

    // Makes the session, or gives it these terms. filters: all that it subscribes to from now on;
    // nothing: they stay as they are. A filter that may not be had refuses the whole.
    void open(pull_terms terms, std::optional<std::vector<pull_subscription>> filters,
              std::function<void(pull_opened)> done) const;
    void describe(std::function<void(pull_description)> done) const;
    void end(std::function<void(pull_outcome)> done) const;
    void subscribe(std::vector<pull_subscription> filters,
                   std::function<void(pull_granted)> done) const;
    void unsubscribe(std::vector<std::string> filters,
                     std::function<void(pull_granted)> done) const;

    // The oldest messages that nobody has a lease on. Changes nothing.
    void peek(std::size_t max, std::function<void(pull_batch)> done) const;
    // The same, and for a while nobody else gets them; nothing: as the terms say. holder: not 0: a
    // stream, whose leases are no business of others.
    void lease(std::size_t max, std::optional<std::chrono::seconds> term, std::uint64_t holder,
               std::function<void(pull_batch)> done) const;
    // They are done. What is not there any more was acknowledged before, or dropped.
    void acknowledge(std::vector<std::uint64_t> ids, std::function<void(pull_count)> done) const;
    // So is all before it, apart from what was given back since, or is a stream's. by_stream: and
    // apart from all leases. Nothing happens when the message is not there.
    void acknowledge_up_to(std::uint64_t id, bool by_stream,
                           std::function<void(pull_count)> done) const;
    // They can be had again after a while.
    void give_back(std::vector<std::uint64_t> ids, std::chrono::seconds delay,
                   std::function<void(pull_count)> done) const;
    // Leases last so long from now on.
    void extend(std::vector<std::uint64_t> ids, std::optional<std::chrono::seconds> term,
                std::function<void(pull_count)> done) const;

    // A stream holds what it was given until it lets go; its leases last as long as it says so in
    // time. The newest stream of a session is the only one: an older one hears that with `done`.
    void begin_stream(std::uint64_t holder, pull_watch replaced,
                      std::function<void(pull_outcome)> done) const;
    void keep_stream(std::uint64_t holder) const;
    void end_stream(std::uint64_t holder) const;

    // Called as soon as there is something to lease or peek at, which may be at once.
    void watch(pull_watch told) const;

private:
    template <class Work>
    void call(Work work) const;

    const broker& hub_;
    identity who_;
    bool reserved_;
};

// The topic for what is given up, with the session's id in the place of {id}; empty: none.
std::string dead_letter_topic(const pull_terms& terms, const std::string& id);

// The caller's own sessions, by id.
void list_pull_sessions(const broker& hub, identity who,
                        std::function<void(std::vector<pull_description>)> done);

} // namespace mqtt
