#include "mqtt/store/history_search.hpp"

#include "mqtt/store/history_blocks.hpp"
#include "mqtt/store/reading.hpp"
#include "mqtt/store/series_walk.hpp"
#include "mqtt/types/topic.hpp"

#include <algorithm>
#include <limits>
#include <unordered_map>

namespace mqtt {
namespace {

constexpr auto no_limit = std::numeric_limits<std::int64_t>::max();
// Messages of two shards may stand in another order than their times, and a clock may be set back a
// little.
constexpr std::chrono::milliseconds clock_slack{60'000};

std::int64_t milliseconds(wall_time when) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(when.time_since_epoch()).count();
}

wall_time time_of(std::int64_t milliseconds) {
    return wall_time(std::chrono::milliseconds(milliseconds));
}

std::int64_t id_of(std::uint64_t id) {
    return static_cast<std::int64_t>(std::min(id, static_cast<std::uint64_t>(no_limit)));
}

// The topics of a filter stand together as far as its levels are plain.
std::string plain_part(std::string_view filter) {
    const auto wild = filter.find_first_of("+#");
    if (wild == filter.npos)
        return std::string(filter);
    const auto part = filter.substr(0, wild);
    return std::string(part.ends_with('/') ? part.substr(0, part.size() - 1) : part);
}

} // namespace

history_search::history_search(database& in)
    : in_(in),
      list_topics_(in, "SELECT topic, messages, bytes, oldest, newest, newest_at, "
                       "trimmed_to, oldest_at FROM history_topic WHERE topic>=? ORDER BY topic"),
      find_topic_(in, "SELECT id FROM history_topic WHERE topic=?"),
      find_field_(in, "SELECT id FROM history_field WHERE topic=? AND name=''"),
      first_ending_(in, "SELECT past, last FROM history_block WHERE field=? AND level=? "
                        "AND last>? AND last<=? AND ends>=? ORDER BY last LIMIT 1"),
      last_block_(in, "SELECT last FROM history_block WHERE field=? AND level=? AND last>? "
                      "AND last<=? ORDER BY last DESC LIMIT 1"),
      scan_up_(in, "SELECT id, arrived FROM history_message WHERE topic=? AND id>? AND id<=? "
                   "ORDER BY id"),
      scan_down_(in, "SELECT id, arrived FROM history_message WHERE topic=? AND id>? AND id<=? "
                     "ORDER BY id DESC"),
      read_message_(in, "SELECT payload, properties, qos, retain, arrived, expires_at "
                        "FROM history_message WHERE topic=? AND id=?") {}

history_topics history_search::find_topics(const history_topics_query& what) {
    const snapshot held(in_);
    history_topics found;
    found.forgotten_to = static_cast<std::uint64_t>(
        in_.number("SELECT value FROM meta WHERE name='history_forgotten_to'"));
    for (const auto& filter : what.filters)
        add_topics(filter, what, found);
    if (what.filters.size() > 1) { // filters may overlap
        auto& topics = found.topics;
        std::sort(topics.begin(), topics.end(),
                  [](const auto& left, const auto& right) { return left.topic < right.topic; });
        const auto same = [](const auto& left, const auto& right) {
            return left.topic == right.topic;
        };
        topics.erase(std::unique(topics.begin(), topics.end(), same), topics.end());
        found.truncated = found.truncated || topics.size() > what.limit;
        if (topics.size() > what.limit)
            topics.resize(what.limit);
    }
    return found;
}

void history_search::add_topics(const std::string& filter, const history_topics_query& what,
                                history_topics& into) {
    const auto prefix = plain_part(filter);
    const auto& from = std::max(prefix, what.after);
    const auto before = into.topics.size();
    const bool is_name = !has_wildcard(filter);
    list_topics_.bind(1, from);
    reading rows(list_topics_);
    while (rows.step()) {
        const auto topic = list_topics_.text(0);
        if (!topic.starts_with(prefix) || (is_name && topic != filter))
            return;
        if (topic <= what.after || !matches(filter, topic))
            continue;
        if (into.topics.size() - before >= what.limit) {
            into.truncated = true;
            return;
        }
        history_topic each;
        each.topic = topic;
        each.messages = static_cast<std::uint64_t>(list_topics_.number(1));
        each.bytes = static_cast<std::uint64_t>(list_topics_.number(2));
        each.oldest = static_cast<std::uint64_t>(list_topics_.number(3));
        each.newest = static_cast<std::uint64_t>(list_topics_.number(4));
        each.newest_at = time_of(list_topics_.number(5));
        each.trimmed_to = static_cast<std::uint64_t>(list_topics_.number(6));
        each.oldest_at = time_of(list_topics_.number(7));
        into.topics.push_back(std::move(each));
    }
}

// Where the first message stands that came at this time or later: the ids before are all of earlier
// ones.
history_search::extent history_search::where_begins(std::int64_t field, std::int64_t time) {
    extent range{0, no_limit};
    for (int level = block_levels - 1; level >= 0; --level) {
        first_ending_.bind(1, field).bind(2, std::int64_t{level});
        first_ending_.bind(3, range.past).bind(4, range.last).bind(5, time);
        reading rows(first_ending_);
        if (rows.step()) {
            range = {std::max(range.past, first_ending_.number(0)), first_ending_.number(1)};
            continue;
        }
        last_block_.bind(1, field).bind(2, std::int64_t{level});
        last_block_.bind(3, range.past).bind(4, range.last);
        reading end(last_block_);
        if (end.step())
            range.past = last_block_.number(0);
    }
    return range;
}

history_search::extent history_search::extent_of(std::int64_t topic, const history_query& what) {
    extent range{id_of(what.after), what.before == 0 ? 0 : id_of(what.before - 1)};
    find_field_.bind(1, topic);
    reading rows(find_field_);
    if (!rows.step())
        return range;
    const auto field = find_field_.number(0);
    if (what.since)
        range.past = std::max(range.past, where_begins(field, milliseconds(*what.since)).past);
    if (what.until)
        range.last =
            std::min(range.last, where_begins(field, milliseconds(*what.until + clock_slack)).last);
    return range;
}

// Adds the topic's messages to the best so far, which are a heap with the last of them on top; a
// topic is left where its messages are no better any more.
void history_search::collect(std::int64_t topic, const history_query& what,
                             std::vector<place>& best) {
    const auto range = extent_of(topic, what);
    const auto better = [&](const place& left, const place& right) {
        return what.newest_first ? left.id > right.id : left.id < right.id;
    };
    const auto since = what.since ? milliseconds(*what.since) : 0;
    const auto until = what.until ? milliseconds(*what.until) : no_limit;
    auto& scan = what.newest_first ? scan_down_ : scan_up_;
    scan.bind(1, topic).bind(2, range.past).bind(3, range.last);
    reading rows(scan);
    while (rows.step()) {
        const place here{topic, scan.number(0)};
        const auto arrived = scan.number(1);
        if (best.size() > what.limit) {
            if (!better(here, best.front()))
                return;
        }
        if (arrived < since || arrived >= until)
            continue;
        if (best.size() > what.limit) {
            std::pop_heap(best.begin(), best.end(), better);
            best.pop_back();
        }
        best.push_back(here); // bound: one more than the limit, to see that there is more
        std::push_heap(best.begin(), best.end(), better);
    }
}

message_ptr history_search::message_at(const place& where, std::string_view topic, moment now) {
    read_message_.bind(1, where.topic).bind(2, where.id);
    reading rows(read_message_);
    if (!rows.step())
        return nullptr;
    publication what;
    what.topic = topic;
    what.payload = read_message_.text(0);
    what.properties = read_message_.text(1);
    what.qos = static_cast<qos>(read_message_.number(2) & 3);
    what.retain = read_message_.number(3) != 0;
    if (const auto expiry = read_message_.optional_number(5))
        what.expires_at = now.steady + std::chrono::duration_cast<steady_time::duration>(
                                           time_of(*expiry) - now.wall);
    return message::make(what, static_cast<std::uint64_t>(where.id),
                         time_of(read_message_.number(4)));
}

result<history_page> history_search::find_messages(const history_query& what, moment now) {
    if (what.topics.size() > history_topics_per_query_max || what.limit > history_messages_max)
        return reason::packet_too_large;
    const snapshot held(in_);
    std::vector<place> best;
    std::unordered_map<std::int64_t, std::string_view> names;
    for (const auto& topic : what.topics) {
        const auto number = number_of(topic);
        if (!number)
            continue;
        names.emplace(*number, topic);
        collect(*number, what, best);
    }
    std::sort(best.begin(), best.end(), [&](const place& left, const place& right) {
        return what.newest_first ? left.id > right.id : left.id < right.id;
    });
    history_page page;
    page.truncated = best.size() > what.limit;
    if (page.truncated)
        best.resize(what.limit);
    std::size_t bytes = 0;
    for (const auto& each : best) {
        auto found = message_at(each, names.at(each.topic), now);
        if (!found)
            continue;
        bytes += found->topic().size() + found->payload().size() + found->properties().size();
        if (bytes > history_bytes_max && !page.messages.empty()) {
            page.truncated = true;
            break;
        }
        page.messages.push_back(std::move(found));
    }
    return page;
}

std::optional<std::int64_t> history_search::number_of(std::string_view topic) {
    find_topic_.bind(1, topic);
    reading rows(find_topic_);
    return rows.step() ? std::optional(find_topic_.number(0)) : std::nullopt;
}

result<series> history_search::find_series(const series_query& what) {
    if (bucket_count(what) == 0)
        return reason::packet_too_large;
    const snapshot held(in_);
    const auto topic = number_of(what.topic);
    if (!topic)
        return series{};
    return series_walk(in_, *topic, what).read();
}

} // namespace mqtt
