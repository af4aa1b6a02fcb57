// What history is asked, answered from its tables: the reading side. Knows no thread; each answer
// is read from one state of the database.
#pragma once

#include "mqtt/store/database.hpp"
#include "mqtt/store/history.hpp"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace mqtt {

// The same moment on both clocks: an expiry is stored by the one and told by the other.
struct moment {
    steady_time steady;
    wall_time wall;
};

class history_search {
public:
    explicit history_search(database& in); // throws database_error

    // All throw database_error.
    history_topics find_topics(const history_topics_query& what);
    result<history_page> find_messages(const history_query& what, moment now);
    result<series> find_series(const series_query& what);

private:
    struct place {
        std::int64_t topic;
        std::int64_t id;
    };
    // Ids: above past, and up to last.
    struct extent {
        std::int64_t past;
        std::int64_t last;
    };

    void add_topics(const std::string& filter, const history_topics_query& what,
                    history_topics& into);
    extent extent_of(std::int64_t topic, const history_query& what);
    extent where_begins(std::int64_t field, std::int64_t time);
    void collect(std::int64_t topic, const history_query& what, std::vector<place>& best);
    message_ptr message_at(const place& where, std::string_view topic, moment now);
    std::optional<std::int64_t> number_of(std::string_view topic);

    database& in_;
    statement list_topics_;
    statement find_topic_;
    statement find_field_;
    statement first_ending_;
    statement last_block_;
    statement scan_up_;
    statement scan_down_;
    statement read_message_;
};

} // namespace mqtt
