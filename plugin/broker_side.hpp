// What a plugin may ask of the broker. The gateway implements it.
#pragma once

#include "mqtt/auth/identity.hpp"
#include "mqtt/types/qos.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace plugin {

struct publish_order {
    std::optional<std::string> client_id; // to this client only, whatever it has subscribed to
    std::string topic;
    std::string payload;
    std::string properties; // the forwarded ones, as wire bytes without their length
    mqtt::qos qos = mqtt::qos::at_most_once;
    bool retain = false;
    std::optional<std::uint32_t> message_expiry{}; // seconds
};

struct kick_order {
    enum class target : std::uint8_t { everybody, client_id, username, anonymous };
    target whom = target::client_id;
    std::string name; // of a client_id or a username
    bool with_will = true;
};

enum class log_level : std::uint8_t { debug, info, notice, warning, error };

// Bytes of a line that a plugin writes to the log; what is longer is cut.
inline constexpr std::size_t log_line_bytes_max = 1024;

// thread: of the plugins. So an implementation posts to where the work is done; none may call back
// into the host and wait.
class broker_side {
public:
    virtual ~broker_side() = default;

    // Comes from the broker itself: no right to write is asked for.
    virtual void publish(publish_order what) = 0;
    virtual void kick(kick_order whom) = 0;
    // One printable line. thread: any
    virtual void write_log(log_level level, std::string_view line) = 0;
    // Of a client that is in already; nothing: it becomes anonymous.
    virtual void set_username(const mqtt::identity& who, std::optional<std::string> username) = 0;
    virtual int subscription_count(const mqtt::identity& who) = 0;
};

} // namespace plugin
