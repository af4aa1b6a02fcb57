// A bounded queue that serves its sources in turns, so that one who asks for much waits for itself.
// Where it is full, the source that has most waiting gives way. Knows no threads.
#pragma once

#include <cstddef>
#include <deque>
#include <list>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

namespace mqtt {

template <class Item>
class fair_queue {
public:
    explicit fair_queue(std::size_t most) : most_(most) {}

    // The item that found no place: this one, or the youngest of a source that has more waiting.
    std::optional<Item> put(const std::string& source, Item item) {
        std::optional<Item> displaced;
        if (size_ >= most_) {
            const auto longest = longest_line();
            const auto own = by_source_.find(source);
            const auto waiting = own == by_source_.end() ? 0 : own->second->items.size();
            if (longest == lines_.end() || longest->items.size() <= waiting + 1)
                return item;
            displaced.emplace(std::move(longest->items.back()));
            longest->items.pop_back();
            --size_;
        }
        const auto [entry, added] = by_source_.try_emplace(source);
        if (added)
            entry->second = lines_.insert(lines_.end(), {source, {}});
        entry->second->items.push_back(std::move(item)); // bound: most_
        ++size_;
        return displaced;
    }

    // The oldest item of the source whose turn it is; nothing: the queue is empty.
    std::optional<Item> take() {
        if (lines_.empty())
            return std::nullopt;
        auto& next = lines_.front();
        std::optional<Item> taken(std::move(next.items.front()));
        next.items.pop_front();
        --size_;
        if (next.items.empty()) {
            by_source_.erase(next.source);
            lines_.pop_front();
        } else {
            lines_.splice(lines_.end(), lines_, lines_.begin());
        }
        return taken;
    }

    bool empty() const { return size_ == 0; }
    std::size_t size() const { return size_; }

private:
    struct line {
        std::string source;
        std::deque<Item> items; // never empty between calls
    };
    using iterator = typename std::list<line>::iterator;

    iterator longest_line() {
        auto longest = lines_.begin();
        for (auto each = lines_.begin(); each != lines_.end(); ++each)
            if (each->items.size() > longest->items.size())
                longest = each;
        return longest;
    }

    std::size_t most_;
    std::size_t size_ = 0;
    std::list<line> lines_; // the front is served next
    std::unordered_map<std::string, iterator> by_source_;
};

} // namespace mqtt
