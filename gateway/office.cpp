#include "gateway/office.hpp"

#include "gateway/option_table.hpp"
#include "gateway/quoted.hpp"
#include "mqtt/auth/digest.hpp"
#include "mqtt/auth/password_edit.hpp"

#include <boost/asio/post.hpp>
#include <fmt/core.h>

#include <algorithm>
#include <utility>

namespace gateway {
namespace {

using rest::user_change;
using rest::user_list;
using rest::user_outcome;

constexpr std::size_t secret_bytes = 32;

std::string_view name_of(protocol spoken) {
    switch (spoken) {
    case protocol::mqtt:
        return "mqtt";
    case protocol::websockets:
        return "websockets";
    case protocol::http:
        return "http";
    case protocol::automatic:
        break;
    }
    return "auto";
}

std::string_view name_of(mqtt::password_scheme scheme) {
    for (const auto& row : mqtt::password_scheme_table)
        if (row.scheme == scheme)
            return row.name;
    return "";
}

std::string tag_of(const std::string& secret, const mqtt::password_edit::entry& one) {
    return fmt::format("{:016x}", mqtt::keyed_number(secret, one.name + ":" + one.stored));
}

// Whether what stands there now is what the caller saw.
bool is_expected(const user_change& wanted, const std::string& tag) {
    if (wanted.must_be_absent)
        return tag.empty();
    if (wanted.must_exist && tag.empty())
        return false;
    return wanted.tags.empty() ||
           std::find(wanted.tags.begin(), wanted.tags.end(), tag) != wanted.tags.end();
}

user_outcome failed(user_outcome::state what, std::string problem) {
    user_outcome told;
    told.what = what;
    told.problem = std::move(problem);
    return told;
}

// A user keeps the scheme that there is: one with SCRAM keys goes on with SCRAM.
std::string choose_scheme(const user_change& wanted, const mqtt::password_edit::entry* now,
                          mqtt::password_scheme& into) {
    into = mqtt::password_scheme::sha512_pbkdf2;
    if (wanted.scheme.empty()) {
        if (now != nullptr)
            if (const auto read = mqtt::password_hash::read(now->stored); read.hash)
                into = read.hash->scheme();
        return {};
    }
    for (const auto& row : mqtt::password_scheme_table)
        if (row.name == wanted.scheme)
            into = row.scheme;
    if (name_of(into) != wanted.scheme)
        return "the hash must be sha512, sha512-pbkdf2, argon2id or scram-sha-256";
    if (into == mqtt::password_scheme::argon2id && !mqtt::argon2_available())
        return "argon2id needs libargon2, and this program was built without it";
    return {};
}

// What is to be done with the file; the reload comes after.
user_outcome edit(const std::string& path, const user_change& wanted, const std::string& secret) {
    mqtt::password_edit file;
    if (auto problem = file.open(path, false); !problem.empty())
        return failed(user_outcome::state::failed, std::move(problem));
    const auto now = file.find(wanted.name);
    const auto tag = now ? tag_of(secret, *now) : std::string();
    user_outcome told;
    told.tag = tag;
    if (!is_expected(wanted, tag)) {
        told.what = user_outcome::state::condition_failed;
        return told;
    }
    if (!wanted.password) {
        told.what = file.remove(wanted.name) ? user_outcome::state::removed
                                             : user_outcome::state::no_such_user;
        told.tag.clear();
        if (told.what == user_outcome::state::no_such_user)
            return told;
    } else {
        if (auto problem = mqtt::username_problem(wanted.name); !problem.empty())
            return failed(user_outcome::state::refused, std::move(problem));
        mqtt::password_scheme scheme{};
        if (auto problem = choose_scheme(wanted, now ? &*now : nullptr, scheme); !problem.empty())
            return failed(user_outcome::state::refused, std::move(problem));
        if (auto problem = mqtt::password_problem(*wanted.password, scheme); !problem.empty())
            return failed(user_outcome::state::refused, std::move(problem));
        file.set(wanted.name, mqtt::password_hash::make(scheme, *wanted.password));
        told.what = now ? user_outcome::state::changed : user_outcome::state::created;
        told.tag = tag_of(secret, *file.find(wanted.name));
    }
    if (auto problem = file.write(); !problem.empty())
        return failed(user_outcome::state::failed, std::move(problem));
    return told;
}

user_list read_users(const std::string& path, const std::string& secret) {
    user_list made;
    mqtt::password_edit file;
    made.problem = file.open(path, false);
    made.what = made.problem.empty() ? user_list::state::read : user_list::state::unreadable;
    for (auto& each : file.entries()) {
        const auto read = mqtt::password_hash::read(each.stored);
        made.users.push_back({each.name,
                              std::string(read.hash ? name_of(read.hash->scheme()) : "unknown"),
                              tag_of(secret, each)}); // bound: password_file_bytes_max
    }
    std::sort(made.users.begin(), made.users.end(),
              [](const auto& left, const auto& right) { return left.name < right.name; });
    return made;
}

// Of a name with "password", "secret" or "key" in it the value may be one; names of files are none.
std::string shown_value(std::string_view name, std::string value) {
    const bool is_file = name.ends_with("file") || name.ends_with("path");
    const auto names = [&](std::string_view word) { return name.find(word) != name.npos; };
    if (!is_file && !value.empty() && (names("password") || names("secret") || names("psk_key")))
        return "***";
    return value;
}

void add_options(const settings& running, const listener& current, bool of_listener,
                 rest::configuration_text::options& into) {
    for (const auto& topic : option_topics())
        for (const auto& row : topic.rows) {
            const bool its = row.scope == scope::listener || row.scope == scope::default_listener ||
                             (row.scope == scope::security && running.per_listener_settings);
            const bool in_use = row.origin != origin::refused && row.origin != origin::accepted &&
                                row.instead.empty() && !row.name.ends_with('*');
            if (!in_use || its != of_listener || row.scope == scope::bridge)
                continue;
            auto value = shown_value(row.name, row.value.show(running, current));
            if (!value.empty() || !row.repeatable) // of those with many lines some show none
                into.emplace_back(row.name, std::move(value)); // bound: the option table
        }
}

} // namespace

office::office(const settings& running, const std::vector<std::shared_ptr<listener_door>>& doors,
               std::function<void(work)> later, rest::reload_handler reload)
    : running_(running), doors_(doors), later_(std::move(later)), reload_(std::move(reload)),
      secret_(mqtt::random_bytes(secret_bytes)) {}

office::~office() {
    stop();
}

void office::stop() {
    contrast_.stop();
    if (files_)
        files_->join();
}

rest::configuration_text configuration_of(const settings& running) {
    rest::configuration_text made;
    const listener none;
    add_options(running, none, false, made.global);
    for (const auto& each : running.listeners) {
        auto& options = made.listeners.emplace_back(); // bound: listeners
        const auto& where = each.unix_path.empty() ? each.bind_address : each.unix_path;
        options.emplace_back("listener",
                             std::to_string(each.port) + (where.empty() ? "" : " " + where));
        add_options(running, each, true, options);
    }
    return made;
}

void office::listeners(std::function<void(std::vector<rest::listener_row>)> answer) {
    later_([this, answer = std::move(answer)] {
        std::vector<rest::listener_row> rows;
        for (std::size_t realm = 0; realm < running_.listeners.size(); ++realm) {
            const auto& each = running_.listeners[realm];
            const auto& security = running_.security_of(each);
            rest::listener_row row;
            row.realm = static_cast<std::uint16_t>(realm);
            row.port = each.port;
            row.path = each.unix_path;
            row.address = each.bind_address;
            row.protocol = name_of(each.protocol);
            row.tls = each.tls.any();
            row.client_certificates = each.tls.require_certificate;
            row.allow_anonymous = running_.anonymous_allowed(each);
            if (realm < doors_.size())
                row.connections = doors_[realm]->open.load(std::memory_order_relaxed);
            row.max_connections = each.max_connections;
            row.password_file = security.password_file;
            row.acl_file = security.acl_file;
            rows.push_back(std::move(row)); // bound: listeners
        }
        answer(std::move(rows));
    });
}

void office::configuration(std::function<void(rest::configuration_text)> answer) {
    later_([this, answer = std::move(answer)] { answer(configuration_of(running_)); });
}

// The name of the file is known on shard 0; what follows runs on the thread for files.
void office::with_file(std::uint16_t realm, std::function<void(std::string path)> then) {
    later_([this, realm, then = std::move(then)] {
        auto path = realm < running_.listeners.size()
                        ? running_.security_of(running_.listeners[realm]).password_file
                        : std::string();
        if (!files_)
            files_ = std::make_unique<boost::asio::thread_pool>(1);
        boost::asio::post(*files_, [then, path = std::move(path)] { then(path); });
    });
}

void office::users(std::uint16_t realm, std::function<void(user_list)> answer) {
    with_file(realm, [this, answer = std::move(answer)](const std::string& path) {
        answer(path.empty() ? user_list{} : read_users(path, secret_));
    });
}

void office::change_user(user_change wanted, std::function<void(user_outcome)> answer) {
    const auto realm = wanted.realm;
    with_file(realm, [this, wanted = std::move(wanted),
                      answer = std::move(answer)](const std::string& path) {
        auto told =
            path.empty() ? failed(user_outcome::state::no_file, {}) : edit(path, wanted, secret_);
        using state = user_outcome::state;
        if (told.what != state::created && told.what != state::changed &&
            told.what != state::removed)
            return answer(std::move(told));
        reload_([told = std::move(told), answer](const rest::reload_outcome& reload) mutable {
            told.reload = reload;
            answer(std::move(told));
        });
    });
}

} // namespace gateway
