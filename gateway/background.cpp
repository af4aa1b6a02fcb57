#include "gateway/background.hpp"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

namespace gateway {

namespace {

constexpr char ready_mark = '+';

int checked(int result, const char* what) {
    if (result < 0)
        throw std::system_error(errno, std::generic_category(), what);
    return result;
}

// The old process: waits for the mark, or for the end of the new process, which closes the pipe.
[[noreturn]] void wait_until_ready(int pipe, pid_t child) {
    char mark = 0;
    ssize_t count = 0;
    do {
        count = ::read(pipe, &mark, 1);
    } while (count < 0 && errno == EINTR);
    if (count == 1)
        ::_exit(0);
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    ::_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
}

} // namespace

background::background() {
    std::array<int, 2> ends{};
    checked(::pipe2(ends.data(), O_CLOEXEC), "pipe");
    const auto child = checked(::fork(), "fork");
    if (child > 0) {
        ::close(ends[1]);
        wait_until_ready(ends[0], child);
    }
    ::close(ends[0]);
    ready_pipe_ = ends[1];
    checked(::setsid(), "setsid");
}

background::~background() {
    if (ready_pipe_ >= 0)
        ::close(ready_pipe_);
}

void background::ready() {
    const int nowhere = ::open("/dev/null", O_RDWR | O_CLOEXEC);
    for (const int standard : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
        if (nowhere >= 0)
            ::dup2(nowhere, standard);
    if (nowhere > STDERR_FILENO)
        ::close(nowhere);
    // If the old process is gone there is nobody left to tell.
    if (::write(ready_pipe_, &ready_mark, 1) < 0)
        return;
}

} // namespace gateway
