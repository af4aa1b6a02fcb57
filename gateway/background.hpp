// `-d`: the program in the background. The shell gets its prompt back, with the right exit code,
// when the program is ready or has failed, not before.
#pragma once

namespace gateway {

class background {
public:
    // Splits the process; only the new one returns. The old one waits, and ends with 0 once ready()
    // was called, or with the new one's exit code if that ends first. Throws std::system_error.
    // requires: no thread and no io_context exists yet
    background();
    ~background();

    background(const background&) = delete;
    background& operator=(const background&) = delete;

    // Lets the old process end, and leaves the terminal: stdin, stdout and stderr go nowhere from
    // here on.
    void ready();

private:
    int ready_pipe_ = -1;
};

} // namespace gateway
