#include "mqtt/store/history_blocks.hpp"

#include "mqtt/store/payload_numbers.hpp"
#include "mqtt/store/reading.hpp"

#include <algorithm>
#include <limits>

namespace mqtt {

number_totals totals_in(const statement& row, int column) {
    number_totals sum;
    sum.numbers = static_cast<std::uint64_t>(row.number(column));
    sum.total = row.real(column + 1);
    sum.low = row.real(column + 2);
    sum.low_at = row.number(column + 3);
    sum.high = row.real(column + 4);
    sum.high_at = row.number(column + 5);
    sum.first = row.real(column + 6);
    sum.first_at = row.number(column + 7);
    sum.latest = row.real(column + 8);
    sum.latest_at = row.number(column + 9);
    return sum;
}

history_blocks::history_blocks(database& in)
    : in_(in), list_fields_(in, "SELECT id, name FROM history_field WHERE topic=? ORDER BY name"),
      add_field_(in, "INSERT INTO history_field(topic, name) VALUES(?, ?)"),
      read_messages_(in, "SELECT arrived, payload FROM history_message "
                         "WHERE topic=? AND id>? AND id<=? ORDER BY id"),
      read_blocks_(in, "SELECT begins, ends, messages, numbers, total, low, low_at, high, high_at, "
                       "first, first_at, latest, latest_at FROM history_block "
                       "WHERE field=? AND level=? AND last>? AND last<=? ORDER BY last"),
      write_block_(in, "INSERT OR REPLACE INTO history_block VALUES"
                       "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"),
      find_cover_(in, "SELECT past, last FROM history_block "
                      "WHERE field=? AND level=? AND last>=? ORDER BY last LIMIT 1"),
      find_last_(in, "SELECT last FROM history_block WHERE field=? AND level=? "
                     "ORDER BY last DESC LIMIT 1"),
      count_children_(in, "SELECT count(*) FROM history_block WHERE field=? AND level=? "
                          "AND last>?"),
      drop_blocks_(in, "DELETE FROM history_block WHERE field=? AND level=? AND last<=?") {}

void history_blocks::begin_topic(std::int64_t topic) {
    add_field_.bind(1, topic).bind(2, std::string_view{}).run();
}

// The payload itself is the first: '' comes before any pointer.
std::vector<history_blocks::field> history_blocks::fields_of(std::int64_t topic) {
    std::vector<field> fields; // bound: fields_per_topic_max
    list_fields_.bind(1, topic);
    reading rows(list_fields_);
    while (rows.step())
        fields.push_back({list_fields_.number(0), std::string(list_fields_.text(1))});
    return fields;
}

void history_blocks::close(std::int64_t topic, std::int64_t past, std::int64_t last) {
    write_leaf(topic, {past, last});
    const auto fields = fields_of(topic);
    const auto whole = fields.front().id;
    for (int level = 1; level < block_levels; ++level) {
        const auto closed = last_of(whole, level);
        if (count_behind(whole, level - 1, closed) < block_children)
            return;
        write_parent(topic, level, {closed, last});
    }
}

std::int64_t history_blocks::last_of(std::int64_t field, int level) {
    find_last_.bind(1, field).bind(2, std::int64_t{level});
    reading rows(find_last_);
    return rows.step() ? find_last_.number(0) : 0;
}

std::uint64_t history_blocks::count_behind(std::int64_t field, int level, std::int64_t past) {
    count_children_.bind(1, field).bind(2, std::int64_t{level}).bind(3, past);
    reading rows(count_children_);
    return rows.step() ? static_cast<std::uint64_t>(count_children_.number(0)) : 0;
}

std::optional<history_blocks::extent> history_blocks::cover_of(std::int64_t field, int level,
                                                               std::int64_t id) {
    find_cover_.bind(1, field).bind(2, std::int64_t{level}).bind(3, id);
    reading rows(find_cover_);
    if (!rows.step())
        return std::nullopt;
    return extent{find_cover_.number(0), find_cover_.number(1)};
}

// The block keeps its place and is summed up anew, and so are those above it.
void history_blocks::reopen(std::int64_t topic, std::int64_t id) {
    const auto fields = fields_of(topic);
    for (int level = 0; level < block_levels; ++level) {
        const auto found = cover_of(fields.front().id, level, id);
        if (!found)
            return;
        if (level == 0)
            write_leaf(topic, *found);
        else
            write_parent(topic, level, *found);
    }
}

history_blocks::field* history_blocks::place_of(std::vector<field>& fields, std::int64_t topic,
                                                std::string_view name) {
    for (auto& each : fields)
        if (each.name == name)
            return &each;
    if (fields.size() > fields_per_topic_max)
        return nullptr;
    add_field_.bind(1, topic).bind(2, name).run();
    fields.push_back({in_.number("SELECT last_insert_rowid()"), std::string(name)});
    return &fields.back();
}

void history_blocks::write_leaf(std::int64_t topic, extent of) {
    auto fields = fields_of(topic);
    extent times{std::numeric_limits<std::int64_t>::max(),
                 std::numeric_limits<std::int64_t>::min()};
    std::uint64_t messages = 0;
    read_messages_.bind(1, topic).bind(2, of.past).bind(3, of.last);
    reading rows(read_messages_);
    while (rows.step()) {
        const auto at = read_messages_.number(0);
        times = {std::min(times.past, at), std::max(times.last, at)};
        ++messages;
        for (const auto& each : numbers_of(read_messages_.text(1)))
            if (auto* place = place_of(fields, topic, each.name))
                place->sum.add(number_totals::of(each.value, at));
    }
    if (messages == 0)
        return;
    for (const auto& each : fields)
        write(each.id, 0, of, times, messages, each.sum);
}

void history_blocks::write_parent(std::int64_t topic, int level, extent of) {
    for (const auto& each : fields_of(topic)) {
        extent times{std::numeric_limits<std::int64_t>::max(),
                     std::numeric_limits<std::int64_t>::min()};
        std::uint64_t messages = 0;
        number_totals sum;
        read_blocks_.bind(1, each.id).bind(2, std::int64_t{level - 1});
        read_blocks_.bind(3, of.past).bind(4, of.last);
        reading rows(read_blocks_);
        while (rows.step()) {
            times = {std::min(times.past, read_blocks_.number(0)),
                     std::max(times.last, read_blocks_.number(1))};
            messages += static_cast<std::uint64_t>(read_blocks_.number(2));
            sum.add(totals_in(read_blocks_, 3));
        }
        if (messages > 0)
            write(each.id, level, of, times, messages, sum);
    }
}

void history_blocks::write(std::int64_t field, int level, extent of, extent times,
                           std::uint64_t messages, const number_totals& sum) {
    write_block_.bind(1, field).bind(2, std::int64_t{level}).bind(3, of.last).bind(4, of.past);
    write_block_.bind(5, times.past).bind(6, times.last);
    write_block_.bind(7, static_cast<std::int64_t>(messages));
    write_block_.bind(8, static_cast<std::int64_t>(sum.numbers)).bind_real(9, sum.total);
    write_block_.bind_real(10, sum.low).bind(11, sum.low_at);
    write_block_.bind_real(12, sum.high).bind(13, sum.high_at);
    write_block_.bind_real(14, sum.first).bind(15, sum.first_at);
    write_block_.bind_real(16, sum.latest).bind(17, sum.latest_at);
    write_block_.run();
}

void history_blocks::trim(std::int64_t topic, std::int64_t to) {
    for (const auto& each : fields_of(topic))
        for (int level = 0; level < block_levels; ++level)
            drop_blocks_.bind(1, each.id).bind(2, std::int64_t{level}).bind(3, to).run();
}

std::int64_t history_blocks::first_end(std::int64_t topic) {
    const auto first = cover_of(fields_of(topic).front().id, 0, 0);
    return first ? first->last : 0;
}

void history_blocks::end_topic(std::int64_t topic) {
    trim(topic, std::numeric_limits<std::int64_t>::max());
    in_.run("DELETE FROM history_field WHERE topic=" + std::to_string(topic));
}

} // namespace mqtt
