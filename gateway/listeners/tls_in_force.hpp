// The TLS context that a listener's next connection gets. A reload puts another one in its place;
// who is connected keeps the old one.
#pragma once

#include "gateway/tls_context.hpp"

#include <memory>
#include <mutex>
#include <utility>

namespace gateway {

// thread: any. A lock for each accepted connection, never for a message.
class tls_in_force {
public:
    std::shared_ptr<const tls_context> get() const {
        const std::scoped_lock hold(lock_);
        return context_;
    }
    void set(std::shared_ptr<const tls_context> next) {
        const std::scoped_lock hold(lock_);
        context_.swap(next);
    }

private:
    mutable std::mutex lock_;
    std::shared_ptr<const tls_context> context_;
};

} // namespace gateway
