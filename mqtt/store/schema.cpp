#include "mqtt/store/schema.hpp"

#include <array>
#include <string>

namespace mqtt {
namespace {

// Each step leads from the version before it; never change one that was released. Times are
// milliseconds since 1970. Topics, client ids and the like are TEXT; payloads and MQTT 5 properties
// (wire bytes, without their length) are BLOB.
constexpr std::array<const char*, 2> steps{
    R"sql(
-- epoch: what public message ids of this store begin with; next_id: no message has this id or a higher one yet
CREATE TABLE meta(name TEXT PRIMARY KEY, value) WITHOUT ROWID;

CREATE TABLE session(
    id INTEGER PRIMARY KEY,
    client_id TEXT NOT NULL UNIQUE,
    username TEXT NOT NULL,             -- empty: anonymous
    realm INTEGER NOT NULL,             -- the rules that speak for it: 0, or a listener's number
    by_token INTEGER NOT NULL,          -- 1: a token granted it rights, which are not kept
    expiry INTEGER NOT NULL,            -- seconds after its connection ended; 4294967295: never
    ends_at INTEGER,                    -- NULL: its client is connected, or it never ends
    will_at INTEGER,                    -- NULL with a will: its client is connected
    will_topic TEXT,                    -- NULL: no will
    will_payload BLOB,
    will_properties BLOB,
    will_qos INTEGER,
    will_retain INTEGER,
    will_expiry INTEGER,                -- seconds; NULL: none
    will_delay INTEGER                  -- seconds
);

CREATE TABLE subscription(
    session INTEGER NOT NULL,
    filter TEXT NOT NULL,
    qos INTEGER NOT NULL,
    no_local INTEGER NOT NULL,
    retain_as_published INTEGER NOT NULL,
    identifier INTEGER NOT NULL,        -- 0: none
    PRIMARY KEY(session, filter)
) WITHOUT ROWID;

-- QoS 2 messages of a client that it has not released yet
CREATE TABLE incoming(
    session INTEGER NOT NULL,
    packet_id INTEGER NOT NULL,
    PRIMARY KEY(session, packet_id)
) WITHOUT ROWID;

-- messages that somebody in outgoing waits for; each stands here once
CREATE TABLE message(
    id INTEGER PRIMARY KEY,
    topic TEXT NOT NULL,
    payload BLOB NOT NULL,
    properties BLOB NOT NULL,
    qos INTEGER NOT NULL,
    retain INTEGER NOT NULL,
    arrived INTEGER NOT NULL,
    expires_at INTEGER                  -- NULL: never
);

-- messages of QoS 1 and 2 on their way to a client, in the order of their ids
CREATE TABLE outgoing(
    id INTEGER PRIMARY KEY,
    session INTEGER NOT NULL,
    message INTEGER NOT NULL,
    qos INTEGER NOT NULL,
    retain INTEGER NOT NULL,
    packet_id INTEGER NOT NULL,         -- 0: waits
    released INTEGER NOT NULL,          -- 1: PUBREL is due or sent
    snapshot INTEGER NOT NULL,          -- 1: a retained message of a new subscription
    identifiers BLOB NOT NULL,          -- subscription identifiers, four bytes each, little endian
    shared TEXT NOT NULL                -- "$share/name/filter" that it came by; empty: none
);

CREATE TABLE retained(
    id INTEGER PRIMARY KEY,             -- of the message
    topic TEXT NOT NULL,
    payload BLOB NOT NULL,
    properties BLOB NOT NULL,
    qos INTEGER NOT NULL,
    arrived INTEGER NOT NULL,
    expires_at INTEGER
);

-- what other rooms keep under names of theirs (webhooks, leases, delayed publishes, idempotency keys)
CREATE TABLE document(
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    value BLOB NOT NULL,
    expires_at INTEGER,
    PRIMARY KEY(kind, name)
) WITHOUT ROWID;
)sql",
    R"sql(
-- topics whose messages are kept as `history` lines say; in meta: history_filters, the filters of
-- those lines, and history_forgotten_to, up to which id messages may be missing for other reasons
CREATE TABLE history_topic(
    id INTEGER PRIMARY KEY,
    topic TEXT NOT NULL UNIQUE,
    messages INTEGER NOT NULL,
    bytes INTEGER NOT NULL,             -- of their payloads and properties
    oldest INTEGER NOT NULL,            -- id of the first message
    oldest_at INTEGER NOT NULL,
    newest INTEGER NOT NULL,            -- id of the last message
    newest_at INTEGER NOT NULL,
    trimmed_to INTEGER NOT NULL,        -- messages up to this id were deleted; 0: none
    closed_to INTEGER NOT NULL,         -- messages up to this id stand in blocks
    open INTEGER NOT NULL               -- messages behind it
);

CREATE TABLE history_message(
    topic INTEGER NOT NULL,
    id INTEGER NOT NULL,
    arrived INTEGER NOT NULL,
    payload BLOB NOT NULL,
    properties BLOB NOT NULL,
    qos INTEGER NOT NULL,
    retain INTEGER NOT NULL,
    expires_at INTEGER,
    PRIMARY KEY(topic, id)
) WITHOUT ROWID;

-- numbers in the payloads of a topic; '' is the payload itself as one, and each topic has it
CREATE TABLE history_field(
    id INTEGER PRIMARY KEY,
    topic INTEGER NOT NULL,
    name TEXT NOT NULL,                 -- JSON Pointer
    UNIQUE(topic, name)
);

-- what the messages of a topic with ids behind past, up to last, add up to; blocks of level 0 stand
-- for 32 messages, those of the next level for 16 blocks
CREATE TABLE history_block(
    field INTEGER NOT NULL,
    level INTEGER NOT NULL,
    last INTEGER NOT NULL,
    past INTEGER NOT NULL,
    begins INTEGER NOT NULL,            -- the first and the last time in it
    ends INTEGER NOT NULL,
    messages INTEGER NOT NULL,
    numbers INTEGER NOT NULL,           -- messages that have this field; 0: the rest counts not
    total REAL NOT NULL,
    low REAL NOT NULL,
    low_at INTEGER NOT NULL,
    high REAL NOT NULL,
    high_at INTEGER NOT NULL,
    first REAL NOT NULL,
    first_at INTEGER NOT NULL,
    latest REAL NOT NULL,
    latest_at INTEGER NOT NULL,
    PRIMARY KEY(field, level, last)
) WITHOUT ROWID;
)sql",
};

std::string pragma(const char* name, std::int64_t value) {
    return "PRAGMA " + std::string(name) + "=" + std::to_string(value);
}

} // namespace

std::int64_t schema_version() {
    return static_cast<std::int64_t>(steps.size());
}

std::string schema_complaint(database& in) {
    const auto version = in.number("PRAGMA user_version");
    const auto owner = in.number("PRAGMA application_id");
    const bool is_empty = in.number("SELECT count(*) FROM sqlite_master") == 0;
    if (is_empty)
        return {};
    if (owner != store_application_id)
        return "it is the database of another program";
    if (version > schema_version())
        return "it was written by a newer version of sluice (tables of version " +
               std::to_string(version) + ", this program knows " +
               std::to_string(schema_version()) + ")";
    return {};
}

void prepare_schema(database& in) {
    transaction all(in);
    if (const auto complaint = schema_complaint(in); !complaint.empty())
        throw std::runtime_error(complaint);
    const auto version = in.number("PRAGMA user_version");
    for (auto next = version; next < schema_version(); ++next)
        in.run(steps[static_cast<std::size_t>(next)]);
    if (version == 0)
        in.run(pragma("application_id", store_application_id));
    if (version < schema_version())
        in.run(pragma("user_version", schema_version()));
    all.commit();
}

} // namespace mqtt
