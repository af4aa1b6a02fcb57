// Blocks: what the messages of a topic add up to, 32 of them at a time, and 16 such blocks again,
// and so on. A series over millions of messages reads a few of them, and messages themselves only
// where a bucket begins or ends inside a block; blocks fit any bucket, as they know no clock.
// Written by the one who writes the messages, within the same transaction.
#pragma once

#include "mqtt/store/database.hpp"
#include "mqtt/store/number_totals.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mqtt {

inline constexpr int block_levels = 4;
inline constexpr std::uint64_t block_messages = 32;     // of level 0
inline constexpr std::uint64_t block_children = 16;     // of the others
inline constexpr std::size_t fields_per_topic_max = 16; // besides the payload itself

// What a block says, from its columns `numbers` to `latest_at`.
number_totals totals_in(const statement& row, int first_column);

class history_blocks {
public:
    explicit history_blocks(database& in); // throws database_error

    // A topic has come into being.
    void begin_topic(std::int64_t topic);
    // The messages behind `past`, up to `last`, become a block; a block of the next level may be
    // due then, too.
    void close(std::int64_t topic, std::int64_t past, std::int64_t last);
    // A message came whose id stands within blocks that are closed.
    void reopen(std::int64_t topic, std::int64_t id);
    // The messages up to this id are gone.
    void trim(std::int64_t topic, std::int64_t to);
    // Where the first block of level 0 ends; 0: there is none.
    std::int64_t first_end(std::int64_t topic);
    void end_topic(std::int64_t topic);

private:
    struct field {
        std::int64_t id;
        std::string name;
        number_totals sum{};
    };
    struct extent {
        std::int64_t past;
        std::int64_t last;
    };

    std::vector<field> fields_of(std::int64_t topic);
    std::int64_t last_of(std::int64_t field, int level);
    std::uint64_t count_behind(std::int64_t field, int level, std::int64_t past);
    std::optional<extent> cover_of(std::int64_t field, int level, std::int64_t id);
    void write(std::int64_t field, int level, extent of, extent times, std::uint64_t messages,
               const number_totals& sum);
    void write_leaf(std::int64_t topic, extent of);
    void write_parent(std::int64_t topic, int level, extent of);
    field* place_of(std::vector<field>& fields, std::int64_t topic, std::string_view name);

    database& in_;
    statement list_fields_;
    statement add_field_;
    statement read_messages_;
    statement read_blocks_;
    statement write_block_;
    statement find_cover_;
    statement find_last_;
    statement count_children_;
    statement drop_blocks_;
};

} // namespace mqtt
