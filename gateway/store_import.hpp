// Rows for a store out of an export (lines of JSON), inside the caller's transaction.
#pragma once

#include "gateway/store_filler.hpp"
#include "gateway/store_findings.hpp"

#include <cstddef>
#include <istream>
#include <string>
#include <string_view>

namespace gateway {

// A line that is longer holds no message that MQTT can carry.
inline constexpr std::size_t import_line_bytes_max = 512ULL * 1024 * 1024;

// The next line without its end; false: there is none. Throws std::runtime_error for one that is
// longer than import_line_bytes_max.
bool read_import_line(std::istream& from, std::string& line);

// Lines that can't be taken are told by findings, with their numbers. Throws std::runtime_error
// where the first line is not that of an export, and mqtt::database_error.
void import_lines(std::istream& from, store_filler& into, store_findings& findings);

} // namespace gateway
