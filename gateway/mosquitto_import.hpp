// Rows for a store out of mosquitto's database, inside the caller's transaction.
#pragma once

#include "gateway/store_filler.hpp"
#include "gateway/store_findings.hpp"

#include <cstdint>
#include <string_view>

namespace gateway {

// now: milliseconds since 1970; the file does not say when a message came. What can't be taken is
// told by findings, with its place in the file. Throws std::runtime_error where the file is
// damaged, and mqtt::database_error.
void import_mosquitto(std::string_view bytes, std::int64_t now, store_filler& into,
                      store_findings& findings);

} // namespace gateway
