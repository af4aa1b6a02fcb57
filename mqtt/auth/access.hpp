// The one door of authentication and authorisation, for MQTT and HTTP alike. Closed unless a rule
// opens it.
#pragma once

#include "mqtt/auth/identity.hpp"
#include "mqtt/types/clock.hpp"
#include "mqtt/types/message.hpp"
#include "mqtt/types/reason.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

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
    bool proof_required = false; // names come from TLS only: without a proven one nobody is let in
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

// Where the name of a client comes from; what has to be looked at again when the rules change.
enum class evidence : std::uint8_t { nothing, password, token, tls, plugin };

// What became of credentials.
struct decision {
    // NOLINTNEXTLINE(google-explicit-constructor): most are no more than a reason
    decision(mqtt::reason said) : reason(said) {}
    decision(mqtt::reason said, std::string_view why) : reason(said), why(why) {}

    mqtt::reason reason;    // success, or what CONNACK says
    std::string why{};      // for the log, never for the client; no secret
    std::string username{}; // of who was let in; empty: anonymous
    evidence by = evidence::nothing;
    std::uint64_t mark = 0;                     // of the stored password, see identity
    std::shared_ptr<const acl_rules> granted{}; // see identity
    wall_time good_until = wall_time::max();
};

// Something to be decided by who can't answer at once.
struct question {
    identity who;
    operation what;
    std::string topic;
};

enum class verdict : std::uint8_t { denied, allowed, undecided };

// What decides about a right, for people who ask why.
enum class rule_source : std::uint8_t {
    reserved,    // topics that begin with '$' are the server's own
    token,       // the rights that the client's token brings
    plugin,      // who was asked, or has to be
    access_file, // a rule of it, or that none of them speaks for the topic
    nobody       // there are no rules: everything but $CONTROL is allowed
};

struct rule_text {
    unsigned line = 0; // 0: it stands in no file
    std::string text;
};

struct explanation {
    verdict what = verdict::denied; // undecided: as authorize says it
    rule_source source = rule_source::nobody;
    rule_text rule{}; // empty: no rule speaks for the topic
};

// What was left of a message by those who looked at it.
struct inspected {
    mqtt::reason reason = mqtt::reason::success; // else nobody gets it
    std::string topic{};
    std::string payload{};
    std::string properties{}; // forwarded ones, wire bytes
    mqtt::qos qos = mqtt::qos::at_most_once;
    bool retain = false;
};

// Whether the topic (publish, receive) or the filter (subscribe) lies within what the identity is
// narrowed to; see identity::only.
bool is_within(const identity& who, operation what, std::string_view topic);

class access {
public:
    using decided = std::function<void(const decision&)>;
    // Runs work soon on the thread that asked; may be called on any thread.
    using executor = std::function<void(std::function<void()> work)>;

    virtual ~access() = default;

    // Decides whether the credentials are good. Answers exactly once: at once, or later by way of
    // `back`.
    virtual void authenticate(const credentials& presented, const executor& back,
                              decided answer) = 0;

    // Starts an authentication method; null when it is not known here. [MQTT-4.12.0-1]
    virtual std::unique_ptr<exchange> begin(std::string_view /*method*/, std::uint16_t /*realm*/) {
        return nullptr;
    }

    // Whether the identity may do this with the topic (publish, receive) or the filter (subscribe).
    // undecided: somebody has to be asked who takes time; see decide. thread: any; no lock that
    // somebody holds for long
    virtual verdict authorize(const identity& who, operation what,
                              std::string_view topic) const = 0;

    // Asks what authorize could not say. Answers exactly once, by way of `back`, in the order of
    // the questions; nothing in the answer is undecided.
    virtual void decide(std::vector<question> asked, const executor& back,
                        std::function<void(std::vector<verdict>)> answer);

    // Whether some receiver may be denied a message: else nobody has to be asked for each. Never
    // changes.
    virtual bool limits_receiving() const { return false; }
    // Whether what authorize says of this realm's clients holds until version() rises; and whether
    // there is a realm where it does not. Neither changes.
    virtual bool is_settled(std::uint16_t /*realm*/) const { return true; }
    virtual bool asks_others() const { return false; }

    // Whether somebody wants to see the messages of this realm's clients before anybody gets them,
    // and may change them. Asked after the right to publish.
    virtual bool inspects(std::uint16_t /*realm*/) const { return false; }
    virtual void inspect(const identity& /*who*/, const publication& /*what*/,
                         const executor& /*back*/, std::function<void(inspected)> /*answer*/) {}

    // An order to the server, published below $CONTROL/ by somebody who may; it goes to nobody
    // else. False: nobody takes it.
    virtual bool take_order(const identity&, std::string_view /*topic*/,
                            std::string_view /*payload*/) {
        return false;
    }

    // Whether who was let in would be let in today, as far as that shows without asking again.
    virtual bool still_good(const identity&) const { return true; }

    // Somebody who was asked about, with these, is gone.
    virtual void left(const identity& /*who*/, reason /*why*/) {}

    // What authorize says, and why. thread: any
    virtual explanation explain(const identity& who, operation what, std::string_view topic) const {
        return {authorize(who, what, topic), rule_source::nobody, {}};
    }
    // The rules of files and tokens that are about the identity, at most so many, in the order of
    // their lines. thread: any
    virtual std::vector<rule_text> rules_about(const identity& /*who*/,
                                               std::size_t /*most*/) const {
        return {};
    }

    // Rises whenever the rules change.
    virtual std::uint64_t version() const { return 0; }

    bool allows(const identity& who, operation what, std::string_view topic) const {
        return authorize(who, what, topic) == verdict::allowed;
    }
};

// No users: everybody is anonymous, and either all are welcome or none.
class anonymous_access final : public access {
public:
    explicit anonymous_access(bool allow_anonymous) : allow_anonymous_(allow_anonymous) {}

    void authenticate(const credentials& presented, const executor& back, decided answer) override;
    verdict authorize(const identity& who, operation what, std::string_view topic) const override;

private:
    bool allow_anonymous_;
};

} // namespace mqtt
