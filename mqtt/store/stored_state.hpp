// What a store holds when it is opened, shown piece by piece to whoever builds sessions from it.
#pragma once

#include "mqtt/store/change.hpp"
#include "mqtt/store/change_writer.hpp"
#include "mqtt/store/database.hpp"

#include <cstdint>
#include <functional>
#include <string>

namespace mqtt {

class stored_state_reader {
public:
    virtual ~stored_state_reader() = default;
    // Each session before what belongs to it; entries in their order.
    virtual void on_session(stored_session one) = 0;
    virtual void on_subscription(stored_subscription one) = 0;
    virtual void on_incoming(session_key session, std::uint16_t packet_id) = 0;
    virtual void on_entry(stored_entry one) = 0;
    virtual void on_retained(const message_ptr& what) = 0;
    virtual void on_document(stored_document) {}
};

struct load_counts {
    std::uint64_t sessions = 0;
    std::uint64_t subscriptions = 0;
    std::uint64_t entries = 0;
    std::uint64_t retained = 0;
};

// Reads everything, and removes what has expired and what nothing refers to any more. refer: how
// often a message is referred to, where that is more than once. progress: called now and then with
// the rows read. Throws database_error, and std::runtime_error with a sentence for rows that can't
// be.
load_counts read_stored_state(database& from, const moment& at, stored_state_reader& into,
                              const std::function<void(std::uint64_t, std::uint32_t)>& refer,
                              const std::function<void(std::uint64_t)>& progress);

} // namespace mqtt
