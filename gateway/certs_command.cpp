#include "gateway/certs_command.hpp"

#include "gateway/argument_pointers.hpp"
#include "gateway/certificate_text.hpp"
#include "gateway/certs_authority.hpp"
#include "gateway/certs_names.hpp"
#include "gateway/certs_words.hpp"
#include "gateway/command_line.hpp"
#include "gateway/option_text.hpp"
#include "gateway/quoted.hpp"
#include "mqtt/auth/digest.hpp"
#include "mqtt/auth/psk_file.hpp"
#include "mqtt/types/utf8.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <climits>
#include <cstdio>
#include <getopt.h>
#include <optional>
#include <stdexcept>
#include <unistd.h>

namespace gateway {
namespace {

constexpr int exit_failed = 1;
constexpr std::size_t new_psk_bytes = 32;
constexpr auto psk_name = "psk.txt";
constexpr std::string_view authority_name = "ca"; // of the CA's files

// A mistake on the command line; told with the usage.
struct refusal {
    std::string sentence;
};

[[noreturn]] void refuse(std::string sentence) {
    throw refusal{std::move(sentence)};
}

[[noreturn]] void fail(const std::string& sentence) {
    throw std::runtime_error(sentence);
}

enum class deed { make, show, revoke, psk };

struct wish {
    deed what = deed::make;
    std::string folder = "certs";
    std::string object; // of every deed but make: a file, a name, an identity
    std::vector<std::string> hosts;
    std::vector<std::string> clients;
    unsigned days = leaf_days_default;
    key_type type = key_type::ec;
    bool help = false;
    bool makes = false; // an option was there that only counts for making
    bool has_folder = false;
};

key_type key_type_from(std::string_view name) {
    constexpr std::array<std::pair<std::string_view, key_type>, 3> table{
        {{"ec", key_type::ec}, {"rsa", key_type::rsa}, {"ed25519", key_type::ed25519}}};
    for (const auto& [known, type] : table)
        if (known == name)
            return type;
    refuse("--key-type " + must_be("ec, rsa or ed25519", name));
}

unsigned days_from(std::string_view text) {
    const auto number = number_from(text);
    if (!number || *number < 1 || *number > authority_days)
        refuse("--days " + must_be(number_between(1, authority_days), text));
    return static_cast<unsigned>(*number);
}

void refuse_taken(std::string_view name) {
    if (name == authority_name)
        refuse("the files of the CA are called 'ca'; a server or a client needs another name");
}

void add_once(std::vector<std::string>& list, std::string name, std::size_t most,
              const char* option) {
    if (std::find(list.begin(), list.end(), name) != list.end())
        return;
    if (list.size() >= most)
        refuse(fmt::format("{} may be given {} times at the most", option, most));
    list.push_back(std::move(name));
}

void take_host(wish& wanted, const std::string& text) {
    auto name = host_name_from(text);
    if (name.empty())
        refuse("--host " + must_be("a host's name in ASCII letters or an IP address", text));
    refuse_taken(name);
    add_once(wanted.hosts, std::move(name), certs_hosts_max, "--host");
}

void take_client(wish& wanted, const std::string& name) {
    if (const auto problem = client_name_problem(name); !problem.empty())
        refuse(fmt::format("the name {} of a client {}", quoted(name), problem));
    refuse_taken(name);
    add_once(wanted.clients, name, certs_clients_max, "--client");
}

void take_deed(wish& wanted, deed what, const char* object) {
    if (wanted.what != deed::make)
        refuse("one of --revoke, --psk and --show, and that once");
    wanted.what = what;
    wanted.object = object;
}

void take_folder(wish& wanted, std::string path) {
    if (path.empty())
        refuse("--dir needs the path of a folder");
    // It ends up on lines of mosquitto.conf and of the terminal.
    if (!mqtt::is_utf8_string(path) || mqtt::has_control_character(path))
        refuse("the path of the folder must be UTF-8 without control characters");
    wanted.folder = std::move(path);
    wanted.has_folder = true;
}

constexpr int first_long_option = 256; // behind every letter
enum long_option {
    dir_option = first_long_option,
    host_option,
    client_option,
    days_option,
    key_type_option,
    show_option,
    revoke_option,
    psk_option
};

void take_option(wish& wanted, int option, const char* value) {
    wanted.makes |= option == host_option || option == client_option || option == days_option ||
                    option == key_type_option;
    switch (option) {
    case dir_option:
        return take_folder(wanted, value);
    case host_option:
        return take_host(wanted, value);
    case client_option:
        return take_client(wanted, value);
    case days_option:
        wanted.days = days_from(value);
        return;
    case key_type_option:
        wanted.type = key_type_from(value);
        return;
    case show_option:
        return take_deed(wanted, deed::show, value);
    case revoke_option:
        return take_deed(wanted, deed::revoke, value);
    case psk_option:
        return take_deed(wanted, deed::psk, value);
    default:
        wanted.help = true;
    }
}

void check_wish(const wish& wanted) {
    if (wanted.what != deed::make && wanted.makes)
        refuse("--host, --client, --days and --key-type are for making certificates; --revoke, "
               "--psk and --show do something else");
    if (wanted.what == deed::show && wanted.has_folder)
        refuse("--show takes a file; --dir does not count for it");
    if (wanted.what == deed::revoke && host_name_from(wanted.object).empty() &&
        !client_name_problem(wanted.object).empty())
        refuse("--revoke " + must_be("the name of a host or a client", wanted.object));
    if (wanted.what == deed::revoke && wanted.object == authority_name)
        refuse("a CA can't revoke itself: take it away from the clients");
    if (wanted.what != deed::psk)
        return;
    if (const auto problem = mqtt::psk_identity_problem(wanted.object); !problem.empty())
        refuse(problem);
}

wish read_arguments(std::vector<std::string>& arguments) {
    static constexpr std::array long_options{
        option{"dir", required_argument, nullptr, dir_option},
        option{"host", required_argument, nullptr, host_option},
        option{"client", required_argument, nullptr, client_option},
        option{"days", required_argument, nullptr, days_option},
        option{"key-type", required_argument, nullptr, key_type_option},
        option{"show", required_argument, nullptr, show_option},
        option{"revoke", required_argument, nullptr, revoke_option},
        option{"psk", required_argument, nullptr, psk_option},
        option{"help", no_argument, nullptr, 'h'},
        option{nullptr, 0, nullptr, 0},
    };
    auto pointers = argument_pointers(arguments);
    const auto count = static_cast<int>(arguments.size());

    wish wanted;
    optind = 0; // glibc: start anew
    while (!wanted.help) {
        const int at = optind == 0 ? 1 : optind; // the argument that the next option comes from
        const int option = getopt_long(count, pointers.data(), "+:h", long_options.data(), nullptr);
        if (option == -1)
            break;
        if (option == ':' || option == '?')
            refuse(quoted(pointers[static_cast<std::size_t>(at)]) +
                   (option == ':' ? " needs a value" : " is no option"));
        take_option(wanted, option, optarg);
    }
    if (!wanted.help && optind < count)
        refuse(quoted(pointers[static_cast<std::size_t>(optind)]) + " is no option");
    check_wish(wanted);
    return wanted;
}

std::vector<leaf_wish> leaves_of(const wish& wanted, const std::string& machine, bool first_run) {
    std::vector<leaf_wish> leaves; // bound: certs_clients_max, and one
    auto hosts = wanted.hosts;
    // Who adds a client to a CA that is there has a server already, of whatever name.
    if (hosts.empty() && (first_run || wanted.clients.empty()))
        hosts.push_back(machine);
    if (!hosts.empty())
        leaves.push_back({certificate_role::server, hosts.front(), server_names(hosts)});
    for (const auto& each : wanted.clients) {
        if (!hosts.empty() && each == hosts.front())
            refuse(quoted(each) + " can't be the name of the server and of a client: the files "
                                  "are called by it");
        leaves.push_back({certificate_role::client, each, {}});
    }
    return leaves;
}

void make(const wish& wanted, const certs_surroundings& around, std::string& said) {
    auto machine = host_name_from(around.host_name);
    if (machine.empty() || machine == authority_name)
        machine = "localhost";
    const certs_folder folder(wanted.folder);
    certs_authority own(folder, wanted.type, around.now);
    const auto leaves = leaves_of(wanted, machine, !own.exists());
    for (const auto& each : leaves) // before anything is made
        own.check(each);
    said += own.ensure_authority(machine);
    for (const auto& each : leaves)
        said += own.ensure(each, wanted.days);
    const bool has_server = leaves.front().role == certificate_role::server;
    if (has_server && wanted.days > leaf_days_default)
        said += fmt::format("\nApple's systems will not take a server's certificate that is valid "
                            "for more than {} days.\n",
                            leaf_days_default);
    said += next_steps(folder, has_server ? leaves.front().name : "", wanted.clients);
}

void revoke(const wish& wanted, const certs_surroundings& around, std::string& said) {
    if (::access(wanted.folder.c_str(), F_OK) != 0)
        fail(wanted.folder + " is not there; --dir says where the CA is");
    const certs_folder folder(wanted.folder);
    const certs_authority own(folder, wanted.type, around.now);
    if (!own.exists())
        fail(folder.path_of(certs_authority::certificate_file) + " is not there");
    const auto host_name = host_name_from(wanted.object);
    const bool as_host = !folder.has(wanted.object + ".crt") && !host_name.empty();
    said += own.revoke(as_host ? host_name : wanted.object);
    said += next_steps_after_revoking(folder);
}

std::string to_hex(std::string_view bytes) {
    std::string text;
    for (const char each : bytes)
        text += fmt::format("{:02x}", static_cast<unsigned char>(each));
    return text;
}

void add_psk(const wish& wanted, std::string& said) {
    const certs_folder folder(wanted.folder);
    const auto path = folder.path_of(psk_name);
    auto text = folder.text(psk_name).value_or("");
    const auto reading = mqtt::psk_file::read_text(text);
    if (!reading.problems.empty())
        fail(fmt::format("{}:{}: {}", path, reading.problems.front().line,
                         reading.problems.front().sentence));
    if (reading.keys->find(wanted.object))
        fail(fmt::format("{} has a key for {} already; nothing is overwritten", path,
                         quoted(wanted.object)));
    const auto key = to_hex(mqtt::random_bytes(new_psk_bytes));
    if (!text.empty() && !text.ends_with('\n'))
        text += '\n';
    text += wanted.object + ":" + key + "\n";
    if (text.size() > mqtt::psk_file_bytes_max)
        fail(fmt::format("{} would be larger than {} bytes", path, mqtt::psk_file_bytes_max));
    folder.replace(psk_name, text, file_mode::secret);
    said += fmt::format("{} has a key for {}: keep it secret\n", path, quoted(wanted.object));
    said += next_steps_with_psk(folder, psk_name, wanted.object, key);
}

void show(const wish& wanted, const certs_surroundings& around, std::string& said) {
    std::string text;
    if (const auto problem = mqtt::read_password_text(wanted.object, text); !problem.empty())
        fail(quoted(wanted.object) + " " + problem);
    const auto all = certificate::read_all(text);
    if (all.empty())
        fail(quoted(wanted.object) + " holds no certificate in PEM form");
    for (const auto& each : all)
        said += (said.empty() ? "" : "\n") + describe(each, around.now);
}

void carry_out(const wish& wanted, const certs_surroundings& around, std::string& said) {
    switch (wanted.what) {
    case deed::make:
        return make(wanted, around, said);
    case deed::show:
        return show(wanted, around, said);
    case deed::revoke:
        return revoke(wanted, around, said);
    case deed::psk:
        return add_psk(wanted, said);
    }
}

} // namespace

certs_outcome certs_command(std::vector<std::string> arguments, const certs_surroundings& around) {
    certs_outcome outcome;
    try {
        const auto wanted = read_arguments(arguments);
        if (wanted.help)
            return {0, certs_help(), {}};
        carry_out(wanted, around, outcome.output);
    } catch (const refusal& what) {
        outcome.exit_code = exit_refused;
        outcome.complaint = "sluice certs: " + what.sentence + "\n" + certs_usage();
    } catch (const std::runtime_error& what) { // what was made until then is said, too
        outcome.exit_code = exit_failed;
        outcome.complaint = std::string("sluice certs: ") + what.what() + "\n";
    }
    return outcome;
}

int run_certs_command(std::vector<std::string> arguments) {
    std::array<char, HOST_NAME_MAX + 1> host_name{};
    ::gethostname(host_name.data(), host_name.size() - 1);
    const auto outcome =
        certs_command(std::move(arguments), {host_name.data(), std::time(nullptr)});
    std::fputs(outcome.output.c_str(), stdout);
    std::fputs(outcome.complaint.c_str(), stderr);
    return outcome.exit_code;
}

} // namespace gateway
