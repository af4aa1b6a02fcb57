// A store as lines of JSON. Reads what can be read: a damaged table costs its damaged rows, and no
// other table. Changes nothing.
#pragma once

#include "gateway/store_findings.hpp"
#include "mqtt/store/database.hpp"

#include <cstddef>
#include <ostream>

namespace gateway {

inline constexpr int store_export_format = 1; // the member "format" of the first line

// Returns how many lines were written; what could not be read is told by findings. Of history
// nothing is written. The database should be in a transaction, so that all lines are of one moment.
std::size_t export_store(mqtt::database& from, std::ostream& out, store_findings& findings);

} // namespace gateway
