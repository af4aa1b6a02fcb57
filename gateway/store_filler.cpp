#include "gateway/store_filler.hpp"

#include "gateway/quoted.hpp"
#include "gateway/store_json.hpp"
#include "mqtt/types/topic.hpp"
#include "mqtt/types/utf8.hpp"

#include <algorithm>

namespace gateway {
namespace {

using mqtt::statement;

constexpr std::int64_t expiry_max = UINT32_MAX;
constexpr std::size_t payload_bytes_max = 268'435'455; // of an MQTT packet

void require(bool condition, const char* sentence) {
    if (!condition)
        throw unfit(sentence);
}

void check_message(const std::string& topic, const std::string& payload,
                   const std::string& properties, std::int64_t qos, std::int64_t qos_least) {
    require(mqtt::is_topic_name(topic), "its topic is none");
    require(payload.size() <= payload_bytes_max, "its payload is too long");
    require(qos >= qos_least && qos <= 2, "its QoS is none");
    check_properties(properties);
}

// The first column of the first row.
std::optional<std::int64_t> first_of(statement& asked) {
    const auto value = asked.step() ? std::optional(asked.number(0)) : std::nullopt;
    asked.reset();
    return value;
}

std::int64_t next_id_of(mqtt::database& store) {
    return std::max<std::int64_t>(
        {1, store.number("SELECT CAST(value AS INTEGER) FROM meta WHERE name='next_id'"),
         store.number("SELECT max(id)+1 FROM message"),
         store.number("SELECT max(id)+1 FROM retained")});
}

} // namespace

struct store_filler::statements {
    explicit statements(mqtt::database& in)
        : find_session(in, "SELECT id FROM session WHERE client_id=?"),
          find_message(in, "SELECT 1 FROM message WHERE id=?"),
          find_retained(in, "SELECT id FROM retained WHERE topic=?"),
          find_document(in, "SELECT 1 FROM document WHERE kind=? AND name=?"),
          session(in, "INSERT INTO session VALUES(NULL,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"),
          subscription(in, "INSERT OR IGNORE INTO subscription VALUES(?,?,?,?,?,?)"),
          incoming(in, "INSERT OR IGNORE INTO incoming VALUES(?,?)"),
          message(in, "INSERT INTO message VALUES(?,?,?,?,?,?,?,?)"),
          outgoing(in, "INSERT INTO outgoing VALUES(?,?,?,?,?,?,?,?,?,?)"),
          retained(in, "INSERT INTO retained VALUES(?,?,?,?,?,?,?)"),
          document(in, "INSERT OR REPLACE INTO document VALUES(?,?,?,?)"),
          forget_retained(in, "DELETE FROM retained WHERE id=?") {}

    statement find_session, find_message, find_retained, find_document;
    statement session, subscription, incoming, message, outgoing, retained, document;
    statement forget_retained;
};

store_filler::store_filler(mqtt::database& into, collision rule) : into_(into), rule_(rule) {
    next_id_ = next_id_of(into);
    base_ = is_empty(into) ? 0 : next_id_;
    outgoing_base_ = into.number("SELECT max(id)+1 FROM outgoing");
    outgoing_next_ = std::max<std::int64_t>(1, outgoing_base_);
    // For the time of the import: the store itself has no use for them.
    into.run("CREATE INDEX imported_topic ON retained(topic);"
             "CREATE INDEX imported_session ON outgoing(session)");
    said_ = std::make_unique<statements>(into);
}

store_filler::~store_filler() = default;

bool store_filler::is_empty(mqtt::database& store) {
    return store.number("SELECT EXISTS(SELECT 1 FROM session) OR EXISTS(SELECT 1 FROM retained) "
                        "OR EXISTS(SELECT 1 FROM message) OR EXISTS(SELECT 1 FROM document)") == 0;
}

void store_filler::identity(const std::optional<std::string>& epoch, std::int64_t next_id) {
    if (base_ != 0)
        return;
    require(next_id >= 0 && next_id <= imported_id_max, "the next id is none");
    next_id_ = std::max(next_id_, next_id);
    if (epoch)
        statement(into_, "INSERT OR REPLACE INTO meta VALUES('epoch', ?)")
            .bind(1, std::string_view(*epoch))
            .run();
}

std::int64_t store_filler::new_id(std::int64_t imported) {
    require(imported >= 1 && imported <= imported_id_max, "its id is none");
    require(base_ <= INT64_MAX - imported_id_max - 1, "this store has no ids left");
    const auto id = base_ + imported;
    next_id_ = std::max(next_id_, id + 1);
    return id;
}

std::int64_t store_filler::number_of(const std::string& client_id) const {
    const auto found = sessions_.find(client_id);
    if (found == sessions_.end())
        throw unfit("there is no session of its client " + gateway::quoted(client_id));
    return found->second.value_or(0);
}

bool store_filler::is_kept(const std::string& client_id) const {
    return number_of(client_id) == 0;
}

void store_filler::forget_session(std::int64_t id) {
    for (const auto* text :
         {"DELETE FROM subscription WHERE session=?", "DELETE FROM incoming WHERE session=?",
          "DELETE FROM outgoing WHERE session=?", "DELETE FROM session WHERE id=?"})
        statement(into_, text).bind(1, id).run();
}

void store_filler::session(const session_row& row) {
    require(mqtt::is_utf8_string(row.client_id) && !row.client_id.empty() &&
                row.client_id.size() <= UINT16_MAX,
            "its client id is none");
    require(mqtt::is_utf8_string(row.username) && row.username.size() <= UINT16_MAX,
            "its user name is none");
    require(row.expiry >= 0 && row.expiry <= expiry_max, "its expiry is out of range");
    require(!sessions_.contains(row.client_id), "its client has a session already");
    if (row.will)
        check_message(row.will->topic, row.will->payload, row.will->properties, row.will->qos, 0);
    const auto there = first_of(said_->find_session.bind(1, std::string_view(row.client_id)));
    if (there && rule_ == collision::keep) {
        sessions_.emplace(row.client_id, std::nullopt);
        ++done_.kept;
        return;
    }
    if (there) {
        forget_session(*there);
        ++done_.replaced;
    }
    auto& put = said_->session;
    put.bind(1, std::string_view(row.client_id)).bind(2, std::string_view(row.username));
    put.bind(3, row.realm).bind(4, std::int64_t{row.by_token}).bind(5, row.expiry);
    put.bind(6, row.ends_at);
    for (int each = 7; each <= 14; ++each)
        put.bind(each, std::optional<std::int64_t>());
    if (row.will) {
        put.bind(7, row.will->at).bind(8, std::string_view(row.will->topic));
        put.bind_blob(9, row.will->payload).bind_blob(10, row.will->properties);
        put.bind(11, row.will->qos).bind(12, std::int64_t{row.will->retain});
        put.bind(13, row.will->expiry).bind(14, row.will->delay);
    }
    put.run();
    sessions_.emplace(row.client_id, into_.number("SELECT last_insert_rowid()"));
    ++done_.sessions;
}

void store_filler::subscription(const subscription_row& row) {
    if (is_kept(row.client_id))
        return;
    require(mqtt::is_subscription_filter(row.filter), "its filter is none");
    require(row.qos >= 0 && row.qos <= 2, "its QoS is none");
    auto& put = said_->subscription;
    put.bind(1, number_of(row.client_id)).bind(2, std::string_view(row.filter)).bind(3, row.qos);
    put.bind(4, std::int64_t{row.no_local}).bind(5, std::int64_t{row.retain_as_published});
    put.bind(6, row.identifier).run();
    ++done_.subscriptions;
}

void store_filler::incoming(const std::string& client_id, std::int64_t packet_id) {
    if (is_kept(client_id))
        return;
    require(packet_id >= 1 && packet_id <= UINT16_MAX, "its packet id is none");
    said_->incoming.bind(1, number_of(client_id)).bind(2, packet_id).run();
}

void store_filler::message(const message_row& row) {
    check_message(row.topic, row.payload, row.properties, row.qos, 0);
    const auto id = new_id(row.id);
    require(!first_of(said_->find_message.bind(1, id)), "its id was there before");
    auto& put = said_->message;
    put.bind(1, id).bind(2, std::string_view(row.topic)).bind_blob(3, row.payload);
    put.bind_blob(4, row.properties).bind(5, row.qos).bind(6, std::int64_t{row.retain});
    put.bind(7, row.arrived).bind(8, row.expires_at).run();
}

void store_filler::outgoing(const outgoing_row& row, std::int64_t order) {
    if (is_kept(row.client_id))
        return;
    const auto id = new_id(row.message);
    require(first_of(said_->find_message.bind(1, id)).has_value(), "its message is not there");
    require(row.qos == 1 || row.qos == 2, "its QoS is none");
    require(row.packet_id >= 0 && row.packet_id <= UINT16_MAX, "its packet id is none");
    require(!row.released || (row.qos == 2 && row.packet_id != 0), "it can't be released");
    require(row.shared.empty() || mqtt::parse_shared_filter(row.shared),
            "its shared subscription is none");
    require(order <= imported_id_max, "its id is none");
    const auto place = order < 0 ? outgoing_next_ : outgoing_base_ + order;
    auto& put = said_->outgoing;
    put.bind(1, place).bind(2, number_of(row.client_id)).bind(3, id).bind(4, row.qos);
    put.bind(5, std::int64_t{row.retain}).bind(6, row.packet_id);
    put.bind(7, std::int64_t{row.released}).bind(8, std::int64_t{row.snapshot});
    put.bind_blob(9, row.identifiers).bind(10, std::string_view(row.shared)).run();
    outgoing_next_ = std::max(outgoing_next_, place + 1);
    ++done_.outgoing;
}

void store_filler::retained(const message_row& row) {
    check_message(row.topic, row.payload, row.properties, row.qos, 0);
    require(!row.payload.empty(), "a retained message without a payload is none");
    const auto there = first_of(said_->find_retained.bind(1, std::string_view(row.topic)));
    // One that is imported and stands there already was imported, too: the later one counts.
    const bool ours = there && *there >= base_;
    if (there && !ours && rule_ == collision::keep) {
        ++done_.kept;
        return;
    }
    if (there)
        said_->forget_retained.bind(1, *there).run();
    if (there && !ours)
        ++done_.replaced;
    auto& put = said_->retained;
    put.bind(1, new_id(row.id)).bind(2, std::string_view(row.topic)).bind_blob(3, row.payload);
    put.bind_blob(4, row.properties).bind(5, row.qos).bind(6, row.arrived);
    put.bind(7, row.expires_at).run();
    done_.retained += ours ? 0 : 1;
}

void store_filler::document(const document_row& row) {
    require(mqtt::is_utf8_string(row.of) && mqtt::is_utf8_string(row.name), "its name is none");
    auto& asked = said_->find_document;
    asked.bind(1, std::string_view(row.of)).bind(2, std::string_view(row.name));
    const bool there = first_of(asked).has_value();
    if (there && rule_ == collision::keep) {
        ++done_.kept;
        return;
    }
    auto& put = said_->document;
    put.bind(1, std::string_view(row.of)).bind(2, std::string_view(row.name));
    put.bind_blob(3, row.value).bind(4, row.expires_at).run();
    (there ? done_.replaced : done_.documents) += 1;
}

void store_filler::finish() {
    into_.run("DELETE FROM message WHERE id NOT IN (SELECT message FROM outgoing)");
    into_.run("DROP INDEX imported_topic; DROP INDEX imported_session");
    statement(into_, "INSERT OR REPLACE INTO meta VALUES('next_id', ?)").bind(1, next_id_).run();
}

} // namespace gateway
