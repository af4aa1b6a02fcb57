// What was read of users' rights, for as long as it may be believed. All entries live equally long
// but for those of a failure; what is oldest goes first. thread: one
#pragma once

#include "plugins/sql/database.hpp"
#include "plugins/sql/rules.hpp"

#include <cstddef>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>

namespace sql_auth {

inline constexpr std::size_t cached_users_max = 10'000;
inline constexpr std::size_t cached_bytes_max = 64 * 1024 * 1024;

enum class standing : std::uint8_t {
    ruled,     // by `rules`
    superuser, // everything
    foreign,   // the database does not know this one, and others may be asked
    unclear,   // the rows can't be used: nothing
};

struct rights {
    standing kind = standing::unclear;
    rule_set rules;
};

class rights_cache {
public:
    // Nothing where there is none, or none that is young enough. Good until the next call.
    const rights* find(std::string_view username, time_point now);

    const rights& put(std::string_view username, rights value, time_point good_until);

    void clear();
    std::size_t size() const { return entries_.size(); }

private:
    struct entry {
        std::string username;
        rights value;
        time_point good_until;
    };
    using place = std::list<entry>::iterator;

    static std::size_t bytes_of(const entry& each);
    void drop(place which);

    std::list<entry> entries_; // oldest first; bound: cached_users_max, cached_bytes_max
    std::unordered_map<std::string_view, place> by_name_; // views of the entries' names
    std::size_t bytes_ = 0;
};

} // namespace sql_auth
