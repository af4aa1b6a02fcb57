#include "mqtt/store/history_table.hpp"

#include "mqtt/store/reading.hpp"

#include <algorithm>
#include <limits>
#include <queue>
#include <sqlite3.h>
#include <tuple>
#include <utility>

namespace mqtt {
namespace {

constexpr auto no_limit = std::numeric_limits<std::int64_t>::max();

std::int64_t milliseconds(wall_time when) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(when.time_since_epoch()).count();
}

std::uint64_t size_of(const message& what) {
    return what.payload().size() + what.properties().size();
}

std::uint64_t unsigned_at(const statement& row, int column) {
    return static_cast<std::uint64_t>(row.number(column));
}

} // namespace

history_table::history_table(database& in, std::vector<history_rule> rules)
    : in_(in), rules_(std::move(rules)), blocks_(in),
      add_topic_(in,
                 "INSERT INTO history_topic(topic, messages, bytes, oldest, oldest_at, newest, "
                 "newest_at, trimmed_to, closed_to, open) VALUES(?, 0, 0, 0, 0, 0, 0, 0, 0, 0)"),
      save_topic_(in, "UPDATE history_topic SET messages=?, bytes=?, oldest=?, oldest_at=?, "
                      "newest=?, newest_at=?, trimmed_to=?, closed_to=?, open=? WHERE id=?"),
      add_message_(in, "INSERT OR IGNORE INTO history_message VALUES(?, ?, ?, ?, ?, ?, ?, ?)"),
      read_head_(in, "SELECT id, arrived, length(payload) + length(properties) "
                     "FROM history_message WHERE topic=? AND id<? ORDER BY id"),
      drop_messages_(in, "DELETE FROM history_message WHERE topic=? AND id<=?"),
      find_oldest_(in, "SELECT id, arrived FROM history_message WHERE topic=? "
                       "ORDER BY id LIMIT 1") {
    note_rules();
    load();
}

// Messages that came before their topic had a rule are missing: with other rules than last time,
// nobody can say that history is complete from an earlier id on.
void history_table::note_rules() {
    std::string filters;
    for (const auto& each : rules_)
        filters.append(each.filter).append("\n");
    if (in_.text("SELECT value FROM meta WHERE name='history_filters'") == filters &&
        !rules_.empty())
        return;
    transaction all(in_);
    statement set(in_, "INSERT OR REPLACE INTO meta(name, value) VALUES(?, ?)");
    set.bind(1, std::string_view("history_filters")).bind(2, std::string_view(filters)).run();
    const auto next = in_.number("SELECT value FROM meta WHERE name='next_id'");
    set.bind(1, std::string_view("history_forgotten_to"))
        .bind(2, std::max<std::int64_t>(next, 1) - 1);
    set.run();
    all.commit();
}

void history_table::load() {
    topics_.clear();
    changed_.clear();
    forgotten_to_ = in_.number("SELECT value FROM meta WHERE name='history_forgotten_to'");
    statement list(in_, "SELECT topic, id, messages, bytes, oldest, oldest_at, newest, newest_at, "
                        "trimmed_to, closed_to, open FROM history_topic");
    while (list.step()) {
        kept_topic each;
        each.number = list.number(1);
        each.messages = unsigned_at(list, 2);
        each.bytes = unsigned_at(list, 3);
        each.oldest = list.number(4);
        each.oldest_at = list.number(5);
        each.newest = list.number(6);
        each.newest_at = list.number(7);
        each.trimmed_to = list.number(8);
        each.closed_to = list.number(9);
        each.open = unsigned_at(list, 10);
        each.rule = rule_for(rules_, list.text(0));
        topics_.emplace(list.text(0), each);
    }
}

void history_table::forget_uncommitted() {
    load();
}

void history_table::touch(entry& each) {
    if (!std::exchange(each.second.changed, true))
        changed_.push_back(&each); // bound: topics_
}

history_table::entry* history_table::topic_for(std::string_view name) {
    const auto known = topics_.find(name);
    if (known != topics_.end())
        return known->second.rule == nullptr ? nullptr : &*known;
    const auto* rule = rule_for(rules_, name);
    if (rule == nullptr)
        return nullptr;
    if (topics_.size() >= history_topics_max) {
        ++refused_;
        return nullptr;
    }
    add_topic_.bind(1, name).run();
    kept_topic made;
    made.number = in_.number("SELECT last_insert_rowid()");
    made.rule = rule;
    blocks_.begin_topic(made.number);
    return &*topics_.emplace(name, made).first;
}

void history_table::add(const message& what, std::optional<wall_time> expires_at) {
    auto* each = topic_for(what.topic());
    if (each == nullptr)
        return;
    auto& topic = each->second;
    const auto id = static_cast<std::int64_t>(what.id());
    if (id <= topic.trimmed_to)
        return; // it comes so late that its place is gone
    const auto arrived = milliseconds(what.arrived());
    add_message_.bind(1, topic.number).bind(2, id).bind(3, arrived);
    add_message_.bind_blob(4, what.payload()).bind_blob(5, what.properties());
    add_message_.bind(6, std::int64_t{to_number(what.qos())});
    add_message_.bind(7, std::int64_t{what.retain() ? 1 : 0});
    add_message_.bind(8, expires_at ? std::optional(milliseconds(*expires_at)) : std::nullopt);
    add_message_.run();
    if (sqlite3_changes(in_.handle()) == 0)
        return; // it is there already
    touch(*each);
    if (topic.messages == 0 || id < topic.oldest)
        std::tie(topic.oldest, topic.oldest_at) = std::pair(id, arrived);
    if (id > topic.newest)
        std::tie(topic.newest, topic.newest_at) = std::pair(id, arrived);
    ++topic.messages;
    topic.bytes += size_of(what);
    // Two shards may hand over their messages in another order than that of their ids.
    if (id <= topic.closed_to)
        return blocks_.reopen(topic.number, id);
    if (++topic.open < block_messages)
        return;
    blocks_.close(topic.number, topic.closed_to, topic.newest);
    topic.closed_to = topic.newest;
    topic.open = 0;
}

void history_table::before_commit() {
    for (auto* each : changed_) {
        auto& topic = each->second;
        topic.changed = false;
        save_topic_.bind(1, static_cast<std::int64_t>(topic.messages));
        save_topic_.bind(2, static_cast<std::int64_t>(topic.bytes));
        save_topic_.bind(3, topic.oldest).bind(4, topic.oldest_at);
        save_topic_.bind(5, topic.newest).bind(6, topic.newest_at);
        save_topic_.bind(7, topic.trimmed_to).bind(8, topic.closed_to);
        save_topic_.bind(9, static_cast<std::int64_t>(topic.open)).bind(10, topic.number);
        save_topic_.run();
    }
    changed_.clear();
}

bool history_table::trim(wall_time now) {
    std::uint64_t budget = trimmed_at_once_max;
    budget -= trim_old(milliseconds(now), budget);
    budget -= trim_surplus(budget);
    drop_empty();
    return budget == 0;
}

// The oldest messages of a topic, at most so many: those below an id, and older than a time.
history_table::head history_table::head_of(const kept_topic& of, std::int64_t below,
                                           std::int64_t older_than, std::uint64_t most) {
    head found;
    read_head_.bind(1, of.number).bind(2, below);
    reading rows(read_head_);
    while (found.messages < most && rows.step()) {
        if (read_head_.number(1) >= older_than)
            break;
        found.last = read_head_.number(0);
        ++found.messages;
        found.bytes += unsigned_at(read_head_, 2);
    }
    return found;
}

void history_table::drop_head(entry& of, const head& what) {
    auto& topic = of.second;
    drop_messages_.bind(1, topic.number).bind(2, what.last).run();
    touch(of);
    topic.messages -= std::min(topic.messages, what.messages);
    topic.bytes -= std::min(topic.bytes, what.bytes);
    topic.trimmed_to = what.last;
    if (what.last > topic.closed_to) { // some of those that stand in no block yet
        topic.closed_to = what.last;
        topic.open = topic.messages;
    }
    if (what.last >= topic.first_block) {
        blocks_.trim(topic.number, what.last);
        topic.first_block = blocks_.first_end(topic.number);
    }
    find_oldest(topic);
}

void history_table::find_oldest(kept_topic& of) {
    find_oldest_.bind(1, of.number);
    reading rows(find_oldest_);
    if (rows.step())
        std::tie(of.oldest, of.oldest_at) =
            std::pair(find_oldest_.number(0), find_oldest_.number(1));
    else
        of.oldest = of.oldest_at = 0;
}

std::uint64_t history_table::trim_old(std::int64_t now, std::uint64_t budget) {
    std::uint64_t dropped = 0;
    for (auto& each : topics_) {
        const auto& topic = each.second;
        if (dropped >= budget)
            break;
        const auto older_than = topic.rule == nullptr
                                    ? no_limit // nobody wants it kept any more
                                    : now - std::chrono::milliseconds(topic.rule->age).count();
        if (topic.messages == 0 || topic.oldest_at >= older_than)
            continue;
        const auto old = head_of(topic, no_limit, older_than, budget - dropped);
        if (old.messages == 0)
            continue;
        drop_head(each, old);
        dropped += old.messages;
    }
    return dropped;
}

std::uint64_t history_table::trim_surplus(std::uint64_t budget) {
    std::vector<std::uint64_t> kept(rules_.size());
    for (const auto& [name, topic] : topics_)
        if (topic.rule != nullptr)
            kept[static_cast<std::size_t>(topic.rule - rules_.data())] += topic.messages;
    std::uint64_t dropped = 0;
    for (std::size_t i = 0; i < rules_.size() && dropped < budget; ++i) {
        const auto most = rules_[i].messages_max;
        if (kept[i] > most)
            dropped += trim_rule(rules_[i], std::min(kept[i] - most, budget - dropped));
    }
    return dropped;
}

// The oldest messages of a rule's topics, whichever they stand in: always from the topic that has
// the oldest one, up to where the next topic's oldest one is.
std::uint64_t history_table::trim_rule(const history_rule& rule, std::uint64_t surplus) {
    using row = std::pair<std::int64_t, entry*>;
    const auto older = [](const row& left, const row& right) { return left.first > right.first; };
    std::priority_queue<row, std::vector<row>, decltype(older)> by_age(older);
    for (auto& each : topics_)
        if (each.second.rule == &rule && each.second.messages > 0)
            by_age.emplace(each.second.oldest, &each); // bound: topics_
    std::uint64_t dropped = 0;
    while (dropped < surplus && !by_age.empty()) {
        auto* each = by_age.top().second;
        by_age.pop();
        const auto below = by_age.empty() ? no_limit : by_age.top().first;
        const auto old = head_of(each->second, below, no_limit, surplus - dropped);
        if (old.messages == 0)
            break;
        drop_head(*each, old);
        dropped += old.messages;
        if (each->second.messages > 0)
            by_age.emplace(each->second.oldest, each);
    }
    return dropped;
}

// A topic without messages makes room for another one; that it had some is remembered for all.
void history_table::drop_empty() {
    const auto before = forgotten_to_;
    std::vector<entry*> left;
    for (auto* each : changed_) {
        const auto& topic = each->second;
        if (topic.messages > 0) {
            left.push_back(each);
            continue;
        }
        forgotten_to_ = std::max(forgotten_to_, topic.trimmed_to);
        blocks_.end_topic(topic.number);
        in_.run("DELETE FROM history_topic WHERE id=" + std::to_string(topic.number));
        topics_.erase(topics_.find(each->first));
    }
    changed_ = std::move(left);
    if (forgotten_to_ == before)
        return;
    in_.run("INSERT OR REPLACE INTO meta(name, value) VALUES('history_forgotten_to', " +
            std::to_string(forgotten_to_) + ")");
}

} // namespace mqtt
