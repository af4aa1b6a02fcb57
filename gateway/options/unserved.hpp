// Options of mosquitto that Sluice does not serve yet. They stop the start: an option about
// security must never be passed over in silence. Serving one means moving its name into a table
// beside this one.
#pragma once

#include <array>
#include <string_view>

namespace gateway {

struct unserved_option {
    std::string_view name;      // '*' at its end: every name that begins so
    std::string_view hint = {}; // what to write instead, where there is something
};

// clang-format off
inline constexpr std::array unserved_options{
    unserved_option{"accept_protocol_versions"}, unserved_option{"acl_file"}, unserved_option{"address"},
    unserved_option{"addresses"}, unserved_option{"allow_duplicate_messages"}, unserved_option{"auth_opt_*"},
    unserved_option{"auth_plugin"}, unserved_option{"auth_plugin_deny_special_chars"},
    unserved_option{"bind_address", "write \"listener <port> <address>\""}, unserved_option{"bind_interface"},
    unserved_option{"bridge_*"}, unserved_option{"cafile"}, unserved_option{"capath"}, unserved_option{"certfile"},
    unserved_option{"check_retain_source"}, unserved_option{"ciphers"}, unserved_option{"ciphers_tls1.3"},
    unserved_option{"cleansession"}, unserved_option{"clientid"}, unserved_option{"clientid_prefixes"},
    unserved_option{"connection"}, unserved_option{"crlfile"}, unserved_option{"dhparamfile"},
    unserved_option{"disable_client_cert_date_checks"}, unserved_option{"enable_control_api"},
    unserved_option{"enable_proxy_protocol"},
    unserved_option{"global_max_clients", "global_max_connections limits those that are connected"},
    unserved_option{"global_plugin"}, unserved_option{"http_dir"}, unserved_option{"idle_timeout"},
    unserved_option{"include_dir"}, unserved_option{"keepalive_interval"}, unserved_option{"keyfile"},
    unserved_option{"listener_allow_anonymous", "allow_anonymous speaks for every listener"},
    unserved_option{"listener_auto_id_prefix", "auto_id_prefix speaks for every listener"},
    unserved_option{"local_cleansession"}, unserved_option{"local_clientid"}, unserved_option{"local_password"},
    unserved_option{"local_username"},
    unserved_option{"max_inflight_bytes", "max_inflight_messages limits their number"},
    unserved_option{"maximum_qos", "write max_qos below a listener line"}, unserved_option{"memory_limit"},
    unserved_option{"mount_point"}, unserved_option{"notification_topic"}, unserved_option{"notifications"},
    unserved_option{"notifications_local_only"}, unserved_option{"packet_buffer_size"}, unserved_option{"password"},
    unserved_option{"plugin"}, unserved_option{"plugin_load"},
    unserved_option{"plugin_opt_*"}, unserved_option{"plugin_use"},
    unserved_option{"port", "write \"listener <port>\""}, unserved_option{"proxy_protocol_v2_require_tls"},
    unserved_option{"psk_file"}, unserved_option{"psk_hint"}, unserved_option{"remote_clientid"},
    unserved_option{"remote_password"}, unserved_option{"remote_username"}, unserved_option{"require_certificate"},
    unserved_option{"restart_timeout"}, unserved_option{"retain_expiry_interval"}, unserved_option{"retained_persistence"},
    unserved_option{"retry_interval"}, unserved_option{"round_robin"}, unserved_option{"socket_domain"},
    unserved_option{"start_type"}, unserved_option{"threshold"},
    unserved_option{"tls_engine"}, unserved_option{"tls_engine_kpass_sha1"}, unserved_option{"tls_keyform"},
    unserved_option{"tls_version"}, unserved_option{"topic"}, unserved_option{"try_private"},
    unserved_option{"use_identity_as_username"},
    unserved_option{"use_subject_as_username"}, unserved_option{"use_username_as_clientid"},
    unserved_option{"username"}, unserved_option{"websockets_headers_size"}, unserved_option{"websockets_log_level"},
    unserved_option{"websockets_origin", "http_cors_origin names the web origins that may connect"},
};
// clang-format on

} // namespace gateway
