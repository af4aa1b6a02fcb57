// The outcome of reading what a peer said: a value, or the reason code that goes back to it.
#pragma once

#include "mqtt/types/reason.hpp"

#include <boost/system/result.hpp>

#include <cstdlib>

namespace mqtt {

// Thrown by value() on an error: only a fault of ours asks for a value that is not there.
[[noreturn]] inline void throw_exception_from_error(reason, const boost::source_location&) {
    std::abort();
}

template <class T>
using result = boost::system::result<T, reason>;

} // namespace mqtt
