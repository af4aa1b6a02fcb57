#include "mqtt/broker/subscription_index.hpp"

#include "mqtt/types/topic.hpp"

#include <algorithm>
#include <optional>

namespace mqtt {
namespace {

std::uint64_t edge_key(std::uint32_t parent, std::uint32_t level) {
    return std::uint64_t{parent} << 32 | level;
}

void add_row(route& into, const subscriber_list::row& row) {
    into.recipients.push_back(recipient_of(row.who, row.options, into));
}

using row_places = std::vector<const subscriber_list::row*>;

// The rows of one subscriber as one recipient: the highest QoS and every identifier.
template <class Wanted>
void add_merged(route& into, const row_places& rows, std::size_t first, std::size_t last,
                audience hears, Wanted wanted) {
    recipient whom;
    whom.who = rows[first]->who;
    whom.hears = hears;
    whom.first_identifier = static_cast<std::uint32_t>(into.identifiers.size());
    for (auto at = first; at < last; ++at) {
        const auto& options = rows[at]->options;
        if (!wanted(options))
            continue;
        whom.qos = std::max(whom.qos, options.qos); // [MQTT3-3.3.5-1]
        whom.retain_as_published = whom.retain_as_published || options.retain_as_published;
        if (options.identifier != 0) {
            into.identifiers.push_back(options.identifier); // [MQTT-3.3.4-4]
            ++whom.identifier_count;
        }
    }
    into.recipients.push_back(whom);
}

// Several filters matched: one recipient for each subscriber, or two where the filters differ in No
// Local.
void merge(const std::vector<const subscriber_list*>& hits, route& into) {
    row_places rows;
    for (const auto* list : hits)
        for (const auto& row : list->rows())
            rows.push_back(&row);
    std::stable_sort(rows.begin(), rows.end(),
                     [](const auto* left, const auto* right) { return left->who < right->who; });
    for (std::size_t first = 0, last = 0; first < rows.size(); first = last) {
        std::size_t deaf = 0; // to what the subscriber publishes itself
        for (last = first; last < rows.size() && rows[last]->who == rows[first]->who; ++last)
            deaf += rows[last]->options.no_local ? 1 : 0;
        const auto all = [](const subscription_options&) { return true; };
        const auto own = [](const subscription_options& each) { return !each.no_local; };
        const auto hears = deaf == 0 ? audience::of_everyone : audience::of_others;
        add_merged(into, rows, first, last, hears, all);
        if (deaf != 0 && deaf != last - first)
            add_merged(into, rows, first, last, audience::of_itself, own);
    }
}

} // namespace

recipient recipient_of(subscriber_id who, const subscription_options& options, route& into) {
    recipient whom;
    whom.who = who;
    whom.qos = options.qos;
    whom.hears = options.no_local ? audience::of_others : audience::of_everyone;
    whom.retain_as_published = options.retain_as_published;
    whom.first_identifier = static_cast<std::uint32_t>(into.identifiers.size());
    if (options.identifier != 0) {
        into.identifiers.push_back(options.identifier);
        whom.identifier_count = 1;
    }
    return whom;
}

std::size_t subscriber_list::place_of(subscriber_id who) const {
    if (places_) {
        const auto found = places_->find(number_of(who));
        return found == places_->end() ? rows_.size() : found->second;
    }
    std::size_t place = 0;
    while (place < rows_.size() && rows_[place].who != who)
        ++place;
    return place;
}

bool subscriber_list::insert(subscriber_id who, const subscription_options& options) {
    const auto place = place_of(who);
    if (place < rows_.size()) {
        rows_[place].options = options; // [MQTT3-3.8.4-3]
        return false;
    }
    rows_.push_back({who, options});
    if (places_)
        places_->emplace(number_of(who), static_cast<std::uint32_t>(place));
    else if (rows_.size() > linear_max) {
        places_ = std::make_unique<boost::unordered_flat_map<std::uint64_t, std::uint32_t>>();
        for (std::uint32_t i = 0; i < rows_.size(); ++i)
            places_->emplace(number_of(rows_[i].who), i);
    }
    return true;
}

bool subscriber_list::erase(subscriber_id who) {
    const auto place = place_of(who);
    if (place == rows_.size())
        return false;
    if (places_) {
        places_->erase(number_of(who));
        if (place + 1 != rows_.size())
            (*places_)[number_of(rows_.back().who)] = static_cast<std::uint32_t>(place);
    }
    rows_[place] = rows_.back();
    rows_.pop_back();
    return true;
}

std::shared_ptr<shared_group> subscriber_list::group(std::string_view name) const {
    for (const auto& each : groups_)
        if (each->name() == name)
            return each;
    return nullptr;
}

shared_group& subscriber_list::make_group(std::string_view name, std::string_view filter) {
    if (const auto known = group(name))
        return *known;
    return *groups_.emplace_back(std::make_shared<shared_group>(name, filter));
}

void subscriber_list::drop_group(std::string_view name) {
    std::erase_if(groups_, [&](const auto& each) { return each->name() == name; });
}

subscription_index::subscription_index() : nodes_(1), level_texts_(1) {
    levels_.emplace("+", level_entry{plus_level, 1});
    level_texts_[plus_level] = "+";
}

std::uint32_t subscription_index::number_of(std::string_view level) const {
    const auto found = levels_.find(level);
    return found == levels_.end() ? none : found->second.number;
}

std::uint32_t subscription_index::child(std::uint32_t parent, std::uint32_t level) const {
    if (level == none)
        return none;
    const auto found = edges_.find(edge_key(parent, level));
    return found == edges_.end() ? none : found->second;
}

std::uint32_t subscription_index::make_child(std::uint32_t parent, std::string_view level) {
    auto found = levels_.find(level);
    if (found == levels_.end()) {
        std::uint32_t number = static_cast<std::uint32_t>(level_texts_.size());
        if (free_levels_.empty()) {
            level_texts_.emplace_back(level);
        } else {
            number = free_levels_.back();
            free_levels_.pop_back();
            level_texts_[number] = level;
        }
        found = levels_.emplace(std::string(level), level_entry{number, 0}).first;
    }
    ++found->second.uses;
    const auto number = found->second.number;

    std::uint32_t made = static_cast<std::uint32_t>(nodes_.size());
    if (free_nodes_.empty()) {
        nodes_.emplace_back();
    } else {
        made = free_nodes_.back();
        free_nodes_.pop_back();
    }
    nodes_[made].parent = parent;
    nodes_[made].level = number;
    ++nodes_[parent].children;
    edges_.emplace(edge_key(parent, number), made);
    return made;
}

std::uint32_t subscription_index::find_node(std::string_view filter, bool& ends_in_hash) const {
    std::uint32_t at = 0;
    ends_in_hash = false;
    std::optional<std::string_view> rest = filter;
    while (rest && at != none) {
        const auto level = next_level(rest);
        if (level == "#") {
            ends_in_hash = true;
            return at;
        }
        at = child(at, number_of(level));
    }
    return at;
}

std::uint32_t subscription_index::make_node(std::string_view filter, bool& ends_in_hash) {
    std::uint32_t at = 0;
    ends_in_hash = false;
    std::optional<std::string_view> rest = filter;
    while (rest) {
        const auto level = next_level(rest);
        if (level == "#") {
            ends_in_hash = true;
            return at;
        }
        const auto down = child(at, number_of(level));
        at = down == none ? make_child(at, level) : down;
    }
    return at;
}

subscriber_list* subscription_index::find_list(std::string_view filter) const {
    if (!has_wildcard(filter)) {
        const auto found = exact_.find(filter);
        return found == exact_.end() ? nullptr : found->second.get();
    }
    bool ends_in_hash = false;
    const auto at = find_node(filter, ends_in_hash);
    if (at == none)
        return nullptr;
    return (ends_in_hash ? nodes_[at].below : nodes_[at].here).get();
}

subscriber_list& subscription_index::make_list(std::string_view filter) {
    if (!has_wildcard(filter)) {
        auto found = exact_.find(filter);
        if (found == exact_.end())
            found = exact_.emplace(std::string(filter), std::make_unique<subscriber_list>()).first;
        return *found->second;
    }
    bool ends_in_hash = false;
    auto& at = nodes_[make_node(filter, ends_in_hash)];
    auto& list = ends_in_hash ? at.below : at.here;
    if (!list)
        list = std::make_unique<subscriber_list>();
    return *list;
}

void subscription_index::drop_list(std::string_view filter) {
    if (!has_wildcard(filter)) {
        exact_.erase(exact_.find(filter));
        return;
    }
    bool ends_in_hash = false;
    const auto at = find_node(filter, ends_in_hash);
    (ends_in_hash ? nodes_[at].below : nodes_[at].here).reset();
    prune(at);
}

bool subscription_index::insert(std::string_view filter, subscriber_id who,
                                const subscription_options& options) {
    const auto parts = parse_shared_filter(filter);
    const bool added =
        parts ? insert_shared(*parts, who, options) : make_list(filter).insert(who, options);
    size_ += added ? 1 : 0;
    return added;
}

bool subscription_index::insert_shared(const shared_filter& parts, subscriber_id who,
                                       const subscription_options& options) {
    const bool added =
        make_list(parts.filter).make_group(parts.group, parts.filter).insert(who, options);
    shared_size_ += added ? 1 : 0;
    return added;
}

bool subscription_index::erase(std::string_view filter, subscriber_id who) {
    bool erased = false;
    if (const auto parts = parse_shared_filter(filter)) {
        erased = erase_shared(*parts, who);
    } else if (auto* list = find_list(filter)) {
        erased = list->erase(who);
        if (list->empty())
            drop_list(filter);
    }
    size_ -= erased ? 1 : 0;
    return erased;
}

bool subscription_index::erase_shared(const shared_filter& parts, subscriber_id who) {
    auto* list = find_list(parts.filter);
    const auto group = list == nullptr ? nullptr : list->group(parts.group);
    if (!group || !group->erase(who))
        return false;
    --shared_size_;
    if (group->empty())
        list->drop_group(parts.group);
    if (list->empty())
        drop_list(parts.filter);
    return true;
}

std::shared_ptr<shared_group> subscription_index::group(std::string_view filter) const {
    const auto parts = parse_shared_filter(filter);
    const auto* list = parts ? find_list(parts->filter) : nullptr;
    return list == nullptr ? nullptr : list->group(parts->group);
}

void subscription_index::set_online(std::string_view filter, subscriber_id who, bool online) {
    if (const auto found = group(filter))
        found->set_online(who, online);
}

void subscription_index::release_level(std::uint32_t number) {
    const auto found = levels_.find(level_texts_[number]);
    if (--found->second.uses != 0)
        return;
    levels_.erase(found);
    level_texts_[number].clear();
    free_levels_.push_back(number);
}

void subscription_index::prune(std::uint32_t at) {
    while (at != 0 && nodes_[at].children == 0 && !nodes_[at].here && !nodes_[at].below) {
        const auto parent = nodes_[at].parent;
        edges_.erase(edge_key(parent, nodes_[at].level));
        release_level(nodes_[at].level);
        nodes_[at] = node{};
        free_nodes_.push_back(at);
        --nodes_[parent].children;
        at = parent;
    }
}

// Level by level: the nodes that the levels so far lead to, each with at most two ways on.
void subscription_index::match_wildcards(std::string_view topic,
                                         std::vector<const subscriber_list*>& hits) const {
    std::vector<std::uint32_t> now{0};
    std::vector<std::uint32_t> next;
    bool wildcard_allowed = topic.front() != '$'; // [MQTT-4.7.2-1] [MQTT3-4.7.2-1]
    std::optional<std::string_view> rest = topic;
    while (rest && !now.empty()) {
        const auto number = number_of(next_level(rest));
        next.clear();
        for (const auto at : now) {
            if (nodes_[at].below && wildcard_allowed)
                hits.push_back(nodes_[at].below.get());
            if (const auto down = child(at, number); down != none)
                next.push_back(down);
            if (const auto down = child(at, plus_level); down != none && wildcard_allowed)
                next.push_back(down);
        }
        now.swap(next);
        wildcard_allowed = true;
    }
    for (const auto at : now) {
        if (nodes_[at].here)
            hits.push_back(nodes_[at].here.get());
        if (nodes_[at].below)
            hits.push_back(nodes_[at].below.get()); // '#' matches its parent level too
    }
}

void subscription_index::match(std::string_view topic, route& into) const {
    into.clear();
    std::vector<const subscriber_list*> hits;
    const auto found = exact_.find(topic); // byte by byte [MQTT-4.7.3-4] [MQTT3-4.7.3-4]
    if (found != exact_.end())
        hits.push_back(found->second.get());
    if (!edges_.empty() || nodes_[0].below)
        match_wildcards(topic, hits);
    for (const auto* list : hits)
        for (const auto& group : list->groups())
            add_candidates(group, subscriber_id{}, into); // [MQTT-4.8.2-3]
    if (hits.size() > 1)
        return merge(hits, into);
    for (const auto* list : hits)
        for (const auto& row : list->rows())
            add_row(into, row);
}

} // namespace mqtt
