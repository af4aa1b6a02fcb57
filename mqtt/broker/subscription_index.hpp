// Filters and who subscribes to them. Exact filters by one look-up in a hash table; wildcards by a
// trie whose nodes lie in one array and whose levels are numbers. Shared between shards: callers
// hold the lock of shared_state.
#pragma once

#include "mqtt/broker/route.hpp"
#include "mqtt/broker/shared_group.hpp"
#include "mqtt/session/session.hpp"
#include "mqtt/types/topic.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace mqtt {

// The subscribers of one filter. A linear list while it is short; with a hash from who to place
// beyond, because a scan for each would make N subscribers of one topic cost N squared.
class subscriber_list {
public:
    struct row {
        subscriber_id who;
        subscription_options options;
    };

    bool insert(subscriber_id who, const subscription_options& options); // false: replaced
    bool erase(subscriber_id who);                                       // false: was not there
    bool empty() const { return rows_.empty() && groups_.empty(); }
    const std::vector<row>& rows() const { return rows_; }

    // Shared subscriptions with this filter, by share name.
    const std::vector<std::shared_ptr<shared_group>>& groups() const { return groups_; }
    std::shared_ptr<shared_group> group(std::string_view name) const; // null: none
    shared_group& make_group(std::string_view name, std::string_view filter);
    void drop_group(std::string_view name);

private:
    static constexpr std::size_t linear_max = 32;
    std::size_t place_of(subscriber_id who) const;

    std::vector<row> rows_; // bound: subscriptions_per_client_max for each client
    std::unique_ptr<boost::unordered_flat_map<std::uint64_t, std::uint32_t>> places_;
    std::vector<std::shared_ptr<shared_group>> groups_; // bound: as rows_
};

class subscription_index {
public:
    subscription_index();

    // Adds or replaces [MQTT-3.8.4-3]; true when it is new. requires: is_topic_filter(filter), or
    // parse_shared_filter(filter)
    bool insert(std::string_view filter, subscriber_id who, const subscription_options& options);
    // True when it was there.
    bool erase(std::string_view filter, subscriber_id who);

    // A member of a shared subscription went or came back.
    void set_online(std::string_view filter, subscriber_id who, bool online);
    std::shared_ptr<shared_group> group(std::string_view filter) const; // null: none

    // Fills the route of a topic. requires: is_topic_name(topic)
    void match(std::string_view topic, route& into) const;

    std::size_t size() const { return size_; } // shared ones among them
    std::size_t shared_size() const { return shared_size_; }

private:
    static constexpr std::uint32_t none = 0xFFFFFFFF;
    struct node {
        std::uint32_t parent = none;
        std::uint32_t level = none; // number of the level that leads here
        std::uint32_t children = 0;
        std::unique_ptr<subscriber_list> here;  // filters that end here
        std::unique_ptr<subscriber_list> below; // filters that end in '#' below here
    };
    struct level_entry {
        std::uint32_t number;
        std::uint32_t uses;
    };
    static constexpr std::uint32_t plus_level =
        0; // '+' is a level like others, with a number known beforehand

    subscriber_list* find_list(std::string_view filter) const;
    subscriber_list& make_list(std::string_view filter);
    void drop_list(std::string_view filter);
    bool insert_shared(const shared_filter& parts, subscriber_id who,
                       const subscription_options& options);
    bool erase_shared(const shared_filter& parts, subscriber_id who);
    std::uint32_t find_node(std::string_view filter, bool& ends_in_hash) const;
    std::uint32_t make_node(std::string_view filter, bool& ends_in_hash);
    std::uint32_t child(std::uint32_t parent, std::uint32_t level) const;
    std::uint32_t make_child(std::uint32_t parent, std::string_view level);
    void prune(std::uint32_t at);
    void release_level(std::uint32_t number);
    std::uint32_t number_of(std::string_view level) const;
    void match_wildcards(std::string_view topic, std::vector<const subscriber_list*>& hits) const;

    using text_map = boost::unordered_flat_map<std::string, std::unique_ptr<subscriber_list>,
                                               string_hash, std::equal_to<>>;
    text_map exact_;
    std::vector<node> nodes_;
    std::vector<std::uint32_t> free_nodes_;
    boost::unordered_flat_map<std::uint64_t, std::uint32_t> edges_; // (parent, level) -> node
    boost::unordered_flat_map<std::string, level_entry, string_hash, std::equal_to<>> levels_;
    std::vector<std::string> level_texts_; // by number
    std::vector<std::uint32_t> free_levels_;
    std::size_t size_ = 0;
    std::size_t shared_size_ = 0;
};

} // namespace mqtt
