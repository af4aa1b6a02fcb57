// One series of one topic, read from its blocks: from the largest that lie within one bucket down
// to the messages where a bucket begins or ends. Its cost grows with the number of buckets, not
// with that of messages.
#pragma once

#include "mqtt/store/database.hpp"
#include "mqtt/store/history.hpp"
#include "mqtt/store/number_totals.hpp"

#include <cstdint>
#include <string_view>
#include <vector>

namespace mqtt {

class series_walk {
public:
    // requires: bucket_count(what) > 0; `what` outlives the walk. Throws database_error.
    series_walk(database& in, std::int64_t topic, const series_query& what);

    series read(); // throws database_error

private:
    void walk_blocks(int level, std::int64_t past, std::int64_t last);
    void walk_messages(std::int64_t past, std::int64_t last);
    bool is_whole(const statement& block) const;
    std::size_t bucket_of(std::int64_t at) const;
    std::optional<std::int64_t> field_number(std::string_view name);
    std::uint64_t count_messages();
    void read_points(series& into);

    database& in_;
    const std::int64_t topic_;
    const series_query& what_;
    const std::int64_t since_;
    const std::int64_t until_;
    std::int64_t step_;
    std::int64_t first_bucket_; // in steps since 1970
    std::vector<number_totals> buckets_;
    std::vector<series_point>* points_ = nullptr; // where the numbers themselves go
    std::int64_t trimmed_to_ = 0;
    std::int64_t newest_ = 0;
    std::int64_t field_ = 0;
    std::string_view name_;
    std::uint64_t messages_ = 0;
    std::uint64_t read_one_by_one_ = 0;
    bool truncated_ = false;
    std::vector<statement> blocks_; // one a level: a walk on one of them waits for those below it
    statement messages_read_;
};

} // namespace mqtt
