// The one door of authentication and authorisation, for MQTT and HTTP alike. Closed unless a rule
// opens it.
#pragma once

#include "mqtt/auth/identity.hpp"
#include "mqtt/types/reason.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace mqtt {

enum class operation { publish, subscribe, receive };

// By which way a client came; plugins are told.
enum class transport : std::uint8_t { mqtt, websockets, http };

// How a connection came in, and what it has shown of itself before its first packet.
struct entry {
    std::string address{};   // of the peer, "203.0.113.7:51234"
    std::uint16_t realm = 0; // see identity
    transport way = transport::mqtt;
    // By TLS the client has proven that this is its name: no password is asked for.
    std::optional<std::string> proven_username{};
    std::shared_ptr<const std::string> certificate{}; // of the client, DER; null: it showed none
};

struct credentials {
    std::string client_id;
    std::optional<std::string> username{};
    std::optional<std::string> password{}; // or a token, where tokens are taken
    entry from{};
    std::uint8_t protocol_version = 4; // 3, 4 or 5 as in CONNECT; 5 for HTTP
    std::uint16_t keep_alive = 0;      // seconds
    bool clean_start = true;
    bool bearer = false; // the password is a token, by the Bearer scheme of HTTP
};

// One run of an authentication method between a client and us, MQTT 5 section 4.12.
class exchange {
public:
    struct step {
        mqtt::reason reason; // continue_authentication, success, or why not
        std::string data;    // for the client; may be empty
    };

    virtual ~exchange() = default;

    // The client's next Authentication Data, and what follows from it. Must not block.
    virtual step next(std::string_view received) = 0;

    // requires: a step said success
    virtual const std::string& username() const = 0;
};

class access {
public:
    using decided = std::function<void(reason)>;
    // Runs work soon on the thread that asked; may be called on any thread.
    using executor = std::function<void(std::function<void()> work)>;

    virtual ~access() = default;

    // Decides whether the credentials are good: reason::success, or what CONNACK says.
    // Answers exactly once: at once, or later by way of `back`.
    virtual void authenticate(const credentials& presented, const executor& back,
                              decided answer) = 0;

    // Starts an authentication method; null when it is not known here. [MQTT-4.12.0-1]
    virtual std::unique_ptr<exchange> begin(std::string_view /*method*/) { return nullptr; }

    // Whether the identity may do this with the topic (publish, receive) or the filter (subscribe).
    virtual bool authorize(const identity& who, operation what, std::string_view topic) const = 0;
};

// No users: everybody is anonymous, and either all are welcome or none.
class anonymous_access final : public access {
public:
    explicit anonymous_access(bool allow_anonymous) : allow_anonymous_(allow_anonymous) {}

    void authenticate(const credentials& presented, const executor& back, decided answer) override;
    bool authorize(const identity& who, operation what, std::string_view topic) const override;

private:
    bool allow_anonymous_;
};

} // namespace mqtt
