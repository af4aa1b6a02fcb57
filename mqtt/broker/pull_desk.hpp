// The sessions of one shard that are pulled: makes, finds and ends them, keeps their terms and
// leases as documents, and sends on what was given up. See pull_session for what callers see.
// thread: the shard's.
#pragma once

#include "mqtt/auth/access.hpp"
#include "mqtt/broker/documents.hpp"
#include "mqtt/broker/pull_session.hpp"
#include "mqtt/broker/pulled_queue.hpp"
#include "mqtt/types/timer_wheel.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mqtt {

class broker;

struct pull_key {
    identity who; // client_id: the session
    bool reserved = false;
};

class pull_desk {
public:
    explicit pull_desk(broker& hub) : hub_(hub) {}

    void open(const pull_key& key, const pull_terms& terms,
              const std::optional<std::vector<pull_subscription>>& filters,
              const std::function<void(pull_opened)>& done);
    void describe(const pull_key& key, const std::function<void(pull_description)>& done);
    void end(const pull_key& key, const std::function<void(pull_outcome)>& done);
    void subscribe(const pull_key& key, const std::vector<pull_subscription>& filters,
                   const std::function<void(pull_granted)>& done);
    void unsubscribe(const pull_key& key, const std::vector<std::string>& filters,
                     const std::function<void(pull_granted)>& done);
    // Peeks, or leases where there is a term.
    struct ask {
        std::size_t max = 1;
        bool lease = false;
        std::optional<std::chrono::seconds> term{};
        std::uint64_t holder = 0;
    };
    void read(const pull_key& key, const ask& what, const std::function<void(pull_batch)>& done);
    using change = std::function<std::size_t(pulled_queue& of, steady_time now)>;
    // `leases`: what changes are leases, which nobody has to wait for.
    void count(const pull_key& key, bool leases, const change& what,
               const std::function<void(pull_count)>& done);
    void begin_stream(const pull_key& key, std::uint64_t holder, const pull_watch& replaced,
                      const std::function<void(pull_outcome)>& done);
    void keep_stream(const pull_key& key, std::uint64_t holder);
    void end_stream(const pull_key& key, std::uint64_t holder);
    void watch(const pull_key& key, const pull_watch& told);
    std::vector<pull_description> list(const identity& who);

    // What the broker does. An MQTT client has come with the session's id.
    void taken_over(const session& owner);
    // Null: no pulled session. No MQTT client may have it.
    bool is_reserved(std::string_view client_id) const;
    // The session's time is over, but somebody waits for its messages: it lives on.
    bool is_waited_for(const session& owner);
    // requires: it is there no longer for anybody after this call
    void ended(const session& owner);
    // A document of an earlier run. False: there is no such session.
    bool revive(const documents::entry& terms);
    void advance(steady_time now);

private:
    pulled_queue* find(const pull_key& key, pull_outcome& outcome);
    pulled_queue* make(const pull_key& key, const pull_terms& terms, pull_opened& answer);
    pull_outcome check_new(const pull_key& key) const;
    void open_now(const pull_key& key, pull_terms terms,
                  const std::optional<std::vector<pull_subscription>>& filters,
                  const std::function<void(pull_opened)>& done);
    void ask_filters(const identity& who, const std::vector<pull_subscription>& filters,
                     std::function<void()> then);
    void ask_messages(const identity& who, const session& owner, std::function<void()> then);
    std::vector<reason> subscribe_all(pulled_queue& of,
                                      const std::vector<pull_subscription>& filters, bool repeated);
    void unsubscribe_rest(pulled_queue& of, const std::vector<pull_subscription>& filters);
    void refresh(session& owner, const identity& who);
    void touch(pulled_queue& of);
    void keep_terms(const pulled_queue& of);
    void keep_leases(const pulled_queue& of);
    void look_after(pulled_queue& of);
    void bury(const std::shared_ptr<pulled_queue>& of, const pull_message& what);

    broker& hub_;
    boost::unordered_flat_map<std::string, std::shared_ptr<pulled_queue>, string_hash,
                              std::equal_to<>>
        queues_; // bound: pull_sessions_per_user_max, and the webhooks
    timer_wheel<pulled_queue> deadlines_;
};

} // namespace mqtt
