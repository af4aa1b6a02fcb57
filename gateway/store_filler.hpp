// Puts rows into a store, new or not, inside the caller's transaction: gives sessions and messages
// numbers of this store, and knows what was there before. Throws unfit for a row that can't be
// taken, and mqtt::database_error.
#pragma once

#include "mqtt/store/database.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

namespace gateway {

// What becomes of a session, a retained message or a document that the store has already.
enum class collision : std::uint8_t { keep, replace };

struct will_row {
    std::string topic, payload, properties;
    std::int64_t qos = 0;
    bool retain = false;
    std::int64_t delay = 0;
    std::optional<std::int64_t> expiry, at;
};

struct session_row {
    std::string client_id, username;
    std::int64_t realm = 0;
    bool by_token = false;
    std::int64_t expiry = 0;
    std::optional<std::int64_t> ends_at;
    std::optional<will_row> will;
};

struct subscription_row {
    std::string client_id, filter;
    std::int64_t qos = 0;
    bool no_local = false;
    bool retain_as_published = false;
    std::int64_t identifier = 0;
};

struct message_row {
    std::int64_t id = 0; // in what is imported
    std::string topic, payload, properties;
    std::int64_t qos = 0;
    bool retain = false;
    std::int64_t arrived = 0;
    std::optional<std::int64_t> expires_at;
};

struct outgoing_row {
    std::string client_id;
    std::int64_t message = 0; // in what is imported
    std::int64_t qos = 1;
    bool retain = false;
    std::int64_t packet_id = 0;
    bool released = false;
    bool snapshot = false;
    std::string identifiers, shared;
};

struct document_row {
    std::string of, name, value;
    std::optional<std::int64_t> expires_at;
};

// Ids of an import: what is left of 63 bits is enough for the store's own.
inline constexpr std::int64_t imported_id_max = std::int64_t{1} << 60;

class store_filler {
public:
    struct counts {
        std::size_t sessions = 0, subscriptions = 0, outgoing = 0, retained = 0, documents = 0;
        std::size_t kept = 0;     // sessions, retained messages and documents left as they were
        std::size_t replaced = 0; // and such as gave way
    };

    store_filler(mqtt::database& into, collision rule);
    ~store_filler();
    store_filler(const store_filler&) = delete;
    store_filler& operator=(const store_filler&) = delete;

    static bool is_empty(mqtt::database& store);

    // Of an export, before all else; count for a store that is empty.
    void identity(const std::optional<std::string>& epoch, std::int64_t next_id);
    void session(const session_row& row);
    void subscription(const subscription_row& row);
    void incoming(const std::string& client_id, std::int64_t packet_id);
    void message(const message_row& row);
    // order: its place among all; negative: behind what there is.
    void outgoing(const outgoing_row& row, std::int64_t order = -1);
    void retained(const message_row& row);
    void document(const document_row& row);

    // Drops messages that nobody waits for, and says what the next id is.
    void finish();

    const counts& done() const { return done_; }
    // Whether the session belongs to what is imported; false also for one that was kept.
    bool has(const std::string& client_id) const { return sessions_.contains(client_id); }

private:
    struct statements;
    std::int64_t number_of(const std::string& client_id) const;
    bool is_kept(const std::string& client_id) const;
    std::int64_t new_id(std::int64_t imported);
    void forget_session(std::int64_t id);

    mqtt::database& into_;
    std::unique_ptr<statements> said_;
    collision rule_;
    counts done_;
    std::int64_t base_ = 0;          // added to the ids of messages
    std::int64_t outgoing_base_ = 0; // and to the places of what waits
    std::int64_t outgoing_next_ = 0;
    std::int64_t next_id_ = 1;
    // Sessions by client id; nothing: it was there, and stays as it was. Bound: what is imported.
    std::unordered_map<std::string, std::optional<std::int64_t>> sessions_;
};

} // namespace gateway
