#include "gateway/contrast/contrast_command.hpp"

#include "gateway/argument_pointers.hpp"
#include "gateway/command_line.hpp"
#include "gateway/contrast/contrast_run.hpp"
#include "gateway/option_text.hpp"
#include "gateway/password_command.hpp"
#include "gateway/quoted.hpp"

#include <fmt/core.h>

#include <array>
#include <cstdio>
#include <getopt.h>

namespace gateway {
namespace {

constexpr int exit_failed = 1;
constexpr std::chrono::seconds patience_at_most{120}; // besides the idleness

constexpr std::string_view usage =
    "Usage: sluice contrast [-h <host>] [-p <port>] [--http-port <port>] [-t <topic>]\n"
    "                       [--size <bytes>] [--receivers <count>] [--seconds <count>]\n"
    "                       [-u <name> [-P <password>]] [--json]\n";

constexpr std::string_view explanation =
    "\n"
    "Measures what the same message takes by MQTT and by HTTP: bytes, header and payload apart,\n"
    "time, and CPU time of the client; one publish to many against a POST for each; and what\n"
    "receivers take to whom nothing comes. Counts on its own connections.\n"
    "\n"
    "  -h, --host <host>        localhost's 127.0.0.1 unless given; any MQTT 5 broker will do\n"
    "  -p, --port <port>        of MQTT, 1883 unless given\n"
    "      --http-port <port>   of HTTP, 8080 unless given; 0: none. Of a broker that does not\n"
    "                           serve topics by HTTP, only what MQTT takes is told\n"
    "      --http-host <host>   where HTTP is served by another one\n"
    "  -t, --topic <topic>      contrast/temp unless given; messages are published to it\n"
    "      --size <bytes>       of each payload, 4 unless given, at most 16384\n"
    "      --receivers <count>  100 unless given, at most 1000\n"
    "      --seconds <count>    of idleness, 2 unless given; 0: it is not measured\n"
    "  -u, --username <name>    and -P, --password <password>, asked for where it is missing\n"
    "      --json               the same, as JSON\n"
    "      --help               this text\n";

constexpr int first_long_option = 256; // behind every letter
enum long_option {
    http_port_option = first_long_option,
    http_host_option,
    size_option,
    receivers_option,
    seconds_option,
    json_option,
    help_option
};

void refuse(contrast_wish& wanted, const std::string& sentence) {
    wanted.exit_code = exit_refused;
    wanted.complaint = "sluice contrast: " + sentence + "\n" + std::string(usage);
}

template <class Number>
void take_number(contrast_wish& wanted, std::string_view name, const char* text, std::int64_t least,
                 std::int64_t most, Number& into) {
    const auto number = number_from(text);
    if (!number || *number < least || *number > most)
        return refuse(wanted,
                      fmt::format("{} {}", name, must_be(number_between(least, most), text)));
    into = static_cast<Number>(*number);
}

void take_topic(contrast_wish& wanted, const char* text) {
    auto& topic = wanted.asked.topic = text;
    if (topic.empty() || topic.size() > contrast_topic_bytes_max ||
        topic.find_first_of("+#") != topic.npos || topic[0] == '$')
        refuse(wanted, fmt::format("--topic must be the name of a topic, of {} bytes at the most",
                                   contrast_topic_bytes_max));
}

void take_option(contrast_wish& wanted, int option, const char* value) {
    constexpr std::int64_t port_max = 65'535;
    auto& asked = wanted.asked;
    switch (option) {
    case 'h':
        asked.host = value;
        return;
    case http_host_option:
        asked.http_host = value;
        return;
    case 'p':
        return take_number(wanted, "--port", value, 1, port_max, asked.port);
    case http_port_option:
        return take_number(wanted, "--http-port", value, 0, port_max, asked.http_port);
    case size_option:
        return take_number(wanted, "--size", value, 1, contrast_size_max, asked.size);
    case receivers_option:
        return take_number(wanted, "--receivers", value, 1, contrast_receivers_max,
                           asked.receivers);
    case seconds_option:
        return take_number(wanted, "--seconds", value, 0, contrast_seconds_max, asked.seconds);
    case 't':
        return take_topic(wanted, value);
    case 'u':
        asked.username = value;
        return;
    case 'P':
        asked.password = value;
        return;
    case json_option:
        wanted.json = true;
        return;
    default:
        wanted.exit_code = 0;
        wanted.output = std::string(usage) + std::string(explanation);
    }
}

constexpr std::array long_options{
    option{"host", required_argument, nullptr, 'h'},
    option{"port", required_argument, nullptr, 'p'},
    option{"http-port", required_argument, nullptr, http_port_option},
    option{"http-host", required_argument, nullptr, http_host_option},
    option{"topic", required_argument, nullptr, 't'},
    option{"size", required_argument, nullptr, size_option},
    option{"receivers", required_argument, nullptr, receivers_option},
    option{"seconds", required_argument, nullptr, seconds_option},
    option{"username", required_argument, nullptr, 'u'},
    option{"password", required_argument, nullptr, 'P'},
    option{"json", no_argument, nullptr, json_option},
    option{"help", no_argument, nullptr, help_option},
    option{nullptr, 0, nullptr, 0},
};

} // namespace

contrast_wish
read_contrast_arguments(std::vector<std::string> arguments,
                        const std::function<std::optional<std::string>(const std::string&)>& ask) {
    auto pointers = argument_pointers(arguments);
    const auto count = static_cast<int>(arguments.size());
    contrast_wish wanted;
    optind = 0; // glibc: start anew
    while (!wanted.exit_code) {
        const int at = optind == 0 ? 1 : optind; // the argument that the next option comes from
        const int option =
            getopt_long(count, pointers.data(), "+:h:p:t:u:P:", long_options.data(), nullptr);
        if (option == -1)
            break;
        const auto named = [&] { return quoted(pointers[static_cast<std::size_t>(at)]); };
        if (option == ':')
            refuse(wanted, named() + " needs a value");
        else if (option == '?')
            refuse(wanted, named() + " is no option");
        else
            take_option(wanted, option, optarg);
    }
    if (!wanted.exit_code && optind < count)
        refuse(wanted, quoted(pointers[static_cast<std::size_t>(optind)]) + " is no option");
    auto& asked = wanted.asked;
    if (!wanted.exit_code && !asked.username.empty() && asked.password.empty()) {
        auto password = ask("Password: ");
        if (!password)
            refuse(wanted, "no password was given");
        else
            asked.password = std::move(*password);
    }
    return wanted;
}

int run_contrast_command(std::vector<std::string> arguments) {
    const auto wanted = read_contrast_arguments(std::move(arguments), ask_terminal);
    std::fputs(wanted.output.c_str(), stdout);
    std::fputs(wanted.complaint.c_str(), stderr);
    if (wanted.exit_code)
        return *wanted.exit_code;
    const patience limit(patience_at_most + std::chrono::seconds(wanted.asked.seconds));
    const auto table = run_contrast(wanted.asked, limit);
    if (table.rows.empty()) {
        for (const auto& each : table.notes)
            std::fprintf(stderr, "sluice contrast: %s\n", each.c_str());
        return exit_failed;
    }
    std::fputs((wanted.json ? contrast_json(table) : contrast_text(table)).c_str(), stdout);
    return 0;
}

} // namespace gateway
