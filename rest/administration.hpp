// What rest asks of the process for administrators: its listeners, its configuration, its users.
// Each answer is called once, on whatever thread. thread: any
#pragma once

#include "rest/reload.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace rest {

struct listener_row {
    std::uint16_t realm = 0; // see mqtt::identity
    std::uint16_t port = 0;
    std::string path;     // of a Unix socket; empty: TCP
    std::string address;  // as the configuration names it; empty: every one
    std::string protocol; // mqtt, websockets, http, auto
    bool tls = false;
    bool client_certificates = false; // are demanded
    bool allow_anonymous = false;
    std::uint32_t connections = 0;     // MQTT connections now
    std::uint32_t max_connections = 0; // 0: no limit of its own
    std::string password_file;         // empty: none
    std::string acl_file;              // empty: none
};

// Options by name, as text. A secret is "***".
struct configuration_text {
    using options = std::vector<std::pair<std::string, std::string>>;
    options global;
    std::vector<options> listeners; // by realm
};

struct user_row {
    std::string name;
    std::string scheme; // of the stored password
    std::string tag;    // another one for another password
};

// The users of the password file that counts for a listener.
struct user_list {
    enum class state { read, no_file, unreadable };
    state what = state::no_file;
    std::string problem;         // where it is unreadable
    std::vector<user_row> users; // by name
};

struct user_change {
    std::uint16_t realm = 0;
    std::string name;
    std::optional<std::string> password; // nothing: the user goes
    std::string scheme;                  // empty: as the entry has it, else the default
    // What must be so, decided together with the change.
    bool must_exist = false;
    bool must_be_absent = false;
    std::vector<std::string> tags; // one of them must be the entry's; empty: whatever it is
};

struct user_outcome {
    enum class state {
        created,
        changed,
        removed,
        no_file,
        no_such_user,
        condition_failed, // must_exist, must_be_absent, tags
        refused,          // the name, the password or the scheme can't be taken
        failed            // the file can't be read or written
    };
    state what = state::failed;
    std::string problem;   // where refused or failed
    std::string tag;       // of the entry that is there now; empty: none
    reload_outcome reload; // after a change: whether it is in force
};

// A contrast of MQTT with HTTP that the process measures against itself.
struct contrast_wanted {
    std::uint64_t size = 4;
    std::uint64_t receivers = 100;
    std::string username; // whom it connects as; empty: nobody
    std::string password;
};

struct contrast_outcome {
    enum class state {
        measured,
        busy,      // one is measured already
        impossible // there is nothing to measure it on
    };
    state what = state::impossible;
    std::string problem;  // where impossible
    std::string document; // JSON, where measured
};

class administration {
public:
    virtual ~administration() = default;

    virtual void listeners(std::function<void(std::vector<listener_row>)> answer) = 0;
    virtual void configuration(std::function<void(configuration_text)> answer) = 0;
    virtual void users(std::uint16_t realm, std::function<void(user_list)> answer) = 0;
    // Changes the password file, whole or not at all, and reloads.
    virtual void change_user(user_change wanted, std::function<void(user_outcome)> answer) = 0;
    // One at a time; takes some seconds.
    virtual void contrast(contrast_wanted wanted, std::function<void(contrast_outcome)> answer) = 0;
};

} // namespace rest
