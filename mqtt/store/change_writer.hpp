// Puts changes into the tables. Knows no thread and no transaction: its owner has both.
#pragma once

#include "mqtt/store/change.hpp"
#include "mqtt/store/database.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace mqtt {

struct retained_change {
    message_ptr now;          // null: the topic has none any more
    std::uint64_t before = 0; // id of the one that stood there in the table; 0: none
};

// Two clocks at one moment: messages expire by the one, tables know the other.
struct moment {
    steady_time steady;
    wall_time wall;

    static moment now() { return {steady_time::clock::now(), wall_time::clock::now()}; }
    // Milliseconds since 1970; nothing for never.
    std::optional<std::int64_t> milliseconds_of(steady_time at) const;
    steady_time steady_of(std::optional<std::int64_t> milliseconds) const;
};
std::int64_t milliseconds_of(wall_time at);
wall_time wall_of(std::int64_t milliseconds);

// What was put in between two commits, with what cancels out left out.
struct change_plan {
    std::vector<stored_entry> added; // key 0: gone before it was written
    std::vector<std::pair<entry_key, std::uint16_t>> sent;
    std::vector<entry_key> released;
    std::vector<entry_key> gone;
    std::vector<store_change> others; // in their order
    std::vector<retained_change> retained;
    std::uint64_t newest_id = 0;

    // requires: called in the order of the changes
    void take(std::vector<store_change>& changes);
    bool is_empty() const {
        return added.empty() && sent.empty() && released.empty() && gone.empty() &&
               others.empty() && retained.empty();
    }

private:
    bool take_entry(store_change& one);
    boost::unordered_flat_map<entry_key, std::size_t> places_; // in added
};

class change_writer {
public:
    explicit change_writer(database& into); // throws database_error

    // requires: an open transaction. Throws database_error; then undo() has to be called.
    void write(const change_plan& plan, const moment& at);
    void commit(); // the transaction was
    void undo();   // the transaction was not

    // While loading: so many entries refer to a message.
    void refer(std::uint64_t message, std::uint32_t times);

private:
    void write_one(const store_change& one, const moment& at);
    void write_session(const stored_session& one);
    void write_subscription(const stored_subscription& one);
    void write_document(const stored_document& one);
    void forget_session(session_key which);
    void add_entry(const stored_entry& one, const moment& at);
    void remove_entry(entry_key which);
    void write_retained(const retained_change& one, const moment& at);
    void reserve_ids(std::uint64_t newest);
    void set_references(std::uint64_t message, std::uint32_t times);

    database& into_;
    // Messages that more than one entry refers to, and how many do.
    boost::unordered_flat_map<std::uint64_t, std::uint32_t> references_;
    std::vector<std::pair<std::uint64_t, std::uint32_t>> before_; // what undo() brings back
    std::uint64_t reserved_ = 0; // message ids below this one may be given
    std::uint64_t reserving_ = 0;
    statement put_session_, drop_session_, drop_subscriptions_, drop_all_incoming_;
    statement put_subscription_, drop_subscription_, put_incoming_, drop_incoming_;
    statement put_message_, drop_message_, put_entry_, drop_entry_, send_entry_, release_entry_;
    statement put_retained_, drop_retained_, put_document_, drop_document_, reserve_;
};

} // namespace mqtt
