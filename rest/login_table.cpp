#include "rest/login_table.hpp"

#include "mqtt/auth/digest.hpp"

namespace rest {
namespace {

constexpr std::size_t value_bytes = 32;
constexpr std::size_t value_text_max = 64;

} // namespace

bool login_table::is_over(const login& each, mqtt::steady_time now) {
    return now >= each.used + idle_max || now >= each.begun + life_max;
}

std::optional<std::string> login_table::add(const mqtt::identity& who, mqtt::steady_time now) {
    auto value = mqtt::to_base64url(mqtt::random_bytes(value_bytes));
    const std::scoped_lock hold(lock_);
    std::erase_if(logins_, [now](const auto& each) { return is_over(each.second, now); });
    std::size_t own = 0;
    auto oldest = logins_.end();
    for (auto each = logins_.begin(); each != logins_.end(); ++each) {
        if (each->second.who.username != who.username || each->second.who.realm != who.realm)
            continue;
        ++own;
        if (oldest == logins_.end() || each->second.used < oldest->second.used)
            oldest = each;
    }
    if (own >= logins_per_user_max)
        logins_.erase(oldest);
    if (logins_.size() >= logins_max)
        return std::nullopt;
    logins_.emplace(mqtt::sha256(value), login{who, now, now});
    return value;
}

std::optional<mqtt::identity> login_table::find(std::string_view value, mqtt::steady_time now) {
    if (value.empty() || value.size() > value_text_max)
        return std::nullopt;
    const std::scoped_lock hold(lock_);
    const auto found = logins_.find(mqtt::sha256(value));
    if (found == logins_.end())
        return std::nullopt;
    if (is_over(found->second, now)) {
        logins_.erase(found);
        return std::nullopt;
    }
    found->second.used = now;
    return found->second.who;
}

void login_table::erase(std::string_view value) {
    const std::scoped_lock hold(lock_);
    logins_.erase(mqtt::sha256(value));
}

std::size_t login_table::size() const {
    const std::scoped_lock hold(lock_);
    return logins_.size();
}

} // namespace rest
