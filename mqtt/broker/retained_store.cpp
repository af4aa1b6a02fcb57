#include "mqtt/broker/retained_store.hpp"

#include "mqtt/types/topic.hpp"

#include <optional>
#include <string>

namespace mqtt {

message_ptr retained_store::set(const message_ptr& what) {
    message_ptr previous;
    if (const auto found = by_topic_.find(what->topic()); found != by_topic_.end()) {
        previous = found->second;
        payload_bytes_ -= previous->payload().size();
        by_topic_.erase(found); // the key lies in the message [MQTT3-3.3.1-7]
    }
    payload_bytes_ += what->payload().size();
    // [MQTT3-3.3.1-10] [MQTT31-retain-3]
    if (!what->payload().empty())               // [MQTT-3.3.1-7] [MQTT3-3.3.1-11]
        by_topic_.emplace(what->topic(), what); // with its QoS [MQTT3-3.3.1-5]
    return previous;
}

message_ptr retained_store::find(std::string_view topic) const {
    const auto found = by_topic_.find(topic);
    return found == by_topic_.end() ? nullptr : found->second;
}

std::vector<message_ptr> retained_store::take_expired(steady_time now, std::size_t limit) {
    std::vector<message_ptr> taken;
    for (auto at = by_topic_.begin(); at != by_topic_.end() && taken.size() < limit;) {
        if (at->second->expires_at() > now) {
            ++at;
            continue;
        }
        payload_bytes_ -= at->second->payload().size();
        taken.push_back(at->second); // the key lies in it
        at = by_topic_.erase(at);
    }
    return taken;
}

// One walk through the ordered topics. Below a prefix, all topics with the same next level lie in
// one range, so a subtree that can't match is jumped over in one look-up.
struct retained_store::search {
    const map& topics;
    std::string_view after;
    const visitor& visit;

    bool offer(const message_ptr& found) const { return found->topic() <= after || visit(found); }

    // Everything from here on that begins with the prefix.
    bool everything_below(const std::string& prefix) const {
        for (auto at = topics.lower_bound(prefix);
             at != topics.end() && at->first.starts_with(prefix); ++at)
            if (!offer(at->second))
                return false;
        return true;
    }

    bool exact(const std::string& topic) const {
        const auto found = topics.find(topic);
        return found == topics.end() || offer(found->second);
    }

    // prefix ends in '/' or is empty; filter is what follows it.
    bool below(const std::string& prefix, std::string_view filter) const {
        std::optional<std::string_view> rest = filter;
        const auto level = next_level(rest);
        if (level == "#")
            return everything_below(prefix);
        if (level != "+")
            return one_level(prefix + std::string(level), rest);
        return each_level(prefix, rest);
    }

    // "a/#" also matches "a" itself.
    bool one_level(const std::string& path, std::optional<std::string_view> rest) const {
        if (!rest || *rest == "#")
            if (!exact(path))
                return false;
        return !rest || below(path + '/', *rest);
    }

    bool each_level(const std::string& prefix, std::optional<std::string_view> rest) const {
        auto at = topics.lower_bound(prefix);
        while (at != topics.end() && at->first.starts_with(prefix)) {
            const auto slash = at->first.find('/', prefix.size());
            if (slash == std::string_view::npos) {
                const bool matches_here = !rest || *rest == "#";
                if (matches_here && !offer(at->second))
                    return false;
                ++at;
                continue;
            }
            const std::string path(at->first.substr(0, slash));
            if (rest && !below(path + '/', *rest))
                return false;
            at = topics.lower_bound(path + static_cast<char>('/' + 1)); // past this level's subtree
        }
        return true;
    }
};

void retained_store::for_each_match(std::string_view filter, std::string_view after,
                                    const visitor& visit) const {
    // A leading wildcard never matches '$' topics. [MQTT-4.7.2-1]
    const bool leading_wildcard = filter.front() == '+' || filter.front() == '#';
    const visitor guarded = [&](const message_ptr& found) {
        return (leading_wildcard && found->topic().front() == '$') || visit(found);
    };
    search{by_topic_, after, guarded}.below("", filter);
}

} // namespace mqtt
