// One failure as its caller is told about it: RFC 9457.
#pragma once

#include "rest/problem_table.hpp"
#include "rest/reply.hpp"

#include <boost/system/result.hpp>

#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace rest {

struct problem {
    problem_id id = problem_id::internal_fault;
    std::string detail = {};                                        // this occurrence
    std::string hint = {};                                          // what to do about it
    std::string try_line = {};                                      // a command that works
    std::optional<mqtt::reason> reason = {};                        // instead of the table's
    std::vector<std::pair<std::string, std::string>> members = {};  // more of the document, as text
    std::vector<std::pair<std::string, std::uint64_t>> counts = {}; // likewise, as numbers
    std::vector<std::pair<std::string, std::string>> fields = {};   // header fields
};

// Asked for by value() on an error, which only a fault of ours does.
[[noreturn]] inline void throw_exception_from_error(const problem&, const boost::source_location&) {
    std::abort();
}

// A value, or why there is none.
template <class T>
using checked = boost::system::result<T, problem>;

// What the broker's refusal means over HTTP; section 14 of the contract.
problem problem_of(mqtt::reason reason);

// Fills status, header fields and body. Fields that are there already (CORS) stay.
void tell(reply& answer, const problem& what, bool as_text);

// The document alone.
std::string problem_document(const problem& what);
// Title, detail and command in three lines.
std::string problem_lines(const problem& what);

} // namespace rest
