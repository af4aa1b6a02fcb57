#include "gateway/command_line.hpp"

#include "gateway/argument_pointers.hpp"
#include "gateway/option_table.hpp"
#include "gateway/option_text.hpp"
#include "gateway/quoted.hpp"
#include "sluice_version.hpp"

#include <fmt/core.h>

#include <array>
#include <getopt.h>

namespace gateway {

namespace {

constexpr int version_option = 256; // behind every letter
constexpr int test_config_option = 257;

constexpr std::string_view usage =
    "Usage: sluice [-c <file>] [-p <port>] [-v] [-d] [--test-config] [--help] [--version]\n"
    "       sluice passwd -h\n"
    "       sluice certs -h\n"
    "       sluice store -h\n"
    "       sluice contrast --help\n";

void refuse(command_line& parsed, const std::string& sentence) {
    parsed.exit_code = exit_refused;
    parsed.complaint = "sluice: " + sentence + "\n" + std::string(usage);
}

void take_port(command_line& parsed, std::string_view text) {
    const auto port = number_from(text);
    if (!port || *port < 1 || *port > 65'535)
        refuse(parsed, "-p " + must_be(number_between(1, 65'535), text));
    else if (parsed.ports.size() >= command_line_ports_max)
        refuse(parsed, fmt::format("-p may be given {} times at the most", command_line_ports_max));
    else
        parsed.ports.push_back(static_cast<std::uint16_t>(*port));
}

void take_option(command_line& parsed, int option, const char* value) {
    switch (option) {
    case 'c':
        parsed.config_file = value;
        if (parsed.config_file.empty())
            refuse(parsed, "-c needs the path of a file");
        break;
    case 'p':
        take_port(parsed, value);
        break;
    case 'v':
        parsed.verbose = true;
        break;
    case 'd':
        parsed.daemon = true;
        break;
    case test_config_option:
        parsed.test_config = true;
        break;
    case 'h':
        parsed.exit_code = 0;
        parsed.output = help_text();
        break;
    case version_option:
        parsed.exit_code = 0;
        parsed.output = version_text();
        break;
    default:
        break;
    }
}

// The names of a topic's options, in lines that fit a terminal.
std::string names_of(const option_topic& topic) {
    constexpr std::size_t columns = 78;
    std::string text;
    std::string line = fmt::format("  {:<10}", topic.title);
    for (const auto& row : topic.rows) {
        if (line.size() + 1 + row.name.size() > columns) {
            text += line + "\n";
            line = std::string(12, ' ');
        }
        line.append(" ").append(row.name);
    }
    return text + line + "\n";
}

} // namespace

command_line parse_command_line(std::vector<std::string> arguments) {
    static constexpr std::array long_options{
        option{"config-file", required_argument, nullptr, 'c'},
        option{"daemon", no_argument, nullptr, 'd'},
        option{"help", no_argument, nullptr, 'h'},
        option{"port", required_argument, nullptr, 'p'},
        option{"test-config", no_argument, nullptr, test_config_option},
        option{"verbose", no_argument, nullptr, 'v'},
        option{"version", no_argument, nullptr, version_option},
        option{nullptr, 0, nullptr, 0},
    };
    if (arguments.empty())
        arguments.emplace_back("sluice");
    auto pointers = argument_pointers(arguments);
    const auto count = static_cast<int>(arguments.size());

    command_line parsed;
    optind = 0; // glibc: start anew
    while (!parsed.exit_code) {
        const int at = optind == 0 ? 1 : optind; // the argument that the next option comes from
        const int option =
            getopt_long(count, pointers.data(), "+:c:p:vdh", long_options.data(), nullptr);
        if (option == -1)
            break;
        if (option == ':')
            refuse(parsed, quoted(pointers[static_cast<std::size_t>(at)]) + " needs a value");
        else if (option == '?')
            refuse(parsed, quoted(pointers[static_cast<std::size_t>(at)]) + " is no option");
        else
            take_option(parsed, option, optarg);
    }
    if (!parsed.exit_code && optind < count)
        refuse(parsed, quoted(pointers[static_cast<std::size_t>(optind)]) + " is no option");
    return parsed;
}

std::string version_text() {
    return "sluice " SLUICE_VERSION "\n";
}

std::string help_text() {
    std::string text = "Sluice " SLUICE_VERSION ", an MQTT broker that you can curl.\n\n";
    text += usage;
    text +=
        "\n"
        "  -c, --config-file <file>  read this configuration, in the form of mosquitto.conf\n"
        "  -p, --port <port>         serve MQTT on this port of the loopback interface instead\n"
        "                            of 1883; up to ten times; without effect where the\n"
        "                            configuration has a listener\n"
        "  -v, --verbose             log everything, one line for each packet included\n"
        "  -d, --daemon              run in the background\n"
        "      --test-config         check the configuration and end: 0 good, 3 not\n"
        "  -h, --help                this text\n"
        "      --version             the version\n"
        "\n"
        "sluice passwd makes and changes password files; sluice passwd -h says how.\n"
        "sluice certs makes a CA and certificates for TLS, or keys for TLS-PSK; sluice certs -h\n"
        "says how.\n"
        "sluice store checks what is kept over a restart, writes it as lines of JSON and reads "
        "it,\n"
        "also from mosquitto; sluice store -h says how.\n"
        "sluice contrast measures what messages take by MQTT and by HTTP, against any broker;\n"
        "sluice contrast --help says how.\n"
        "\n"
        "Without a configuration: MQTT on port 1883 and HTTP on port 8080, both on the loopback\n"
        "interface only, open to everybody on this machine.\n"
        "\n"
        "Options of the configuration file, each described in config/sluice.conf:\n";
    for (const auto& topic : option_topics())
        text += names_of(topic);
    return text;
}

} // namespace gateway
