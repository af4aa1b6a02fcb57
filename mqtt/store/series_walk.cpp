#include "mqtt/store/series_walk.hpp"

#include "mqtt/store/history_blocks.hpp"
#include "mqtt/store/payload_numbers.hpp"
#include "mqtt/store/reading.hpp"

#include <algorithm>
#include <limits>

namespace mqtt {
namespace {

constexpr auto no_limit = std::numeric_limits<std::int64_t>::max();
constexpr auto block_row =
    "SELECT last, past, begins, ends, messages, numbers, total, low, low_at, "
    "high, high_at, first, first_at, latest, latest_at FROM history_block "
    "WHERE field=? AND level=? AND last>? AND last<=? ORDER BY last";
enum column { last_id, past_id, begins, ends, message_count, number_count };

std::int64_t floor_milliseconds(wall_time when) {
    return std::chrono::floor<std::chrono::milliseconds>(when).time_since_epoch().count();
}

std::int64_t ceil_milliseconds(wall_time when) {
    return std::chrono::ceil<std::chrono::milliseconds>(when).time_since_epoch().count();
}

wall_time time_of(std::int64_t milliseconds) {
    return wall_time(std::chrono::milliseconds(milliseconds));
}

std::int64_t floor_division(std::int64_t number, std::int64_t by) {
    return number >= 0 ? number / by : -((-number + by - 1) / by);
}

} // namespace

series_walk::series_walk(database& in, std::int64_t topic, const series_query& what)
    : in_(in), topic_(topic), what_(what), since_(ceil_milliseconds(what.since)),
      until_(ceil_milliseconds(what.until)), step_(what.step.count()),
      first_bucket_(floor_division(floor_milliseconds(what.since), step_)),
      messages_read_(in, "SELECT arrived, payload, id FROM history_message "
                         "WHERE topic=? AND id>? AND id<=? ORDER BY id") {
    for (int level = 0; level < block_levels; ++level)
        blocks_.emplace_back(in, block_row);
    statement state(in, "SELECT trimmed_to, newest FROM history_topic WHERE id=?");
    state.bind(1, topic);
    if (state.step()) {
        trimmed_to_ = state.number(0);
        newest_ = state.number(1);
    }
}

series series_walk::read() {
    series made;
    name_ = what_.field;
    buckets_.resize(bucket_count(what_));
    const auto field = field_number(name_);
    if (field) {
        field_ = *field;
        walk_blocks(block_levels - 1, 0, no_limit);
    } else {
        walk_messages(0, no_limit);
    }
    for (std::size_t i = 0; i < buckets_.size(); ++i) {
        const auto& each = buckets_[i];
        made.numbers += each.numbers;
        if (each.numbers == 0)
            continue;
        const auto at = (first_bucket_ + static_cast<std::int64_t>(i)) * step_;
        made.buckets.push_back({time_of(at), each.numbers, each.total, each.low, each.high,
                                each.first, each.latest, time_of(each.low_at),
                                time_of(each.high_at), time_of(each.first_at),
                                time_of(each.latest_at)});
    }
    if (what_.points_max > 0 && made.numbers <= what_.points_max && !truncated_)
        read_points(made);
    made.messages = name_.empty() ? messages_ : count_messages();
    made.newest = static_cast<std::uint64_t>(newest_);
    made.truncated = truncated_;
    return made;
}

std::optional<std::int64_t> series_walk::field_number(std::string_view name) {
    statement found(in_, "SELECT id FROM history_field WHERE topic=? AND name=?");
    found.bind(1, topic_).bind(2, name);
    return found.step() ? std::optional(found.number(0)) : std::nullopt;
}

// The topic's own field has a number in every block: how many messages there are.
std::uint64_t series_walk::count_messages() {
    const auto whole = field_number({});
    if (!whole)
        return messages_;
    field_ = *whole;
    step_ = no_limit; // all in one bucket
    first_bucket_ = 0;
    buckets_.assign(1, {});
    messages_ = 0;
    name_ = {};
    walk_blocks(block_levels - 1, 0, no_limit);
    return messages_;
}

std::size_t series_walk::bucket_of(std::int64_t at) const {
    return static_cast<std::size_t>(
        std::max<std::int64_t>(floor_division(at, step_) - first_bucket_, 0));
}

// A block that counts messages which are gone, or that lies in several buckets, is not.
bool series_walk::is_whole(const statement& block) const {
    return points_ == nullptr && block.number(past_id) >= trimmed_to_ &&
           block.number(begins) >= since_ && block.number(ends) < until_ &&
           bucket_of(block.number(begins)) == bucket_of(block.number(ends));
}

void series_walk::walk_blocks(int level, std::int64_t past, std::int64_t last) {
    if (level < 0)
        return walk_messages(past, last);
    auto& block = blocks_[static_cast<std::size_t>(level)];
    auto covered = past;
    {
        block.bind(1, field_).bind(2, std::int64_t{level}).bind(3, past).bind(4, last);
        reading rows(block);
        while (rows.step()) {
            covered = block.number(last_id);
            if (block.number(ends) < since_ || block.number(begins) >= until_)
                continue;
            if (is_whole(block)) {
                messages_ += static_cast<std::uint64_t>(block.number(message_count));
                buckets_[bucket_of(block.number(begins))].add(totals_in(block, number_count));
            } else {
                walk_blocks(level - 1, std::max(block.number(past_id), past), covered);
            }
        }
    }
    if (covered < last) // the newest ones stand in no block of this level yet
        walk_blocks(level - 1, covered, last);
}

void series_walk::walk_messages(std::int64_t past, std::int64_t last) {
    messages_read_.bind(1, topic_).bind(2, past).bind(3, last);
    reading rows(messages_read_);
    while (rows.step()) {
        if (++read_one_by_one_ > series_messages_max) {
            truncated_ = true;
            return;
        }
        const auto at = messages_read_.number(0);
        if (at < since_ || at >= until_)
            continue;
        ++messages_;
        const auto value = number_at(messages_read_.text(1), name_);
        if (!value)
            continue;
        if (points_ != nullptr)
            points_->push_back({time_of(at), *value}); // bound: series_query::points_max
        else
            buckets_[bucket_of(at)].add(number_totals::of(*value, at));
    }
}

void series_walk::read_points(series& into) {
    const auto messages = messages_;
    points_ = &into.points;
    field_ = field_number(name_).value_or(0);
    if (field_ != 0)
        walk_blocks(block_levels - 1, 0, no_limit);
    else
        walk_messages(0, no_limit);
    points_ = nullptr;
    messages_ = messages;
}

} // namespace mqtt
