#include "mqtt/broker/census.hpp"

#include "mqtt/broker/broker.hpp"
#include "mqtt/types/topic.hpp"

#include <algorithm>
#include <cctype>
#include <chrono>
#include <map>
#include <mutex>
#include <shared_mutex>
#include <utility>

namespace mqtt {
namespace {

char lower(char letter) {
    return static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
}

// letters of both cases are the same, those of ASCII
bool holds(std::string_view text, std::string_view part) {
    return std::search(text.begin(), text.end(), part.begin(), part.end(),
                       [](char left, char right) { return lower(left) == lower(right); }) !=
           text.end();
}

// The lowest names of many that come in no order, and what belongs to each.
template <class Value>
class lowest {
public:
    explicit lowest(const page_query& page) : page_(page) {}

    // Whether the name comes after all places that there are.
    bool is_beyond(std::string_view name) const {
        return places_.size() > page_.limit && name >= places_.rbegin()->first;
    }
    // Whether the name could still get a place.
    bool wants(std::string_view name) const { return name > page_.after && !is_beyond(name); }
    // requires: wants(name)
    void put(std::string name, Value value) {
        places_.emplace(std::move(name), std::move(value));
        if (places_.size() > page_.limit + 1)
            places_.erase(std::prev(places_.end()));
    }
    bool more() const { return places_.size() > page_.limit; }
    // Visits at most the limit, in their order.
    template <class Visitor>
    void for_each(Visitor visit) {
        std::size_t left = page_.limit;
        for (auto at = places_.begin(); at != places_.end() && left-- > 0; ++at)
            visit(at->second);
    }

private:
    const page_query& page_;
    std::map<std::string, Value, std::less<>> places_; // bound: the limit and one
};

std::optional<std::uint32_t> seconds_until(steady_time when, steady_time now) {
    if (when == never)
        return std::nullopt;
    const auto left = std::chrono::ceil<std::chrono::seconds>(when - now).count();
    return static_cast<std::uint32_t>(std::clamp<std::int64_t>(left, 0, session_never_expires));
}

client_row row_of(const session& who, steady_time now) {
    client_row row;
    const auto& identity = who.who();
    row.client_id = identity.client_id;
    row.username = identity.username;
    row.address = identity.address;
    row.realm = identity.realm;
    row.by = identity.by;
    row.good_until = identity.good_until;
    row.kept = who.is_kept();
    row.session_expiry = who.expiry();
    row.has_will = who.has_will();
    row.subscriptions = who.subscriptions.size();
    if (who.since() != wall_time{})
        row.since = who.since();
    if (const auto* queue = who.to_send(); queue != nullptr) {
        row.waiting = queue->waiting();
        row.in_flight = queue->open();
    }
    if (const auto* online = who.online(); online != nullptr) {
        row.connected = true;
        row.way = online->by()->way;
        row.protocol_version = static_cast<std::uint8_t>(online->level());
        row.keep_alive = online->alive().seconds();
    } else if (who.expiry() != session_never_expires) {
        row.ends_in = seconds_until(who.expires_at(), now);
    }
    return row;
}

} // namespace

std::string_view ip_of(std::string_view address) {
    if (address.starts_with('['))
        return address.substr(1, address.find(']') - 1);
    return address.substr(0, address.rfind(':'));
}

bool is_meant(const client_query& asked, const client_row& row) {
    return (asked.text.empty() || holds(row.client_id, asked.text) ||
            holds(row.username, asked.text)) &&
           (!asked.username || *asked.username == row.username) &&
           (!asked.way || asked.way == row.way) &&
           (!asked.connected || *asked.connected == row.connected) &&
           (asked.ip.empty() || asked.ip == ip_of(row.address));
}

// Every session is looked at for each page; what is copied is the page alone.
census_page<client_row> clients_of(broker& here, const client_query& asked,
                                   const page_query& page) {
    census_page<client_row> made;
    lowest<client_row> rows(page);
    const auto now = here.room().now.steady;
    here.for_each_session([&](const session& each) {
        const bool wanted = rows.wants(each.client_id());
        if (!wanted && !page.count)
            return;
        auto row = row_of(each, now);
        if (!is_meant(asked, row))
            return;
        ++made.total;
        if (wanted)
            rows.put(each.client_id(), std::move(row));
    });
    made.more = rows.more();
    rows.for_each([&](client_row& row) { made.rows.push_back(std::move(row)); });
    return made;
}

std::optional<client_row> find_client(broker& here, std::string_view client_id) {
    const auto* found = here.find_session(client_id);
    if (found == nullptr)
        return std::nullopt;
    return row_of(*found, here.room().now.steady);
}

std::optional<identity> identity_of(broker& here, std::string_view client_id) {
    const auto* found = here.find_session(client_id);
    return found == nullptr ? std::nullopt : std::optional(found->who());
}

census_page<subscription_row> subscriptions_of(broker& here, std::string_view client_id,
                                               const page_query& page) {
    census_page<subscription_row> made;
    lowest<subscription_row> rows(page);
    const auto add = [&](const session& each) {
        made.total += each.subscriptions.size();
        const auto first = each.client_id() + '\0'; // what its keys begin with
        const bool goes_on = page.after.starts_with(first);
        if (rows.is_beyond(first) || (!goes_on && first < page.after))
            return;
        auto at = goes_on ? each.subscriptions.upper_bound(page.after.substr(first.size()))
                          : each.subscriptions.begin();
        for (; at != each.subscriptions.end(); ++at) {
            subscription_row row{each.client_id(), at->first, at->second.qos,
                                 at->second.identifier};
            auto key = row.key();
            if (rows.is_beyond(key))
                return;
            rows.put(std::move(key), std::move(row));
        }
    };
    if (client_id.empty())
        here.for_each_session(add);
    else if (const auto* one = here.find_session(client_id); one != nullptr)
        add(*one);
    made.more = rows.more();
    rows.for_each([&](subscription_row& row) { made.rows.push_back(std::move(row)); });
    return made;
}

census_page<group_row> groups_of(broker& here, const page_query& page) {
    census_page<group_row> made;
    std::map<std::string, group_row, std::less<>> found; // bound: subscriptions of the shard
    here.for_each_session([&](const session& each) {
        if (each.shared_subscriptions == 0)
            return;
        for (const auto& [filter, options] : each.subscriptions) {
            const auto parts = parse_shared_filter(filter);
            if (!parts)
                continue;
            auto& row = found[std::string(parts->group) + '/' + std::string(parts->filter)];
            row.name = parts->group;
            row.filter = parts->filter;
            ++row.member_count;
            row.online_count += each.online() != nullptr ? 1 : 0;
            if (row.members.size() < group_members_shown_max)
                row.members.push_back({each.client_id(), options.qos, each.online() != nullptr});
        }
    });
    made.total = found.size();
    for (auto at = found.upper_bound(page.after); at != found.end(); ++at) {
        if (made.rows.size() == page.limit) {
            made.more = true;
            break;
        }
        made.rows.push_back(std::move(at->second));
    }
    return made;
}

census_page<receiver_row> receivers_of(broker& here, std::string_view topic, std::size_t limit) {
    route found;
    {
        const std::shared_lock hold(here.shared().lock);
        here.shared().subscriptions.match(topic, found);
    }
    census_page<receiver_row> made;
    const auto add = [&](const recipient& each, const std::string& group) {
        if (each.who.shard != here.shard())
            return;
        const auto* who = here.find_subscriber(each.who);
        if (who == nullptr || who->whose() == nullptr)
            return; // it has gone
        ++made.total;
        if (made.rows.size() == limit) {
            made.more = true;
            return;
        }
        const auto& identity = *who->whose();
        receiver_row row{identity.client_id, identity.username, each.qos, who->is_online()};
        const auto said = here.shared().door.authorize(identity, operation::receive, topic);
        row.may_receive = said != verdict::denied;
        row.asked = said == verdict::undecided;
        row.group = group;
        made.rows.push_back(std::move(row));
    };
    for (const auto& each : found.recipients)
        if (each.hears != audience::of_itself)
            add(each, {});
    for (const auto& shared : found.shared)
        for (const auto& each : shared.members)
            add(each, shared.group->name() + '/' + shared.group->filter());
    return made;
}

census_page<message_ptr> retained_values(broker& here, std::string_view filter,
                                         const page_query& page) {
    census_page<message_ptr> made;
    const auto now = here.room().now.steady;
    const std::shared_lock hold(here.shared().lock);
    here.shared().retained.for_each_match(
        filter, page.count ? std::string_view{} : page.after, [&](const message_ptr& found) {
            if (found->expires_at() <= now)
                return true;
            ++made.total;
            if (!page.after.empty() && found->topic() <= page.after)
                return true;
            if (made.rows.size() < page.limit) {
                made.rows.push_back(found);
                return true;
            }
            made.more = true;
            return page.count;
        });
    return made;
}

void clear_retained(broker& here, std::string_view topic) {
    publication nothing;
    nothing.topic = topic;
    nothing.qos = qos::at_least_once;
    nothing.retain = true;
    here.publish_own(nothing);
}

bool send_away(broker& here, std::string_view client_id, reason why) {
    auto* found = here.find_session(client_id);
    if (found == nullptr || found->online() == nullptr)
        return false;
    here.send_away(*found, why, true);
    return true;
}

void subscribe_for(broker& here, std::string client_id, std::string filter, qos level,
                   std::function<void(std::optional<reason>)> done) {
    const auto* found = here.find_session(client_id);
    if (found == nullptr)
        return done(std::nullopt);
    const auto parts = parse_shared_filter(filter);
    const std::string asked(parts ? parts->filter : std::string_view(filter));
    here.settle(found->who(), operation::subscribe, asked,
                [&here, client_id = std::move(client_id), filter = std::move(filter), level,
                 done = std::move(done)] {
                    auto* still = here.find_session(client_id);
                    if (still == nullptr)
                        return done(std::nullopt);
                    done(here.subscribe_for(*still, {filter, level}));
                });
}

} // namespace mqtt
