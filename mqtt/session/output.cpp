#include "mqtt/session/output.hpp"

#include <algorithm>
#include <cstring>
#include <new>

namespace mqtt {

void block::append(std::string_view more) {
    std::memcpy(bytes() + used_, more.data(), more.size());
    used_ += static_cast<std::uint32_t>(more.size());
}

void intrusive_ptr_release(block* held) {
    if (--held->references_ == 0)
        held->home_.give_back(held);
}

block_pool::~block_pool() {
    for (auto* shelf : {&small_, &large_})
        for (auto* kept : *shelf)
            ::operator delete(kept);
}

std::vector<block*>* block_pool::shelf(std::uint32_t capacity) {
    return capacity == small_bytes ? &small_ : capacity == large_bytes ? &large_ : nullptr;
}

block_ptr block_pool::take(std::size_t least) {
    const auto capacity = least <= small_bytes   ? small_bytes
                          : least <= large_bytes ? large_bytes
                                                 : static_cast<std::uint32_t>(least);
    auto* kept = shelf(capacity);
    if (kept != nullptr && !kept->empty()) {
        auto* reused = kept->back();
        kept->pop_back();
        kept_bytes_ -= capacity;
        return {reused};
    }
    void* storage = ::operator new(sizeof(block) + capacity);
    return {new (storage) block(*this, capacity)};
}

void block_pool::give_back(block* freed) {
    auto* kept = shelf(freed->capacity_);
    if (kept == nullptr || kept_bytes_ + freed->capacity_ > kept_bytes_max)
        return ::operator delete(freed);
    freed->used_ = 0;
    kept->push_back(freed);
    kept_bytes_ += freed->capacity_;
}

void output::append(std::string_view copied) {
    bytes_ += copied.size();
    while (!copied.empty()) {
        if (segments_.empty() || !segments_.back().own || segments_.back().held->room() == 0) {
            // A short answer takes a small chunk; what grows beyond it goes on in large ones.
            const bool first = segments_.empty() && copied.size() <= block_pool::small_bytes;
            segments_.push_back(
                {pool_->take(first ? block_pool::small_bytes : block_pool::large_bytes), 0, 0,
                 true});
        }
        auto& last = segments_.back();
        const auto part = copied.substr(0, last.held->room());
        last.held->append(part);
        last.end += static_cast<std::uint32_t>(part.size());
        copied.remove_prefix(part.size());
    }
}

void output::append(const block_ptr& shared, std::size_t begin) {
    const auto end = shared->text().size();
    if (begin == end)
        return;
    segments_.push_back(
        {shared, static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end), false});
    bytes_ += end - begin;
}

std::size_t output::gather(std::span<iovec> parts) const {
    std::size_t used = 0;
    for (auto at = first_; at < segments_.size() && used < parts.size(); ++at, ++used) {
        const auto& part = segments_[at];
        const auto text = part.held->text().substr(part.begin, part.end - part.begin);
        parts[used] = {const_cast<char*>(text.data()), text.size()};
    }
    return used;
}

void output::consume(std::size_t count) {
    bytes_ -= count;
    while (count > 0) {
        auto& part = segments_[first_];
        const auto taken = std::min<std::size_t>(count, part.end - part.begin);
        part.begin += static_cast<std::uint32_t>(taken);
        count -= taken;
        if (part.begin == part.end) {
            part.held.reset();
            part.own = false;
            ++first_;
        }
    }
    if (bytes_ == 0)
        clear();
    else if (first_ > 64 && first_ * 2 > segments_.size()) {
        segments_.erase(segments_.begin(), segments_.begin() + static_cast<std::ptrdiff_t>(first_));
        first_ = 0;
    }
}

void output::clear() {
    segments_.clear();
    if (segments_.capacity() > 8)
        segments_.shrink_to_fit(); // after a burst a connection is small again
    first_ = 0;
    bytes_ = 0;
}

} // namespace mqtt
