// What rest asks of the process when somebody wants the configuration to be read again.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace rest {

struct reload_outcome {
    std::vector<std::string> problems; // with any of these everything stays as it was
    std::vector<std::string> notes;    // what was changed and needs a restart
};

// Called once, on whatever thread.
using reload_answer = std::function<void(const reload_outcome&)>;
using reload_handler = std::function<void(reload_answer)>;

} // namespace rest
