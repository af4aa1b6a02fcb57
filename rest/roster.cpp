#include "rest/roster.hpp"

namespace rest {

void roster::add(const mqtt::broker& hub, std::weak_ptr<service_context> one) {
    const std::lock_guard hold(lock_);
    known_.emplace_back(&hub, std::move(one));
}

std::vector<std::shared_ptr<service_context>> roster::of(const mqtt::broker& hub) const {
    std::vector<std::shared_ptr<service_context>> found;
    const std::lock_guard hold(lock_);
    for (const auto& [whose, held] : known_)
        if (whose == &hub)
            if (auto one = held.lock())
                found.push_back(std::move(one)); // bound: listeners
    return found;
}

} // namespace rest
