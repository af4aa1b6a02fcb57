// Who has logged in with a browser: what the cookie of a login stands for; section 12. Shared by
// the services of the process, forgotten when it ends. thread: any.
#pragma once

#include "mqtt/auth/identity.hpp"
#include "mqtt/types/clock.hpp"

#include <chrono>
#include <cstddef>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace rest {

class login_table {
public:
    static constexpr std::size_t logins_max = 10'000;
    // Of one user; one more takes the place of the one that was used least recently.
    static constexpr std::size_t logins_per_user_max = 100;
    static constexpr std::chrono::hours idle_max{12}; // without a request
    static constexpr std::chrono::hours life_max{24 * 7};

    // The value of the new cookie; nothing: there are too many.
    std::optional<std::string> add(const mqtt::identity& who, mqtt::steady_time now);
    // Who it stands for; that it was used is noted. Nothing: nobody, or not any more.
    std::optional<mqtt::identity> find(std::string_view value, mqtt::steady_time now);
    // Nobody from now on.
    void erase(std::string_view value);

    std::size_t size() const;

private:
    struct login {
        mqtt::identity who;
        mqtt::steady_time begun;
        mqtt::steady_time used;
    };
    static bool is_over(const login& each, mqtt::steady_time now);

    mutable std::mutex lock_;
    std::unordered_map<std::string, login> logins_; // by digest; bound: logins_max
};

} // namespace rest
