// One process for one store: a file beside it that is locked for as long as it is open.
#pragma once

#include <string>

namespace mqtt {

class store_lock {
public:
    static constexpr const char* file_name = "sluice.lock";

    // Throws std::runtime_error with a sentence when another process has the store, or when the
    // folder can't be written to.
    explicit store_lock(const std::string& folder);
    ~store_lock();
    store_lock(const store_lock&) = delete;
    store_lock& operator=(const store_lock&) = delete;

private:
    int descriptor_ = -1;
};

} // namespace mqtt
