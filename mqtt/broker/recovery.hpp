// Builds sessions and retained messages from what the store has of an earlier run. thread: the one
// that starts the shards, before they run.
#pragma once

#include "mqtt/broker/broker.hpp"
#include "mqtt/store/stored_state.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <vector>

namespace mqtt {

class recovery final : public stored_state_reader {
public:
    // A will of a client that was there when the process ended is due no sooner after the start:
    // clients come back at once, and should not be said to be gone.
    static constexpr std::chrono::seconds will_patience{10};

    recovery(shared_state& common, std::vector<broker*> shards, const frames::now& at)
        : common_(common), shards_(std::move(shards)) {
        for (auto* each : shards_)
            each->begin_recovery(at);
    }

    void on_session(stored_session one) override;
    void on_subscription(stored_subscription one) override;
    void on_incoming(session_key owner, std::uint16_t packet_id) override;
    void on_entry(stored_entry one) override;
    void on_retained(const message_ptr& what) override;
    void on_document(stored_document one) override;
    // After all of them.
    void finish();

private:
    struct revived {
        broker* home;
        session* owner;
    };
    const revived* find(session_key key) const;

    shared_state& common_;
    std::vector<broker*> shards_;
    boost::unordered_flat_map<session_key, revived> sessions_;
};

} // namespace mqtt
