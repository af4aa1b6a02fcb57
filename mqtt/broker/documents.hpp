// What other rooms keep under names of their own and find again after a restart: a kind, a name, a
// text. All of it is in memory, too, where every thread may read it.
#pragma once

#include "mqtt/store/change.hpp"
#include "mqtt/types/clock.hpp"

#include <cstddef>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mqtt {

class broker;

// thread: any
class documents {
public:
    struct entry {
        std::string name;
        std::string value;
        std::optional<wall_time> expires_at; // nothing: it stays until it is forgotten
    };

    // Nothing: it was never kept, was forgotten, or has expired.
    std::optional<entry> find(std::string_view kind, std::string_view name) const;
    // By name.
    std::vector<entry> all(std::string_view kind) const;
    std::size_t count(std::string_view kind) const;

    // What the store will have, or has. bound: whoever keeps documents of a kind says how many
    void set(const stored_document& what);
    // Sets it where nothing is; else what is there.
    std::optional<entry> claim(const stored_document& what);
    // Forgets what has expired, and says what the store is to forget.
    std::vector<stored_document> take_expired(wall_time now);

private:
    using by_name = std::map<std::string, entry, std::less<>>;
    mutable std::mutex lock_; // held for a few instructions, never with another
    std::map<std::string, by_name, std::less<>> kinds_;
};

const documents& documents_of(const broker& hub);
// Of all who want the name at once, one gets it: nothing for that one, the others what is there.
// Only in memory, until it is kept. thread: any
std::optional<documents::entry> claim_document(broker& hub, const stored_document& what);

// Keeps the document, or with `gone` forgets it. Others see it at once. done: called once, on this
// thread, when it is safe (true; at once where nothing outlives the process), or when the disk has
// no room for it (false). thread: the shard's
void keep_document(broker& hub, stored_document what, std::function<void(bool kept)> done = {});

} // namespace mqtt
