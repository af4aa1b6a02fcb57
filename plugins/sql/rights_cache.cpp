#include "plugins/sql/rights_cache.hpp"

#include <iterator>
#include <utility>

namespace sql_auth {

std::size_t rights_cache::bytes_of(const entry& each) {
    return sizeof(entry) + each.username.size() + each.value.rules.bytes();
}

const rights* rights_cache::find(std::string_view username, time_point now) {
    const auto found = by_name_.find(username);
    if (found == by_name_.end())
        return nullptr;
    if (found->second->good_until > now)
        return &found->second->value;
    drop(found->second);
    return nullptr;
}

const rights& rights_cache::put(std::string_view username, rights value, time_point good_until) {
    if (const auto old = by_name_.find(username); old != by_name_.end())
        drop(old->second);
    entries_.push_back({std::string(username), std::move(value), good_until});
    const auto added = std::prev(entries_.end());
    by_name_.emplace(added->username, added);
    bytes_ += bytes_of(*added);
    while (entries_.size() > 1 && (entries_.size() > cached_users_max || bytes_ > cached_bytes_max))
        drop(entries_.begin());
    return added->value;
}

void rights_cache::clear() {
    by_name_.clear();
    entries_.clear();
    bytes_ = 0;
}

void rights_cache::drop(place which) {
    bytes_ -= bytes_of(*which);
    by_name_.erase(which->username);
    entries_.erase(which);
}

} // namespace sql_auth
