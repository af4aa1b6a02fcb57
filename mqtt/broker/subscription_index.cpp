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
    recipient whom;
    whom.who = row.who;
    whom.qos = row.options.qos;
    whom.no_local = row.options.no_local;
    whom.retain_as_published = row.options.retain_as_published;
    whom.first_identifier = static_cast<std::uint32_t>(into.identifiers.size());
    if (row.options.identifier != 0) {
        into.identifiers.push_back(row.options.identifier);
        whom.identifier_count = 1;
    }
    into.recipients.push_back(whom);
}

// Several filters matched: one recipient for each subscriber, with the highest QoS and every
// identifier.
void merge(const std::vector<const subscriber_list*>& hits, route& into) {
    std::vector<const subscriber_list::row*> rows;
    for (const auto* list : hits)
        for (const auto& row : list->rows())
            rows.push_back(&row);
    std::stable_sort(rows.begin(), rows.end(),
                     [](const auto* left, const auto* right) { return left->who < right->who; });
    for (const auto* row : rows) {
        if (into.recipients.empty() || into.recipients.back().who != row->who) {
            add_row(into, *row);
            continue;
        }
        auto& whom = into.recipients.back();
        whom.qos = std::max(whom.qos, row->options.qos);
        whom.no_local = whom.no_local && row->options.no_local;
        whom.retain_as_published = whom.retain_as_published || row->options.retain_as_published;
        if (row->options.identifier != 0) {
            into.identifiers.push_back(row->options.identifier);
            ++whom.identifier_count;
        }
    }
}

} // namespace

std::size_t subscriber_list::place_of(subscriber_id who) const {
    if (places_) {
        const auto found = places_->find(key_of(who));
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
        rows_[place].options = options;
        return false;
    }
    rows_.push_back({who, options});
    if (places_)
        places_->emplace(key_of(who), static_cast<std::uint32_t>(place));
    else if (rows_.size() > linear_max) {
        places_ = std::make_unique<boost::unordered_flat_map<std::uint64_t, std::uint32_t>>();
        for (std::uint32_t i = 0; i < rows_.size(); ++i)
            places_->emplace(key_of(rows_[i].who), i);
    }
    return true;
}

bool subscriber_list::erase(subscriber_id who) {
    const auto place = place_of(who);
    if (place == rows_.size())
        return false;
    if (places_) {
        places_->erase(key_of(who));
        if (place + 1 != rows_.size())
            (*places_)[key_of(rows_.back().who)] = static_cast<std::uint32_t>(place);
    }
    rows_[place] = rows_.back();
    rows_.pop_back();
    return true;
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

std::uint32_t subscription_index::walk(std::string_view filter, bool make, bool& ends_in_hash) {
    std::uint32_t at = 0;
    ends_in_hash = false;
    std::optional<std::string_view> rest = filter;
    while (rest) {
        const auto level = next_level(rest);
        if (level == "#") {
            ends_in_hash = true;
            return at;
        }
        auto down = child(at, number_of(level));
        if (down == none && !make)
            return none;
        at = down == none ? make_child(at, level) : down;
    }
    return at;
}

bool subscription_index::insert(std::string_view filter, subscriber_id who,
                                const subscription_options& options) {
    bool added = false;
    if (!has_wildcard(filter)) {
        auto found = exact_.find(filter);
        if (found == exact_.end())
            found = exact_.emplace(std::string(filter), std::make_unique<subscriber_list>()).first;
        added = found->second->insert(who, options);
    } else {
        bool ends_in_hash = false;
        auto& at = nodes_[walk(filter, true, ends_in_hash)];
        auto& list = ends_in_hash ? at.below : at.here;
        if (!list)
            list = std::make_unique<subscriber_list>();
        added = list->insert(who, options);
    }
    size_ += added ? 1 : 0;
    return added;
}

bool subscription_index::erase(std::string_view filter, subscriber_id who) {
    bool erased = false;
    if (!has_wildcard(filter)) {
        const auto found = exact_.find(filter);
        if (found == exact_.end())
            return false;
        erased = found->second->erase(who);
        if (found->second->empty())
            exact_.erase(found);
    } else {
        bool ends_in_hash = false;
        const auto at = walk(filter, false, ends_in_hash);
        if (at == none)
            return false;
        auto& list = ends_in_hash ? nodes_[at].below : nodes_[at].here;
        if (!list)
            return false;
        erased = list->erase(who);
        if (list->empty()) {
            list.reset();
            prune(at);
        }
    }
    size_ -= erased ? 1 : 0;
    return erased;
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
    bool wildcard_allowed = topic.front() != '$'; // [MQTT-4.7.2-1]
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
    const auto found = exact_.find(topic);
    if (found != exact_.end())
        hits.push_back(found->second.get());
    if (!edges_.empty() || nodes_[0].below)
        match_wildcards(topic, hits);
    if (hits.size() > 1)
        return merge(hits, into);
    for (const auto* list : hits)
        for (const auto& row : list->rows())
            add_row(into, row);
}

} // namespace mqtt
