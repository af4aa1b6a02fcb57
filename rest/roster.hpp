// The services of a process, so that one of them can tell of the callers of all. Knows where they
// are, never who calls.
#pragma once

#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace mqtt {
class broker;
} // namespace mqtt

namespace rest {

struct service_context;

// thread: any
class roster {
public:
    // hub: of the shard that the service belongs to
    void add(const mqtt::broker& hub, std::weak_ptr<service_context> one);

    // Those of one shard. What they hold belongs to the thread of that shard.
    std::vector<std::shared_ptr<service_context>> of(const mqtt::broker& hub) const;

private:
    mutable std::mutex lock_;
    std::vector<std::pair<const mqtt::broker*, std::weak_ptr<service_context>>>
        known_; // bound: listeners times shards
};

} // namespace rest
