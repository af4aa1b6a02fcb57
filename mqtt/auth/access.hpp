// The one door of authentication and authorisation, for MQTT and HTTP alike. Closed unless a rule
// opens it.
#pragma once

#include "mqtt/auth/identity.hpp"
#include "mqtt/types/reason.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace mqtt {

enum class operation { publish, subscribe, receive };

struct credentials {
    std::string client_id;
    std::optional<std::string> username;
    std::optional<std::string> password;
    std::string address;
};

class access {
public:
    using decided = std::function<void(reason)>;

    virtual ~access() = default;

    // Decides whether the credentials are good: reason::success, or what CONNACK says.
    // May answer at once or later, but always on the calling thread's executor and exactly once.
    virtual void authenticate(const credentials& presented, decided answer) = 0;

    // Whether the identity may do this with the topic (publish, receive) or the filter (subscribe).
    virtual bool authorize(const identity& who, operation what, std::string_view topic) const = 0;
};

// No users: everybody is anonymous, and either all are welcome or none.
class anonymous_access final : public access {
public:
    explicit anonymous_access(bool allow_anonymous) : allow_anonymous_(allow_anonymous) {}

    void authenticate(const credentials& presented, decided answer) override;
    bool authorize(const identity& who, operation what, std::string_view topic) const override;

private:
    bool allow_anonymous_;
};

} // namespace mqtt
