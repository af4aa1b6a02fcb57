// What the services of all shards and listeners know together of those who ask: tickets, logins,
// and addresses from which wrong passwords come. thread: any.
#pragma once

#include "mqtt/auth/rate_buckets.hpp"
#include "rest/file_desk.hpp"
#include "rest/login_table.hpp"
#include "rest/ticket_table.hpp"

namespace rest {

// Wrong passwords from one address: ten at once, then one each six seconds.
inline constexpr mqtt::token_rate wrong_passwords{std::chrono::seconds(6), 10};
// So long an address is turned away at the most, however many came at the same time.
inline constexpr std::chrono::minutes turned_away_max{5};

struct lobby {
    ticket_table tickets;
    login_table logins;
    mqtt::rate_buckets failures; // by address
    file_desk files;
};

} // namespace rest
