// Whether a store is whole: SQLite's own check, and what must be true of the rows. Changes nothing.
#pragma once

#include "gateway/store_findings.hpp"
#include "mqtt/store/database.hpp"

#include <string>

namespace gateway {

// A line a finding; returns one with the counts of all tables.
std::string check_store(mqtt::database& of, store_findings& findings);

} // namespace gateway
