#include "gateway/password_command.hpp"

#include "gateway/argument_pointers.hpp"
#include "gateway/command_line.hpp"
#include "gateway/option_text.hpp"
#include "gateway/quoted.hpp"
#include "mqtt/auth/password_edit.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <getopt.h>
#include <poll.h>
#include <string_view>
#include <termios.h>
#include <unistd.h>

namespace gateway {
namespace {

using mqtt::password_hash;
using mqtt::password_scheme;

constexpr int exit_failed = 1;

constexpr std::string_view usage =
    "Usage: sluice passwd [-H <hash>] [-I <iterations>] [-c] <file> <user>\n"
    "       sluice passwd [-H <hash>] [-I <iterations>] [-c] -b <file> <user> <password>\n"
    "       sluice passwd -D <file> <user>\n"
    "       sluice passwd [-H <hash>] [-I <iterations>] -U <file>\n";

constexpr std::string_view explanation =
    "\n"
    "Makes and changes password files for Sluice and mosquitto.\n"
    "\n"
    "  -b  take the password from the command line, where others may see it\n"
    "  -c  make a new file; one that is there is overwritten\n"
    "  -D  remove the user\n"
    "  -H  sha512, sha512-pbkdf2 (the default; mosquitto 2.0 reads it), argon2id (mosquitto\n"
    "      2.1), or scram-sha-256 (Sluice only: for clients that authenticate with\n"
    "      SCRAM-SHA-256, and for those that send the password)\n"
    "  -I  how often sha512-pbkdf2 and scram-sha-256 hash, 10000 unless given\n"
    "  -U  hash every password of a file that holds them in plain text\n"
    "  -h  this text\n"
    "\n"
    "Without -b the password is asked for, twice.\n";

// What ends the command with a sentence for its user.
struct failure {
    int exit_code;
    std::string sentence;
};

[[noreturn]] void fail(std::string sentence) {
    throw failure{exit_failed, std::move(sentence)};
}

[[noreturn]] void refuse(const std::string& sentence) {
    throw failure{exit_refused, sentence + "\n" + std::string(usage)};
}

enum class deed { set, remove, upgrade };

struct wish {
    deed what = deed::set;
    bool create = false;
    bool batch = false;
    bool help = false;
    password_scheme scheme = password_scheme::sha512_pbkdf2;
    unsigned iterations = mqtt::hash_iterations_default;
    std::string file;
    std::string username;
    std::string password;
};

password_scheme scheme_from(std::string_view name) {
    for (const auto& row : mqtt::password_scheme_table)
        if (row.name == name)
            return row.scheme;
    refuse("-H " + must_be("sha512, sha512-pbkdf2, argon2id or scram-sha-256", name));
}

void take_option(wish& wanted, int option, const char* value) {
    switch (option) {
    case 'b':
        wanted.batch = true;
        break;
    case 'c':
        wanted.create = true;
        break;
    case 'D':
    case 'U':
        if (wanted.what != deed::set)
            refuse("-D and -U can't be used together");
        wanted.what = option == 'D' ? deed::remove : deed::upgrade;
        break;
    case 'H':
        wanted.scheme = scheme_from(value);
        break;
    case 'I': {
        const auto number = number_from(value);
        if (!number || *number < 1 || *number > mqtt::hash_iterations_max)
            refuse("-I " + must_be(number_between(1, mqtt::hash_iterations_max), value));
        wanted.iterations = static_cast<unsigned>(*number);
        break;
    }
    case 'h':
        wanted.help = true;
        break;
    default:
        refuse(option == ':' ? "an option lacks its value" : "there is an option that is none");
    }
}

void check_wish(const wish& wanted) {
    if (wanted.what != deed::set && (wanted.create || wanted.batch))
        refuse("-b and -c set a password; -D and -U don't");
    if (wanted.scheme == password_scheme::scram_sha_256 &&
        wanted.iterations < mqtt::scram_iterations_min)
        refuse(fmt::format("-I must be at least {} for scram-sha-256", mqtt::scram_iterations_min));
    if (wanted.scheme == password_scheme::argon2id && !mqtt::argon2_available())
        fail("argon2id needs libargon2, and this program was built without it");
    if (wanted.what == deed::upgrade)
        return;
    if (const auto problem = mqtt::username_problem(wanted.username); !problem.empty())
        fail(problem);
}

wish read_arguments(std::vector<std::string>& arguments) {
    auto pointers = argument_pointers(arguments);
    const auto count = static_cast<int>(arguments.size());

    wish wanted;
    optind = 0; // glibc: start anew
    for (int option = 0; (option = getopt(count, pointers.data(), "+:bcDH:I:Uh")) != -1;)
        take_option(wanted, option, optarg);
    if (wanted.help)
        return wanted;
    const std::vector<std::string> rest(arguments.begin() + optind, arguments.end());
    const std::size_t needed = wanted.what == deed::upgrade ? 1 : wanted.batch ? 3 : 2;
    if (rest.size() != needed)
        refuse(rest.size() < needed ? "an argument is missing" : "there is an argument too many");
    wanted.file = rest[0];
    wanted.username = needed > 1 ? rest[1] : "";
    wanted.password = needed > 2 ? rest[2] : "";
    check_wish(wanted);
    return wanted;
}

std::string asked_password(const secret_question& ask) {
    auto first = ask("Password: ");
    auto again = first ? ask("Reenter password: ") : std::nullopt;
    if (!first || !again)
        fail("no password was given");
    if (*first != *again)
        fail("the passwords are not the same");
    return *first;
}

void open(mqtt::password_edit& file, const wish& wanted) {
    const auto problem = file.open(wanted.file, wanted.create);
    if (problem.empty())
        return;
    const bool missing = ::access(wanted.file.c_str(), F_OK) != 0 && errno == ENOENT;
    fail(problem + (missing && !wanted.create ? "; -c makes a new file" : ""));
}

void set_password(mqtt::password_edit& file, const wish& wanted, const secret_question& ask) {
    const auto password = wanted.batch ? wanted.password : asked_password(ask);
    if (const auto problem = mqtt::password_problem(password, wanted.scheme); !problem.empty())
        fail(problem);
    file.set(wanted.username, password_hash::make(wanted.scheme, password, wanted.iterations));
}

std::string upgrade(mqtt::password_edit& file, const wish& wanted) {
    std::vector<mqtt::password_edit::plain_user> users;
    if (const auto problem = file.plain_users(users); !problem.empty())
        fail(problem);
    for (const auto& each : users) {
        if (const auto problem = mqtt::password_problem(each.password, wanted.scheme); !problem.empty())
            fail(fmt::format("{}:{}: {}", file.path(), each.line, problem));
        file.set(each.name, password_hash::make(wanted.scheme, each.password, wanted.iterations));
    }
    return fmt::format("Passwords hashed: {}\n", users.size());
}

password_outcome carry_out(const wish& wanted, const secret_question& ask) {
    mqtt::password_edit file;
    open(file, wanted);
    password_outcome outcome;
    switch (wanted.what) {
    case deed::set:
        set_password(file, wanted, ask);
        break;
    case deed::remove:
        if (!file.remove(wanted.username))
            fail(fmt::format("{} has no user {}", file.path(), quoted(wanted.username)));
        break;
    case deed::upgrade:
        outcome.output = upgrade(file, wanted);
        break;
    }
    if (const auto problem = file.write(); !problem.empty())
        fail(problem);
    return outcome;
}

// What is typed stays unseen. Signals that would end the program only end the question, so that the
// terminal is never left silent.
class silent_terminal {
public:
    silent_terminal() : is_terminal_(::tcgetattr(STDIN_FILENO, &shown_) == 0) {
        if (!is_terminal_)
            return;
        struct sigaction ending {};
        ending.sa_handler = [](int) {};
        sigset_t held;
        sigemptyset(&held);
        for (std::size_t at = 0; at < signals.size(); ++at) {
            ::sigaction(signals[at], &ending, &before_[at]);
            sigaddset(&held, signals[at]);
        }
        ::sigprocmask(SIG_BLOCK, &held, &mask_); // until next() waits
        auto hidden = shown_;
        hidden.c_lflag &= ~static_cast<tcflag_t>(ECHO);
        hidden.c_lflag |= ECHONL;
        ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
    }
    ~silent_terminal() {
        if (!is_terminal_)
            return;
        ::tcsetattr(STDIN_FILENO, TCSANOW, &shown_);
        ::sigprocmask(SIG_SETMASK, &mask_, nullptr);
        for (std::size_t at = 0; at < signals.size(); ++at)
            ::sigaction(signals[at], &before_[at], nullptr);
    }
    silent_terminal(const silent_terminal&) = delete;
    silent_terminal& operator=(const silent_terminal&) = delete;

    // The next character; nothing: the end, or a signal.
    std::optional<char> next() const {
        pollfd input{STDIN_FILENO, POLLIN, 0};
        char read = 0;
        if (::ppoll(&input, 1, nullptr, is_terminal_ ? &mask_ : nullptr) < 0 ||
            ::read(STDIN_FILENO, &read, 1) != 1)
            return std::nullopt;
        return read;
    }

private:
    static constexpr std::array signals{SIGINT, SIGTERM, SIGHUP, SIGQUIT};
    struct termios shown_ {};
    std::array<struct sigaction, signals.size()> before_{};
    sigset_t mask_{};
    bool is_terminal_;
};

} // namespace

password_outcome password_command(std::vector<std::string> arguments, const secret_question& ask) {
    try {
        const auto wanted = read_arguments(arguments);
        if (wanted.help)
            return {0, std::string(usage) + std::string(explanation), {}};
        return carry_out(wanted, ask);
    } catch (const failure& what) {
        return {what.exit_code, {}, "sluice passwd: " + what.sentence + "\n"};
    }
}

std::optional<std::string> ask_terminal(const std::string& prompt) {
    const silent_terminal silence;
    std::fputs(prompt.c_str(), stderr);
    std::string line;
    while (line.size() <= mqtt::password_bytes_max) {
        const auto next = silence.next();
        if (!next)
            return std::nullopt;
        if (*next == '\n')
            break;
        line += *next;
    }
    return line; // too long, perhaps; its use refuses it
}

int run_password_command(std::vector<std::string> arguments) {
    const auto outcome = password_command(std::move(arguments), ask_terminal);
    std::fputs(outcome.output.c_str(), stdout);
    std::fputs(outcome.complaint.c_str(), stderr);
    return outcome.exit_code;
}

} // namespace gateway
