// The writing side of history: messages of chosen topics go into their tables, and leave them by
// age and number. Works on the writer's connection, within the transaction that the writer has
// opened, and never ends one. What can be asked of it: see history_search.
#pragma once

#include "mqtt/store/database.hpp"
#include "mqtt/store/history.hpp"
#include "mqtt/store/history_blocks.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace mqtt {

// Messages that one trim deletes at most, so that the transaction it stands in stays short.
inline constexpr std::size_t trimmed_at_once_max = 5'000;

// thread: the writer's
class history_table {
public:
    // requires: the schema is prepared, no transaction is open. Throws database_error.
    history_table(database& in, std::vector<history_rule> rules);

    // Keeps a message, if its topic has a rule. expires_at: the message's expiry as people tell the
    // time. requires: a transaction is open; an id that was given once, in whatever order.
    // Throws database_error.
    void add(const message& what, std::optional<wall_time> expires_at = {});
    // Deletes what is too old or too much, a bounded part of it; true: more is to be deleted.
    // requires: a transaction is open. Throws database_error.
    bool trim(wall_time now);
    // Writes down what is counted. requires: called before each commit. Throws database_error.
    void before_commit();
    // The transaction was rolled back: what is counted is read again. Throws database_error.
    void forget_uncommitted();

    // Messages that were not kept, as there are history_topics_max topics.
    std::uint64_t refused() const { return refused_; }
    std::size_t topics() const { return topics_.size(); }

private:
    struct kept_topic {
        std::int64_t number = 0;
        const history_rule* rule = nullptr; // null: no line speaks of it any more
        std::uint64_t messages = 0;
        std::uint64_t bytes = 0;
        std::int64_t oldest = 0, oldest_at = 0;
        std::int64_t newest = 0, newest_at = 0;
        std::int64_t trimmed_to = 0;
        std::int64_t closed_to = 0;
        std::uint64_t open = 0;
        std::int64_t first_block = 0; // where the first one may end
        bool changed = false;
    };
    struct text_hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const {
            return std::hash<std::string_view>{}(text);
        }
    };
    using topic_map = std::unordered_map<std::string, kept_topic, text_hash, std::equal_to<>>;
    using entry = topic_map::value_type; // stays where it is while others come and go
    // What a topic's oldest messages are: up to which id, and how much that is.
    struct head {
        std::int64_t last = 0;
        std::uint64_t messages = 0;
        std::uint64_t bytes = 0;
    };

    void load();
    void note_rules();
    void touch(entry& each);
    entry* topic_for(std::string_view name);
    head head_of(const kept_topic& of, std::int64_t below, std::int64_t older_than,
                 std::uint64_t most);
    void drop_head(entry& of, const head& what);
    void find_oldest(kept_topic& of);
    std::uint64_t trim_old(std::int64_t now, std::uint64_t budget);
    std::uint64_t trim_surplus(std::uint64_t budget);
    std::uint64_t trim_rule(const history_rule& rule, std::uint64_t surplus);
    void drop_empty();

    database& in_;
    const std::vector<history_rule> rules_;
    history_blocks blocks_;
    topic_map topics_; // at most history_topics_max
    std::vector<entry*> changed_;
    std::int64_t forgotten_to_ = 0;
    std::uint64_t refused_ = 0;

    statement add_topic_;
    statement save_topic_;
    statement add_message_;
    statement read_head_;
    statement drop_messages_;
    statement find_oldest_;
};

} // namespace mqtt
