#include "mqtt/store/stored_state.hpp"

#include "mqtt/types/topic.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <stdexcept>
#include <utility>

namespace mqtt {
namespace {

constexpr std::uint64_t rows_between_reports = 100'000;

std::uint64_t unsigned_at(const statement& row, int column) {
    return static_cast<std::uint64_t>(row.number(column));
}

template <class Number>
Number small(const statement& row, int column, std::int64_t most, const char* what) {
    const auto value = row.number(column);
    if (value < 0 || value > most)
        throw std::runtime_error("its table " + std::string(what) + " has a row with " +
                                 std::to_string(value) + " where at most " + std::to_string(most) +
                                 " can be");
    return static_cast<Number>(value);
}

qos qos_at(const statement& row, int column, const char* what) {
    return static_cast<qos>(small<std::uint8_t>(row, column, 2, what));
}

class reading {
public:
    reading(database& from, const moment& at, stored_state_reader& into,
            const std::function<void(std::uint64_t)>& progress)
        : from_(from), at_(at), into_(into), progress_(progress) {}

    void sessions();
    void subscriptions();
    void incoming();
    void messages();
    void entries();
    void retained();
    void documents();
    void tell_references(const std::function<void(std::uint64_t, std::uint32_t)>& refer) const;

    load_counts counts;

private:
    struct known_message {
        message_ptr what;
        std::uint32_t times = 0;
    };

    message_ptr message_at(const statement& row, const char* what, bool retain);
    void count_row() {
        if (++rows_ % rows_between_reports == 0)
            progress_(rows_);
    }

    database& from_;
    const moment& at_;
    stored_state_reader& into_;
    const std::function<void(std::uint64_t)>& progress_;
    boost::unordered_flat_map<std::uint64_t, known_message> messages_; // bound: the table
    std::uint64_t rows_ = 0;
};

// Columns 0 to 6: id, topic, payload, properties, qos, arrived, expires_at.
message_ptr reading::message_at(const statement& row, const char* what, bool retain) {
    publication said;
    said.topic = row.text(1);
    said.payload = row.text(2);
    said.properties = row.text(3);
    said.qos = qos_at(row, 4, what);
    said.retain = retain;
    said.expires_at = at_.steady_of(row.optional_number(6));
    if (!is_topic_name(said.topic))
        throw std::runtime_error("its table " + std::string(what) +
                                 " has a row whose topic is none");
    return message::make(said, unsigned_at(row, 0), wall_of(row.number(5)));
}

void reading::sessions() {
    statement row(from_, "SELECT id,client_id,username,realm,by_token,expiry,ends_at,will_at,"
                         "will_topic,will_payload,will_properties,will_qos,will_retain,will_expiry,"
                         "will_delay FROM session");
    while (row.step()) {
        count_row();
        stored_session one;
        one.key = unsigned_at(row, 0);
        one.client_id = row.text(1);
        one.username = row.text(2);
        one.realm = small<std::uint16_t>(row, 3, UINT16_MAX, "session");
        one.by_token = row.number(4) != 0;
        one.expiry = small<std::uint32_t>(row, 5, UINT32_MAX, "session");
        if (const auto ends = row.optional_number(6))
            one.ends_at = wall_of(*ends);
        if (const auto due = row.optional_number(7))
            one.will_at = wall_of(*due);
        if (!row.is_null(8)) {
            kept_will will;
            will.topic = row.text(8);
            will.payload = row.text(9);
            will.properties = row.text(10);
            will.qos = qos_at(row, 11, "session");
            will.retain = row.number(12) != 0;
            if (!row.is_null(13))
                will.expiry = small<std::uint32_t>(row, 13, UINT32_MAX, "session");
            will.delay = std::chrono::seconds(small<std::uint32_t>(row, 14, UINT32_MAX, "session"));
            one.will = std::move(will);
        }
        ++counts.sessions;
        into_.on_session(std::move(one));
    }
}

void reading::subscriptions() {
    statement row(from_, "SELECT session,filter,qos,no_local,retain_as_published,identifier "
                         "FROM subscription");
    while (row.step()) {
        count_row();
        stored_subscription one;
        one.session = unsigned_at(row, 0);
        one.filter = row.text(1);
        one.qos = qos_at(row, 2, "subscription");
        one.no_local = row.number(3) != 0;
        one.retain_as_published = row.number(4) != 0;
        one.identifier = small<std::uint32_t>(row, 5, 268'435'455, "subscription");
        if (!is_subscription_filter(one.filter))
            throw std::runtime_error("its table subscription has a row whose filter is none");
        ++counts.subscriptions;
        into_.on_subscription(std::move(one));
    }
}

void reading::incoming() {
    statement row(from_, "SELECT session,packet_id FROM incoming");
    while (row.step()) {
        count_row();
        into_.on_incoming(unsigned_at(row, 0),
                          small<std::uint16_t>(row, 1, UINT16_MAX, "incoming"));
    }
}

void reading::messages() {
    statement row(from_, "SELECT id,topic,payload,properties,qos,arrived,expires_at,retain "
                         "FROM message");
    while (row.step()) {
        count_row();
        auto what = message_at(row, "message", row.number(7) != 0);
        messages_.emplace(what->id(), known_message{what, 0});
    }
}

void reading::entries() {
    statement row(from_, "SELECT id,session,message,qos,retain,packet_id,released,snapshot,"
                         "identifiers,shared FROM outgoing ORDER BY id");
    while (row.step()) {
        count_row();
        const auto found = messages_.find(unsigned_at(row, 2));
        if (found == messages_.end())
            throw std::runtime_error("its table outgoing has a row whose message is missing");
        ++found->second.times;
        stored_entry one;
        one.key = unsigned_at(row, 0);
        one.session = unsigned_at(row, 1);
        one.what = found->second.what;
        one.qos = qos_at(row, 3, "outgoing");
        one.retain = row.number(4) != 0;
        one.packet_id = small<std::uint16_t>(row, 5, UINT16_MAX, "outgoing");
        one.released = row.number(6) != 0;
        one.snapshot = row.number(7) != 0;
        const auto identifiers = row.text(8);
        if (!identifiers.empty() || !row.text(9).empty()) {
            one.more = std::make_unique<stored_entry::extras>();
            one.more->shared = row.text(9);
            for (std::size_t at = 0; at + 4 <= identifiers.size(); at += 4) {
                std::uint32_t value = 0;
                for (std::size_t i = 4; i-- != 0;)
                    value = value << 8U | static_cast<std::uint8_t>(identifiers[at + i]);
                one.more->identifiers.push_back(value); // bound: a row
            }
        }
        ++counts.entries;
        into_.on_entry(std::move(one));
    }
}

void reading::retained() {
    statement row(from_, "SELECT id,topic,payload,properties,qos,arrived,expires_at FROM retained");
    while (row.step()) {
        count_row();
        ++counts.retained;
        into_.on_retained(message_at(row, "retained", true));
    }
}

void reading::documents() {
    statement row(from_, "SELECT kind,name,value,expires_at FROM document");
    while (row.step()) {
        count_row();
        stored_document one;
        one.kind = row.text(0);
        one.name = row.text(1);
        one.value = row.text(2);
        if (const auto expires = row.optional_number(3))
            one.expires_at = wall_of(*expires);
        into_.on_document(std::move(one));
    }
}

void reading::tell_references(
    const std::function<void(std::uint64_t, std::uint32_t)>& refer) const {
    for (const auto& [id, known] : messages_)
        if (known.times > 1)
            refer(id, known.times);
}

} // namespace

load_counts read_stored_state(database& from, const moment& at, stored_state_reader& into,
                              const std::function<void(std::uint64_t, std::uint32_t)>& refer,
                              const std::function<void(std::uint64_t)>& progress) {
    {
        transaction all(from);
        const auto now = std::to_string(milliseconds_of(at.wall));
        from.run("DELETE FROM retained WHERE expires_at<=" + now +
                 "; DELETE FROM document WHERE expires_at<=" + now +
                 "; DELETE FROM message WHERE id NOT IN (SELECT message FROM outgoing)");
        all.commit();
    }
    reading one(from, at, into, progress);
    one.sessions();
    one.subscriptions();
    one.incoming();
    one.messages();
    one.entries();
    one.retained();
    one.documents();
    one.tell_references(refer);
    return one.counts;
}

} // namespace mqtt
