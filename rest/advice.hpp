// What can be done about each kind of problem, where the place that found it has nothing better to
// say: a hint for every one of them, and a command that works for those that have one.
#pragma once

#include "rest/exchange.hpp"
#include "rest/problem.hpp"

#include <string>
#include <string_view>

namespace rest {

// Of the table; never empty.
std::string_view usual_hint(problem_id id);
// With {base} for "http://host" and {target} for the path and the options of the request; empty:
// there is none.
std::string_view usual_try(problem_id id);

// Adds the usual hint and command to a problem that has none of its own, and what names this one.
void advise(const exchange& each, problem& what);

// "curl [arguments] 'http://host/...'", which a shell takes as one command whatever the target
// holds; empty when the target is too long to be typed.
std::string curl_line(const exchange& each, std::string_view target,
                      std::string_view arguments = {});

} // namespace rest
