// The tables of the store, and how a file of an older version becomes one of today.
#pragma once

#include "mqtt/store/database.hpp"

#include <cstdint>

namespace mqtt {

// In the header of the file, so that `file` and SQLite tell ours from others: "SLUI".
inline constexpr std::int64_t store_application_id = 0x534C5549;
// Version of the tables that this program writes (PRAGMA user_version).
std::int64_t schema_version();

// Makes the tables in an empty database, or brings those of an older version forward, in one
// transaction. Throws database_error, and std::runtime_error for a file of a newer version and for
// one that is not ours.
void prepare_schema(database& in);

// As prepare_schema, without changing anything: nothing, or what is wrong.
std::string schema_complaint(database& in);

} // namespace mqtt
