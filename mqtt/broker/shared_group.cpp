#include "mqtt/broker/shared_group.hpp"

#include <algorithm>

namespace mqtt {
namespace {

auto place_of(auto& members, subscriber_id who) {
    return std::find_if(members.begin(), members.end(),
                        [&](const auto& each) { return each.who == who; });
}

} // namespace

bool shared_group::insert(subscriber_id who, const subscription_options& options) {
    const auto known = place_of(members_, who);
    if (known != members_.end()) {
        known->options = options;
        return false;
    }
    members_.push_back({who, options, true});
    return true;
}

bool shared_group::erase(subscriber_id who) {
    const auto known = place_of(members_, who);
    if (known == members_.end())
        return false;
    members_.erase(known);
    return true;
}

void shared_group::set_online(subscriber_id who, bool online) {
    const auto known = place_of(members_, who);
    if (known != members_.end())
        known->online = online;
}

void add_candidates(const std::shared_ptr<shared_group>& group, subscriber_id except, route& into) {
    const auto& members = group->members();
    const bool any_online = std::any_of(members.begin(), members.end(), [&](const auto& each) {
        return each.online && each.who != except;
    });
    shared_route found;
    found.group = group;
    for (const auto& each : members)
        if (each.who != except && each.online == any_online)
            found.members.push_back(recipient_of(each.who, each.options, into));
    if (!found.members.empty())
        into.shared.push_back(std::move(found));
}

} // namespace mqtt
