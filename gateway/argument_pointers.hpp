// Arguments in the form that getopt takes.
#pragma once

#include <string>
#include <vector>

namespace gateway {

// A null pointer at the end, as behind main's. requires: the arguments stay where they are
inline std::vector<char*> argument_pointers(std::vector<std::string>& arguments) {
    std::vector<char*> pointers;
    pointers.reserve(arguments.size() + 1);
    for (auto& argument : arguments)
        pointers.push_back(argument.data()); // bound: the arguments
    pointers.push_back(nullptr);
    return pointers;
}

} // namespace gateway
