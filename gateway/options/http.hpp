// Rows of the option table: the HTTP face of a listener.
#pragma once

#include "gateway/option_setters.hpp"
#include "rest/networks.hpp"
#include "rest/webhooks/network.hpp"

#include <algorithm>
#include <array>

namespace gateway {

namespace set {

// An origin as browsers send it; any other text would never match one.
inline bool is_origin(std::string_view text) {
    if (text == "*")
        return true;
    const auto host = text.starts_with("https://")  ? 8
                      : text.starts_with("http://") ? 7
                                                    : text.size();
    return host < text.size() && text.find_first_of("/?#@", host) == text.npos;
}
inline constexpr char origin_wanted[] =
    "* or an origin such as https://dash.example, without a path";

inline bool is_host(std::string_view text) {
    return text.find_first_of("/:*@?#") == text.npos;
}
inline constexpr char host_wanted[] = "one host name, without a port";

inline constexpr char network_wanted[] = "an address or a network such as 10.0.0.0/8";
inline constexpr char proxy_wanted[] =
    "an address, a network such as 10.0.0.0/8, or unix for whoever comes by a Unix socket";

// "<sustained> <burst>"; 0: no limit, whatever another listener says.
inline constexpr option_value publishing_rate{
    [](const option_target& target, std::string_view text) {
        constexpr std::int64_t sustained_max = 1'000'000;
        constexpr std::int64_t burst_max = 10'000'000;
        const auto [sustained_text, burst_text] = first_word(text);
        const auto sustained = number_from(sustained_text);
        auto& rate = target.current->limits.rate;
        if (text == "0") {
            rate = {0, 0, true};
            return outcome::taken();
        }
        const auto burst = number_from(burst_text);
        // A client that waits is looked at four times a second.
        if (!sustained || *sustained < 1 || *sustained > sustained_max || !burst ||
            *burst > burst_max || *burst < std::max<std::int64_t>(1, *sustained / 4))
            return outcome::error(must_be("0, or the messages a second (1 to 1000000) and those "
                                          "at once (at least a quarter of that, at most 10000000)",
                                          text));
        rate = {static_cast<std::uint32_t>(*sustained), static_cast<std::uint32_t>(*burst), true};
        return outcome::taken();
    },
    [](const settings&, const listener& current) {
        const auto& rate = current.limits.rate;
        return !rate.given  ? std::string()
               : rate.any() ? std::to_string(rate.sustained) + " " + std::to_string(rate.burst)
                            : "0";
    }};

} // namespace set

// clang-format off
inline constexpr std::array http_options{
    option_row{"http_cors_origin", scope::listener, origin::ours, false, "<origin>", "",
               "A web origin, such as https://dash.example, whose pages may call this listener; * for any, without credentials. May be given several times.",
               set::words<&rest::settings::cors_origins, 64, set::is_origin, set::origin_wanted>, true},
    option_row{"http_dir", scope::listener, origin::mosquitto, false, "<path>", "",
               "A folder whose files are served at / and below, in place of the page of our own; names that begin with a dot are not, and links lead to nothing outside.",
               set::path<&rest::settings::files_folder>, false, named::folder},
    option_row{"http_get_publish", scope::listener, origin::ours, false, "<true|false>", "false",
               "Whether GET /topics/<topic>?publish=<payload> publishes, for devices that can do nothing but GET; never from foreign web pages.",
               set::flag<&rest::settings::get_publish>},
    option_row{"http_heartbeat", scope::listener, origin::ours, false, "<seconds>", "15",
               "How often an event stream that has nothing to say sends a comment, so that nobody on the way closes it.",
               set::number<&rest::settings::heartbeat, 1, 3'600>},
    option_row{"http_host", scope::listener, origin::ours, false, "<name>", "",
               "A host name by which browsers may address this listener, besides localhost and IP addresses; any other is answered with 421. May be given several times.",
               set::words<&rest::settings::hosts, 64, set::is_host, set::host_wanted>, true},
    option_row{"http_long_poll_max", scope::listener, origin::ours, false, "<seconds>", "60",
               "Longest wait that a long poll may ask for.",
               set::number<&rest::settings::long_poll_max, 1, 3'600>},
    option_row{"http_max_body", scope::listener, origin::ours, false, "<bytes>", "1048576",
               "Largest body of a request.",
               set::number<&rest::settings::max_body_bytes, 1, 268'435'455>},
    option_row{"http_opaque_ids", scope::global, origin::ours, false, "<true|false>", "false",
               "Whether the ids of messages are encrypted, so that they don't reveal how many messages there are.",
               set::flag<&settings::opaque_ids>},
    option_row{"http_rate", scope::listener, origin::ours, false, "<per second> <burst>", "",
               "Messages that each user (without a name: each address) may publish a second, and how many at once after a pause, over MQTT and HTTP together. Beyond, HTTP answers with 429, and over MQTT the client is not read from for a while. Listeners without a line take over what another one says; 0: no limit on this one.",
               set::publishing_rate},
    option_row{"http_require_if_match", scope::listener, origin::ours, false, "<true|false>", "false",
               "Whether PUT, PATCH and DELETE of a kept value need a condition (If-Match or If-None-Match), so that nobody overwrites what he has not seen.",
               set::flag<&rest::settings::require_if_match>},
    option_row{"http_stream_queue", scope::listener, origin::ours, false, "<count>", "1000",
               "Messages that wait for one slow event stream before it loses some.",
               set::number<&rest::settings::stream_queue_max, 1, 1'000'000>},
    option_row{"http_streams_per_user", scope::listener, origin::ours, false, "<count>", "32",
               "Event streams and JSON WebSockets that one user, or one address where nobody gives a name, may have open at a time; 0 for any number.",
               set::number<&rest::settings::streams_per_user_max, 0, 10'000>},
    option_row{"http_trusted_proxy", scope::listener, origin::ours, false, "<network>", "",
               "A proxy, or a network of them, whose fields Forwarded and X-Forwarded-For are believed: the address that they name is the caller's, in the log, for limits and for rules. May be given several times.",
               set::words<&rest::settings::trusted_proxies, 64, rest::is_network, set::proxy_wanted>, true},
    option_row{"webhook_allow", scope::global, origin::ours, false, "<address>[/<bits>]", "",
               "Addresses that webhooks may call besides the public ones, and without TLS too, such as 10.0.0.0/8. May be given several times.",
               set::words<&rest::webhook_settings::allowed, 64, rest::webhooks::is_network, set::network_wanted>, true},
    option_row{"webhook_cafile", scope::global, origin::ours, false, "<path>", "",
               "A file with certificates of authorities (PEM) whose servers webhooks may call, besides those that the system trusts.",
               set::path<&rest::webhook_settings::authorities>, false, named::file},
    option_row{"websockets_origin", scope::listener, origin::mosquitto, false, "<origin>", "",
               "The name that mosquitto 2.1 has for http_cors_origin: a web origin whose pages may connect. May be given several times.",
               set::words<&rest::settings::cors_origins, 64, set::is_origin, set::origin_wanted>, true},
};
// clang-format on

} // namespace gateway
