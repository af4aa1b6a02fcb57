// Rows of the option table: bridges, all refused. The parser refuses a block once, at its
// connection line, and passes over what belongs to it.
#pragma once

#include "gateway/option_setters.hpp"

#include <array>

namespace gateway {

inline constexpr std::string_view bridges_come_later =
    "bridges to other brokers are not served yet; take the whole block out";

// What each row here is, with the sentence that is its own.
constexpr option_row bridge_row(std::string_view name, std::string_view hint,
                                std::string_view sentence) {
    return {name, scope::bridge, origin::refused, false, hint, "", sentence, set::refused, true};
}

// clang-format off
inline constexpr std::array bridge_options{
    bridge_row("address", "<address>[:<port>]", "Where the bridge connects to."),
    bridge_row("addresses", "<address>[:<port>] ...", "Where the bridge connects to."),
    bridge_row("bridge_*", "<value>", "Every other option of bridges that begins so."),
    bridge_row("bridge_alpn", "<name>", "The protocol that the bridge names in its TLS handshake."),
    bridge_row("bridge_attempt_unsubscribe", "<true|false>", "Whether the bridge unsubscribes from topics that it only sends."),
    bridge_row("bridge_bind_address", "<address>", "The address that the bridge connects from."),
    bridge_row("bridge_cafile", "<path>", "The authorities that the bridge believes."),
    bridge_row("bridge_capath", "<path>", "The authorities that the bridge believes."),
    bridge_row("bridge_certfile", "<path>", "The certificate of the bridge."),
    bridge_row("bridge_ciphers", "<cipher:list>", "The ciphers of the bridge, TLS 1.2."),
    bridge_row("bridge_ciphers_tls1.3", "<cipher:list>", "The ciphers of the bridge, TLS 1.3."),
    bridge_row("bridge_identity", "<identity>", "The PSK identity of the bridge."),
    bridge_row("bridge_insecure", "<true|false>", "Whether the bridge believes any host name."),
    bridge_row("bridge_keyfile", "<path>", "The private key of the bridge."),
    bridge_row("bridge_max_packet_size", "<bytes>", "Largest packet that the bridge sends."),
    bridge_row("bridge_max_topic_alias", "<count>", "Topic aliases of the bridge."),
    bridge_row("bridge_outgoing_retain", "<true|false>", "Whether the bridge sends retained messages as such."),
    bridge_row("bridge_protocol_version", "<version>", "The version of MQTT that the bridge speaks."),
    bridge_row("bridge_psk", "<key>", "The pre-shared key of the bridge."),
    bridge_row("bridge_receive_maximum", "<count>", "Messages in flight towards the bridge."),
    bridge_row("bridge_reload_type", "<lazy|immediate>", "When a reload reaches the bridge."),
    bridge_row("bridge_require_ocsp", "<true|false>", "Whether the other side must staple an OCSP answer."),
    bridge_row("bridge_session_expiry_interval", "<seconds>", "How long the bridge's session is kept."),
    bridge_row("bridge_tcp_keepalive", "<idle> <interval> <count>", "TCP keep alive of the bridge."),
    bridge_row("bridge_tcp_user_timeout", "<milliseconds>", "When TCP gives the bridge up."),
    bridge_row("bridge_tls_use_os_certs", "<true|false>", "Whether the bridge believes the system's authorities."),
    bridge_row("bridge_tls_version", "<version>", "The version of TLS that the bridge speaks."),
    bridge_row("cleansession", "<true|false>", "Whether the bridge begins with a new session."),
    bridge_row("clientid", "<id>", "An old name of remote_clientid."),
    bridge_row("connection", "<name>", "Begins the block of a bridge."),
    bridge_row("idle_timeout", "<seconds>", "When a lazy bridge ends."),
    bridge_row("keepalive_interval", "<seconds>", "Keep alive of the bridge."),
    bridge_row("local_cleansession", "<true|false>", "As cleansession, on this side."),
    bridge_row("local_clientid", "<id>", "The bridge's client id on this side."),
    bridge_row("local_password", "<password>", "The bridge's password on this side."),
    bridge_row("local_username", "<name>", "The bridge's user name on this side."),
    bridge_row("notification_topic", "<topic>", "Where the bridge tells its state."),
    bridge_row("notifications", "<true|false>", "Whether the bridge tells its state."),
    bridge_row("notifications_local_only", "<true|false>", "Whether it tells it on this side only."),
    bridge_row("password", "<password>", "An old name of remote_password."),
    bridge_row("remote_clientid", "<id>", "The bridge's client id on the other side."),
    bridge_row("remote_password", "<password>", "The bridge's password on the other side."),
    bridge_row("remote_username", "<name>", "The bridge's user name on the other side."),
    bridge_row("restart_timeout", "<seconds> [<seconds>]", "When the bridge connects again."),
    bridge_row("round_robin", "<true|false>", "Whether all addresses are equals."),
    bridge_row("start_type", "<automatic|lazy|once>", "When the bridge starts."),
    bridge_row("threshold", "<count>", "Messages that start a lazy bridge."),
    bridge_row("topic", "<pattern> [<direction> [<qos>]] ...", "What the bridge shares."),
    bridge_row("try_private", "<true|false>", "Whether the bridge says that it is one."),
    bridge_row("username", "<name>", "An old name of remote_username."),
};
// clang-format on

} // namespace gateway
