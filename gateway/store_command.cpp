#include "gateway/store_command.hpp"

#include "gateway/argument_pointers.hpp"
#include "gateway/command_line.hpp"
#include "gateway/config_check.hpp"
#include "gateway/mosquitto_import.hpp"
#include "gateway/quoted.hpp"
#include "gateway/store_check.hpp"
#include "gateway/store_export.hpp"
#include "gateway/store_import.hpp"
#include "mqtt/store/mosquitto_file.hpp"
#include "mqtt/store/schema.hpp"
#include "mqtt/store/sqlite_store.hpp"
#include "mqtt/store/store_lock.hpp"
#include "mqtt/types/utf8.hpp"

#include <fmt/core.h>

#include <array>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <getopt.h>
#include <iostream>
#include <iterator>
#include <stdexcept>
#include <sys/stat.h>
#include <unistd.h>

namespace gateway {
namespace {

constexpr int exit_failed = 1;

constexpr std::string_view usage =
    "Usage: sluice store check [-c <file>|--location <folder>]\n"
    "       sluice store export [-c <file>|--location <folder>]\n"
    "       sluice store import [-c <file>|--location <folder>] [--merge|--replace] [<file>]\n";

constexpr std::string_view help =
    "\n"
    "  -c, --config-file <file> the store is where persistence_location of this configuration "
    "says\n"
    "      --location <folder>  the store is in this folder; without either, in the working "
    "folder\n"
    "      --merge              import into a store that holds something; what it has of the same\n"
    "                           client id or topic stays\n"
    "      --replace            the same, but what it has of the same client id or topic gives "
    "way\n"
    "  -h, --help               this text\n"
    "\n"
    "check looks at all of the store, a line for each fault: 0 none, 1 some. The broker must not\n"
    "have it open.\n"
    "\n"
    "export writes sessions, subscriptions, what waits for clients, and retained messages as "
    "lines\n"
    "of JSON to stdout; history is not among them. Of a damaged store it writes what can be read,\n"
    "says on stderr what can't, and ends with 1.\n"
    "\n"
    "import reads such lines, or mosquitto.db of mosquitto 1.6 to 2.1, from a file or stdin: all "
    "of\n"
    "it or nothing, but for rows that are named on stderr (then it ends with 1). Out of a damaged\n"
    "store, and over from mosquitto:\n"
    "\n"
    "  sluice store export --location old > rows && sluice store import --location new rows\n"
    "  sluice store import --location new /var/lib/mosquitto/mosquitto.db\n";

// A mistake on the command line; told with the usage.
struct refusal {
    std::string sentence;
};

[[noreturn]] void refuse(std::string sentence) {
    throw refusal{std::move(sentence)};
}

enum class deed { check, output, input };

struct wish {
    deed what = deed::check;
    std::string folder;
    std::string config_file;
    std::string file = "-"; // of import
    bool help = false;
    bool merge = false;
    bool replace = false;
};

constexpr int first_long_option = 256; // behind every letter
enum long_option { location_option = first_long_option, merge_option, replace_option };

void take_option(wish& wanted, int option, const char* value) {
    switch (option) {
    case location_option:
        wanted.folder = value;
        if (wanted.folder.empty())
            refuse("--location needs the path of a folder");
        return;
    case 'c':
        wanted.config_file = value;
        if (wanted.config_file.empty())
            refuse("-c needs the path of a file");
        return;
    case merge_option:
        wanted.merge = true;
        return;
    case replace_option:
        wanted.replace = true;
        return;
    default:
        wanted.help = true;
    }
}

void take_words(wish& wanted, const std::vector<std::string>& words) {
    if (wanted.help)
        return;
    if (words.empty())
        refuse("it needs one of check, export and import");
    if (words[0] == "check")
        wanted.what = deed::check;
    else if (words[0] == "export")
        wanted.what = deed::output;
    else if (words[0] == "import")
        wanted.what = deed::input;
    else
        refuse(gateway::quoted(words[0]) + " is none of check, export and import");
    const bool imports = wanted.what == deed::input;
    if (words.size() > (imports ? 2U : 1U))
        refuse(gateway::quoted(words[imports ? 2 : 1]) + " is one word too many");
    if (words.size() == 2)
        wanted.file = words[1];
    if (!imports && (wanted.merge || wanted.replace))
        refuse("--merge and --replace are for import");
    if (!wanted.folder.empty() && !wanted.config_file.empty())
        refuse("one of -c and --location");
    if (wanted.merge && wanted.replace)
        refuse("one of --merge and --replace");
}

wish read_arguments(std::vector<std::string>& arguments) {
    static constexpr std::array long_options{
        option{"config-file", required_argument, nullptr, 'c'},
        option{"location", required_argument, nullptr, location_option},
        option{"merge", no_argument, nullptr, merge_option},
        option{"replace", no_argument, nullptr, replace_option},
        option{"help", no_argument, nullptr, 'h'},
        option{nullptr, 0, nullptr, 0},
    };
    auto pointers = argument_pointers(arguments);
    const auto count = static_cast<int>(arguments.size());

    wish wanted;
    std::vector<std::string> words; // bound: the arguments
    optind = 0;                     // glibc: start anew
    while (!wanted.help) {
        const int at = optind == 0 ? 1 : optind; // the argument that the next option comes from
        const int option =
            getopt_long(count, pointers.data(), "-:c:h", long_options.data(), nullptr);
        if (option == -1)
            break;
        if (option == 1) // "-" in front: words come in their order, too
            words.emplace_back(optarg);
        else if (option == ':' || option == '?')
            refuse(gateway::quoted(pointers[static_cast<std::size_t>(at)]) +
                   (option == ':' ? " needs a value" : " is no option"));
        else
            take_option(wanted, option, optarg);
    }
    for (auto at = static_cast<std::size_t>(optind); at < arguments.size(); ++at)
        words.push_back(arguments[at]); // behind "--"
    take_words(wanted, words);
    return wanted;
}

// SQLite takes a name that begins with "file:" for something else.
std::string path_in(const std::string& folder) {
    const auto path = folder + "/" + mqtt::sqlite_store::file_name;
    return path.starts_with('/') ? path : "./" + path;
}

void need_store(const wish& wanted) {
    const auto path = path_in(wanted.folder);
    if (::access(path.c_str(), F_OK) != 0)
        throw std::runtime_error("there is no store in " + gateway::quoted(wanted.folder));
}

// Where the header of the file is damaged, there is nothing more to be had from it.
void need_ours(mqtt::database& store) {
    if (const auto complaint = mqtt::schema_complaint(store); !complaint.empty())
        throw std::runtime_error("the store can't be read: " + complaint);
}

int check(const wish& wanted, const store_ends& ends) {
    need_store(wanted);
    const mqtt::store_lock lock(wanted.folder);
    mqtt::database store(path_in(wanted.folder), mqtt::database::how::read);
    need_ours(store);
    const auto version = store.number("PRAGMA user_version");
    if (version < mqtt::schema_version())
        ends.out << fmt::format("tables of version {}; the next start brings them to {}\n", version,
                                mqtt::schema_version());
    store_findings findings(ends.out);
    ends.out << check_store(store, findings);
    if (findings.count() == 0) {
        ends.out << "no fault found\n";
        return 0;
    }
    ends.out << fmt::format("{} fault{}\n", findings.count(), findings.count() == 1 ? "" : "s");
    return exit_failed;
}

int write_out(const wish& wanted, const store_ends& ends) {
    need_store(wanted);
    mqtt::database store(path_in(wanted.folder), mqtt::database::how::read);
    need_ours(store);
    store.run("BEGIN");
    store_findings findings(ends.err);
    const auto lines = export_store(store, ends.out, findings);
    ends.out.flush();
    if (!ends.out)
        throw std::runtime_error("the output can't be written");
    if (findings.count() == 0)
        return 0;
    ends.err << fmt::format("sluice store: {} lines were written; not everything could be read\n",
                            lines);
    return exit_failed;
}

// Root makes it for the user that the folder belongs to: the broker will not be root.
void give_to_owner_of(const std::string& folder, const std::string& file) {
    struct stat owner {};
    if (::geteuid() == 0 && ::stat(folder.c_str(), &owner) == 0 &&
        ::lchown(file.c_str(), owner.st_uid, owner.st_gid) != 0)
        throw std::runtime_error(gateway::quoted(file) +
                                 " can't be given to the owner of its folder");
}

mqtt::database open_target(const std::string& folder) {
    const auto path = path_in(folder);
    const bool is_new = ::access(path.c_str(), F_OK) != 0;
    const auto mask = ::umask(0077);
    mqtt::database store = [&] {
        try {
            return mqtt::database(path, mqtt::database::how::create);
        } catch (...) {
            ::umask(mask);
            throw;
        }
    }();
    ::umask(mask);
    store.run("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL");
    if (is_new) {
        give_to_owner_of(folder, path);
        give_to_owner_of(folder, folder + "/" + mqtt::store_lock::file_name);
    }
    mqtt::prepare_schema(store);
    return store;
}

void fill(std::istream& from, store_filler& filler, store_findings& findings) {
    if (from.peek() != 0) // the first byte of mosquitto's file, and of no text
        return import_lines(from, filler, findings);
    std::string bytes;
    std::array<char, 65'536> part{};
    while (from.read(part.data(), part.size()) || from.gcount() > 0) {
        bytes.append(part.data(), static_cast<std::size_t>(from.gcount()));
        if (bytes.size() > mqtt::mosquitto_file_bytes_max)
            throw std::runtime_error("mosquitto's database is too large");
    }
    const auto now = std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::system_clock::now().time_since_epoch());
    import_mosquitto(bytes, now.count(), filler, findings);
}

int read_in(const wish& wanted, const store_ends& ends) {
    std::ifstream file;
    if (wanted.file != "-") {
        file.open(wanted.file, std::ios::binary);
        if (!file || file.peek() == std::ifstream::traits_type::eof())
            throw std::runtime_error(gateway::quoted(wanted.file) + " can't be read, or is empty");
    }
    const mqtt::store_lock lock(wanted.folder);
    auto store = open_target(wanted.folder);
    store_findings findings(ends.err);
    mqtt::transaction all(store);
    if (!wanted.merge && !wanted.replace && !store_filler::is_empty(store))
        throw std::runtime_error("the store in " + gateway::quoted(wanted.folder) +
                                 " is not empty; --merge adds to it, --replace too");
    store_filler filler(store, wanted.replace ? collision::replace : collision::keep);
    fill(wanted.file == "-" ? ends.in : file, filler, findings);
    filler.finish();
    all.commit();
    const auto& done = filler.done();
    ends.out << fmt::format(
        "{} sessions with {} subscriptions and {} waiting messages, {} retained "
        "messages, {} documents\n",
        done.sessions, done.subscriptions, done.outgoing, done.retained, done.documents);
    if (done.kept + done.replaced > 0)
        ends.out << fmt::format("{} that were there stayed, {} gave way\n", done.kept,
                                done.replaced);
    if (findings.count() == 0)
        return 0;
    ends.err << fmt::format("sluice store: {} could not be taken\n", findings.count());
    return exit_failed;
}

// Where the store is; a mistake in the configuration is told as at the start.
std::string folder_of(const wish& wanted) {
    if (!wanted.folder.empty())
        return wanted.folder;
    if (wanted.config_file.empty())
        return ".";
    command_line said;
    said.config_file = wanted.config_file;
    const auto read = load_settings(said);
    if (!read.errors.empty())
        throw std::runtime_error("the configuration can't be used:\n" + report(read));
    return read.settings.store.folder;
}

int carry_out(wish wanted, const store_ends& ends) {
    wanted.folder = folder_of(wanted);
    switch (wanted.what) {
    case deed::check:
        return check(wanted, ends);
    case deed::output:
        return write_out(wanted, ends);
    case deed::input:
        return read_in(wanted, ends);
    }
    return exit_failed;
}

} // namespace

int store_command(std::vector<std::string> arguments, const store_ends& ends) {
    try {
        const auto wanted = read_arguments(arguments);
        if (wanted.help) {
            ends.out << usage << help;
            return 0;
        }
        return carry_out(wanted, ends);
    } catch (const refusal& what) {
        ends.err << "sluice store: " << what.sentence << "\n" << usage;
        return exit_refused;
    } catch (const std::runtime_error& what) {
        ends.out.flush();
        ends.err << "sluice store: " << what.what() << "\n";
        return exit_failed;
    }
}

int run_store_command(std::vector<std::string> arguments) {
    std::ios::sync_with_stdio(false);
    return store_command(std::move(arguments), {std::cin, std::cout, std::cerr});
}

} // namespace gateway
