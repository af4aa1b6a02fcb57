#include "mqtt/store/change_writer.hpp"

#include <algorithm>
#include <sqlite3.h>
#include <string>

namespace mqtt {
namespace {

// Ids are promised ahead of their use, so that a crash can't make one be given twice.
constexpr std::uint64_t ids_ahead = 1'000'000;
constexpr std::uint64_t ids_left_min = 300'000;

std::string bytes_of(const std::vector<std::uint32_t>& identifiers) {
    std::string bytes;
    for (auto each : identifiers)
        for (int i = 0; i < 4; ++i, each >>= 8U)
            bytes.push_back(static_cast<char>(each & 0xFFU));
    return bytes;
}

std::int64_t number(std::uint64_t from) {
    return static_cast<std::int64_t>(from);
}

void bind_message(statement& into, const message& what, const moment& at) {
    into.bind(1, number(what.id())).bind(2, what.topic());
    into.bind_blob(3, what.payload()).bind_blob(4, what.properties());
    into.bind(5, std::int64_t{to_number(what.qos())});
    into.bind(6, milliseconds_of(what.arrived()));
    into.bind(7, at.milliseconds_of(what.expires_at()));
}

} // namespace

std::int64_t milliseconds_of(wall_time at) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(at.time_since_epoch()).count();
}

wall_time wall_of(std::int64_t milliseconds) {
    return wall_time(
        std::chrono::duration_cast<wall_time::duration>(std::chrono::milliseconds(milliseconds)));
}

std::optional<std::int64_t> moment::milliseconds_of(steady_time at) const {
    if (at == never)
        return std::nullopt;
    return mqtt::milliseconds_of(wall) +
           std::chrono::duration_cast<std::chrono::milliseconds>(at - steady).count();
}

steady_time moment::steady_of(std::optional<std::int64_t> milliseconds) const {
    if (!milliseconds)
        return never;
    return steady + std::chrono::milliseconds(*milliseconds - mqtt::milliseconds_of(wall));
}

// True: it was one of an entry, and is in its list.
bool change_plan::take_entry(store_change& one) {
    const auto place_of = [this](entry_key key) {
        const auto found = places_.find(key);
        return found == places_.end() ? nullptr : &added[found->second];
    };
    if (auto* entry = std::get_if<stored_entry>(&one)) {
        places_.emplace(entry->key, added.size());
        added.push_back(std::move(*entry));
    } else if (const auto* now_sent = std::get_if<entry_sent>(&one)) {
        if (auto* fresh = place_of(now_sent->entry))
            fresh->packet_id = now_sent->packet_id;
        else
            sent.emplace_back(now_sent->entry, now_sent->packet_id);
    } else if (const auto* now_released = std::get_if<entry_released>(&one)) {
        if (auto* fresh = place_of(now_released->entry))
            fresh->released = true;
        else
            released.push_back(now_released->entry);
    } else if (const auto* now_gone = std::get_if<entry_gone>(&one)) {
        if (auto* fresh = place_of(now_gone->entry))
            *fresh = {}; // acknowledged before it was written: never written
        else
            gone.push_back(now_gone->entry);
    } else {
        return false;
    }
    return true;
}

void change_plan::take(std::vector<store_change>& changes) {
    for (auto& each : changes)
        if (!take_entry(each))
            others.push_back(std::move(each));
    changes.clear();
}

change_writer::change_writer(database& into)
    : into_(into), reserved_(static_cast<std::uint64_t>(
                       into.number("SELECT value FROM meta WHERE name='next_id'"))),
      put_session_(into, "INSERT OR REPLACE INTO session VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"),
      drop_session_(into, "DELETE FROM session WHERE id=?"),
      drop_subscriptions_(into, "DELETE FROM subscription WHERE session=?"),
      drop_all_incoming_(into, "DELETE FROM incoming WHERE session=?"),
      put_subscription_(into, "INSERT OR REPLACE INTO subscription VALUES(?,?,?,?,?,?)"),
      drop_subscription_(into, "DELETE FROM subscription WHERE session=? AND filter=?"),
      put_incoming_(into, "INSERT OR IGNORE INTO incoming VALUES(?,?)"),
      drop_incoming_(into, "DELETE FROM incoming WHERE session=? AND packet_id=?"),
      put_message_(into, "INSERT OR IGNORE INTO message(id,topic,payload,properties,qos,arrived,"
                         "expires_at,retain) VALUES(?,?,?,?,?,?,?,?)"),
      drop_message_(into, "DELETE FROM message WHERE id=?"),
      put_entry_(into, "INSERT INTO outgoing VALUES(?,?,?,?,?,?,?,?,?,?)"),
      drop_entry_(into, "DELETE FROM outgoing WHERE id=? RETURNING message"),
      send_entry_(into, "UPDATE outgoing SET packet_id=? WHERE id=?"),
      release_entry_(into, "UPDATE outgoing SET released=1 WHERE id=?"),
      put_retained_(into, "INSERT OR REPLACE INTO retained(id,topic,payload,properties,qos,arrived,"
                          "expires_at) VALUES(?,?,?,?,?,?,?)"),
      drop_retained_(into, "DELETE FROM retained WHERE id=?"),
      put_document_(into, "INSERT OR REPLACE INTO document VALUES(?,?,?,?)"),
      drop_document_(into, "DELETE FROM document WHERE kind=? AND name=?"),
      reserve_(into, "INSERT OR REPLACE INTO meta VALUES('next_id',?)") {}

void change_writer::write(const change_plan& plan, const moment& at) {
    for (const auto& each : plan.retained)
        write_retained(each, at);
    for (const auto& each : plan.others)
        write_one(each, at);
    for (const auto& each : plan.added)
        if (each.key != 0)
            add_entry(each, at);
    for (const auto& [entry, packet_id] : plan.sent)
        send_entry_.bind(1, std::int64_t{packet_id}).bind(2, number(entry)).run();
    for (const auto entry : plan.released)
        release_entry_.bind(1, number(entry)).run();
    for (const auto entry : plan.gone)
        remove_entry(entry);
    reserve_ids(plan.newest_id);
}

void change_writer::commit() {
    before_.clear();
    reserved_ = std::max(reserved_, reserving_);
}

void change_writer::undo() {
    for (auto each = before_.rbegin(); each != before_.rend(); ++each)
        refer(each->first, each->second);
    before_.clear();
    reserving_ = 0;
}

void change_writer::refer(std::uint64_t message, std::uint32_t times) {
    if (times > 1)
        references_.insert_or_assign(message, times);
    else
        references_.erase(message);
}

void change_writer::set_references(std::uint64_t message, std::uint32_t times) {
    const auto known = references_.find(message);
    before_.emplace_back(message, known == references_.end() ? 1 : known->second);
    refer(message, times);
}

void change_writer::write_one(const store_change& one, const moment&) {
    if (const auto* open = std::get_if<incoming_opened>(&one))
        put_incoming_.bind(1, number(open->session)).bind(2, std::int64_t{open->packet_id}).run();
    else if (const auto* closed = std::get_if<incoming_closed>(&one))
        drop_incoming_.bind(1, number(closed->session))
            .bind(2, std::int64_t{closed->packet_id})
            .run();
    else if (const auto* gone = std::get_if<session_gone>(&one))
        forget_session(gone->session);
    else if (const auto* filter = std::get_if<std::unique_ptr<unsubscribed>>(&one))
        drop_subscription_.bind(1, number((*filter)->session)).bind(2, (*filter)->filter).run();
    else if (const auto* wanted = std::get_if<std::unique_ptr<stored_subscription>>(&one))
        write_subscription(**wanted);
    else if (const auto* kept = std::get_if<std::unique_ptr<stored_session>>(&one))
        write_session(**kept);
    else if (const auto* document = std::get_if<std::unique_ptr<stored_document>>(&one))
        write_document(**document);
}

void change_writer::write_session(const stored_session& one) {
    auto& into = put_session_;
    const auto moment_of = [](const std::optional<wall_time>& at) {
        return at ? std::optional(milliseconds_of(*at)) : std::nullopt;
    };
    into.bind(1, number(one.key)).bind(2, one.client_id).bind(3, one.username);
    into.bind(4, std::int64_t{one.realm}).bind(5, std::int64_t{one.by_token});
    into.bind(6, std::int64_t{one.expiry}).bind(7, moment_of(one.ends_at));
    into.bind(8, moment_of(one.will_at));
    if (one.will) {
        const auto& will = *one.will;
        into.bind(9, will.topic).bind_blob(10, will.payload).bind_blob(11, will.properties);
        into.bind(12, std::int64_t{to_number(will.qos)}).bind(13, std::int64_t{will.retain});
        into.bind(14, will.expiry ? std::optional(std::int64_t{*will.expiry}) : std::nullopt);
        into.bind(15, std::int64_t{will.delay.count()});
    } else {
        for (int column = 9; column <= 15; ++column)
            into.bind(column, std::optional<std::int64_t>());
    }
    into.run();
}

void change_writer::write_subscription(const stored_subscription& one) {
    put_subscription_.bind(1, number(one.session)).bind(2, one.filter);
    put_subscription_.bind(3, std::int64_t{to_number(one.qos)}).bind(4, std::int64_t{one.no_local});
    put_subscription_.bind(5, std::int64_t{one.retain_as_published});
    put_subscription_.bind(6, std::int64_t{one.identifier}).run();
}

void change_writer::write_document(const stored_document& one) {
    if (one.gone)
        return drop_document_.bind(1, one.kind).bind(2, one.name).run();
    put_document_.bind(1, one.kind).bind(2, one.name).bind_blob(3, one.value);
    put_document_
        .bind(4, one.expires_at ? std::optional(milliseconds_of(*one.expires_at)) : std::nullopt)
        .run();
}

void change_writer::forget_session(session_key which) {
    drop_session_.bind(1, number(which)).run();
    drop_subscriptions_.bind(1, number(which)).run();
    drop_all_incoming_.bind(1, number(which)).run();
}

void change_writer::add_entry(const stored_entry& one, const moment& at) {
    const auto& what = *one.what;
    bind_message(put_message_, what, at);
    put_message_.bind(8, std::int64_t{what.retain()}).run();
    if (sqlite3_changes(into_.handle()) == 0) { // others refer to it already
        const auto known = references_.find(what.id());
        set_references(what.id(), known == references_.end() ? 2 : known->second + 1);
    }
    const auto identifiers = one.more ? bytes_of(one.more->identifiers) : std::string();
    const std::string_view shared = one.more ? std::string_view(one.more->shared) : "";
    put_entry_.bind(1, number(one.key)).bind(2, number(one.session)).bind(3, number(what.id()));
    put_entry_.bind(4, std::int64_t{to_number(one.qos)}).bind(5, std::int64_t{one.retain});
    put_entry_.bind(6, std::int64_t{one.packet_id}).bind(7, std::int64_t{one.released});
    put_entry_.bind(8, std::int64_t{one.snapshot}).bind_blob(9, identifiers).bind(10, shared).run();
}

void change_writer::remove_entry(entry_key which) {
    drop_entry_.bind(1, number(which));
    const bool found = drop_entry_.step();
    const auto message = found ? static_cast<std::uint64_t>(drop_entry_.number(0)) : 0;
    drop_entry_.run();
    if (!found)
        return;
    const auto known = references_.find(message);
    if (known != references_.end())
        return set_references(message, known->second - 1);
    drop_message_.bind(1, number(message)).run();
}

void change_writer::write_retained(const retained_change& one, const moment& at) {
    if (one.before != 0)
        drop_retained_.bind(1, number(one.before)).run();
    if (!one.now)
        return;
    bind_message(put_retained_, *one.now, at);
    put_retained_.run();
}

void change_writer::reserve_ids(std::uint64_t newest) {
    if (newest + ids_left_min < reserved_)
        return;
    reserving_ = newest + ids_ahead;
    reserve_.bind(1, number(reserving_)).run();
}

} // namespace mqtt
