// Bytes on their way to one connection: copied into pooled chunks, or shared blocks referenced. An
// idle connection holds no chunk. One shard only: the reference counts are plain numbers.
#pragma once

#include <boost/container/small_vector.hpp>
#include <boost/smart_ptr/intrusive_ptr.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <sys/uio.h>
#include <vector>

namespace mqtt {

class block_pool;

// Bytes behind a header; filled once or appended to by its one owner, then only read.
class block {
public:
    std::string_view text() const { return {bytes(), used_}; }
    std::size_t room() const { return capacity_ - used_; }
    // requires: more.size() <= room()
    void append(std::string_view more);

private:
    friend class block_pool;
    block(block_pool& home, std::uint32_t capacity) : home_(home), capacity_(capacity) {}
    const char* bytes() const { return reinterpret_cast<const char*>(this + 1); }
    char* bytes() { return reinterpret_cast<char*>(this + 1); }

    friend void intrusive_ptr_add_ref(block* held) { ++held->references_; }
    friend void intrusive_ptr_release(block* held);

    block_pool& home_;
    std::uint32_t references_ = 0;
    std::uint32_t capacity_;
    std::uint32_t used_ = 0;
};

using block_ptr = boost::intrusive_ptr<block>;

// Keeps freed blocks of two sizes for the next turn. requires: outlives its blocks
class block_pool {
public:
    static constexpr std::uint32_t small_bytes = 1024;
    static constexpr std::uint32_t large_bytes = 16 * 1024;

    block_pool() = default;
    block_pool(const block_pool&) = delete;
    block_pool& operator=(const block_pool&) = delete;
    ~block_pool();

    // ensures: room() >= least
    block_ptr take(std::size_t least);

private:
    friend void intrusive_ptr_release(block* held);
    static constexpr std::size_t kept_bytes_max = 4 * 1024 * 1024; // of free blocks, in all

    void give_back(block* freed);
    std::vector<block*>* shelf(std::uint32_t capacity);

    std::vector<block*> small_; // bound: kept_bytes_max
    std::vector<block*> large_;
    std::size_t kept_bytes_ = 0;
};

class output {
public:
    explicit output(block_pool& pool) : pool_(&pool) {}

    bool empty() const { return bytes_ == 0; }
    std::size_t bytes() const { return bytes_; }

    void append(std::string_view copied);
    // Refers to the block's bytes from begin to its end; they must not change any more.
    void append(const block_ptr& shared, std::size_t begin);

    // Fills parts with what to write next; returns how many were used.
    std::size_t gather(std::span<iovec> parts) const;
    // Drops the first count bytes: they are written.
    void consume(std::size_t count);
    void clear();

private:
    struct segment {
        block_ptr held;
        std::uint32_t begin;
        std::uint32_t end;
        bool own; // ours to append to
    };

    block_pool* pool_;
    boost::container::small_vector<segment, 2>
        segments_;          // bound: unsent_bytes_max, and one more packet
    std::size_t first_ = 0; // segments before it are written
    std::size_t bytes_ = 0;
};

} // namespace mqtt
