#include "mqtt/auth/verdict_cache.hpp"

namespace mqtt {

// Parts with their lengths: no two sets of parts make the same key, whatever is in them.
std::string verdict_cache::key_of(const identity& who, operation what, std::string_view topic) {
    std::string key;
    key.reserve(who.username.size() + who.client_id.size() + topic.size() + 16);
    key += static_cast<char>(what);
    key += static_cast<char>(who.realm & 0xFF);
    key += static_cast<char>(who.realm >> 8);
    for (const std::string_view part :
         {std::string_view(who.username), std::string_view(who.client_id), topic}) {
        const auto size = static_cast<std::uint32_t>(part.size());
        key.append(reinterpret_cast<const char*>(&size), sizeof size);
        key += part;
    }
    return key;
}

std::optional<verdict_cache::kept> verdict_cache::find(const identity& who, operation what,
                                                       std::string_view topic,
                                                       steady_time now) const {
    const auto key = key_of(who, what, topic);
    const std::scoped_lock hold(lock_);
    const auto found = entries_.find(key);
    if (found == entries_.end() || found->second.until <= now)
        return std::nullopt;
    return found->second.said;
}

void verdict_cache::put(const question& asked, kept said, steady_time now) {
    auto key = key_of(asked.who, asked.what, asked.topic);
    const std::scoped_lock hold(lock_);
    if (entries_.size() >= verdicts_kept_max)
        entries_.clear();
    entries_.insert_or_assign(std::move(key), entry{said, now + verdict_life});
}

void verdict_cache::clear() {
    const std::scoped_lock hold(lock_);
    entries_.clear();
}

} // namespace mqtt
