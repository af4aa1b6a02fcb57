#include "gateway/pid_file.hpp"
#include "tests/support/catch2_any.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <sys/stat.h>
#include <unistd.h>

namespace {

namespace fs = std::filesystem;

class folder {
public:
    folder() { REQUIRE(::mkdtemp(path_.data()) != nullptr); }
    ~folder() { fs::remove_all(path_); }
    folder(const folder&) = delete;
    folder& operator=(const folder&) = delete;

    std::string file() const { return path_ + "/sluice.pid"; }
    std::string other() const { return path_ + "/other"; }

private:
    std::string path_ = "/tmp/sluice-pid-XXXXXX";
};

std::string text_of(const std::string& path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
}

} // namespace

TEST_CASE("the file holds our number while we run, and is gone behind us") {
    const folder here;
    {
        const gateway::pid_file file(here.file());
        CHECK(text_of(here.file()) == std::to_string(::getpid()) + "\n");
    }
    CHECK_FALSE(fs::exists(here.file()));
}

TEST_CASE("a number that somebody left is replaced whole") {
    const folder here;
    std::ofstream(here.file()) << "99999999999999999999\nand more\n";
    const gateway::pid_file file(here.file());
    CHECK(text_of(here.file()) == std::to_string(::getpid()) + "\n");
}

TEST_CASE("a file of a process that runs is left alone") {
    const folder here;
    const gateway::pid_file file(here.file());
    CHECK_THROWS_WITH(gateway::pid_file(here.file()),
                      "pid_file " + here.file() + ": belongs to a process that runs");
    CHECK(text_of(here.file()) == std::to_string(::getpid()) + "\n");
}

TEST_CASE("a link is not followed, and what is no file is not written") {
    const folder here;
    std::ofstream(here.other()) << "precious";
    fs::create_symlink(here.other(), here.file());
    CHECK_THROWS_WITH(gateway::pid_file(here.file()),
                      "pid_file " + here.file() + ": is a symbolic link");
    CHECK(text_of(here.other()) == "precious");
    fs::remove(here.file());
    REQUIRE(::mkfifo(here.file().c_str(), 0600) == 0);
    CHECK_THROWS(gateway::pid_file(here.file()));
    CHECK_THROWS_WITH(gateway::pid_file("/nowhere/at/all.pid"),
                      "pid_file /nowhere/at/all.pid: No such file or directory");
}

TEST_CASE("a file that somebody put in the place of ours stays") {
    const folder here;
    {
        const gateway::pid_file file(here.file());
        fs::remove(here.file());
        std::ofstream(here.file()) << "another";
    }
    CHECK(text_of(here.file()) == "another");
}
