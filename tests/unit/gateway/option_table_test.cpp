#include "gateway/option_table.hpp"
#include "tests/support/catch2_any.hpp"

namespace {

struct attempt {
    gateway::settings all;
    gateway::listener current;

    gateway::outcome apply(const char* name, std::string_view value) {
        const auto* row = gateway::find_option(name);
        REQUIRE(row != nullptr);
        return row->value.apply({all, &current, {"test.conf", 7}, name, row}, value);
    }
    bool takes(const char* name, std::string_view value) {
        return apply(name, value).result == gateway::outcome::kind::taken;
    }
    std::string complaint(const char* name, std::string_view value) {
        const auto result = apply(name, value);
        CHECK(result.result == gateway::outcome::kind::error);
        return result.sentence;
    }
};

} // namespace

TEST_CASE("numbers are taken within their range only") {
    attempt tried;
    for (const auto* value : {"0", "20", "21", "268435459", "268435460"})
        CHECK(tried.takes("max_packet_size", value));
    CHECK(tried.all.limits.max_packet_size == 268'435'460);
    for (const auto* value : {"1", "19", "268435461", "-1", "+20", "20.0", "0x20", "twenty",
                              "20 21", "99999999999999999999"})
        CHECK(tried.complaint("max_packet_size", value) ==
              "must be 0 or a number between 20 and 268435460, not '" + std::string(value) + "'");
    CHECK(tried.all.limits.max_packet_size == 268'435'460);
    CHECK(tried.takes("max_queued_bytes", "1000000000000"));
    CHECK(tried.all.limits.max_queued_bytes == 1'000'000'000'000);
}

TEST_CASE("flags are true, false, 1 or 0") {
    attempt tried;
    CHECK(tried.takes("retain_available", "false"));
    CHECK_FALSE(tried.all.limits.retain_available);
    CHECK(tried.takes("retain_available", "1"));
    CHECK(tried.all.limits.retain_available);
    CHECK(tried.complaint("retain_available", "falst") == "must be true or false, not 'falst'");
    CHECK(tried.complaint("retain_available", "True") == "must be true or false, not 'True'");
}

TEST_CASE("who may connect without a name is open until said") {
    attempt tried;
    CHECK_FALSE(tried.all.security.allow_anonymous);
    CHECK_FALSE(tried.all.anonymous_allowed());
    tried.all.local_only = true;
    CHECK(tried.all.anonymous_allowed());
    CHECK(tried.takes("allow_anonymous", "false"));
    CHECK_FALSE(tried.all.anonymous_allowed());
}

TEST_CASE("connection limits say -1 for none") {
    attempt tried;
    CHECK(tried.takes("max_connections", "100"));
    CHECK(tried.current.max_connections == 100);
    CHECK(tried.takes("max_connections", "-1"));
    CHECK(tried.current.max_connections == 0);
    for (const auto* value : {"0", "-2", "many"})
        CHECK(tried.complaint("max_connections", value)
                  .starts_with("must be -1 (no limit) or a number"));
    CHECK(tried.takes("global_max_connections", "5"));
    CHECK(tried.all.limits.max_connections == 5);
}

TEST_CASE("a listener line gives a port and perhaps an address") {
    attempt tried;
    CHECK(tried.takes("listener", "1883"));
    CHECK(tried.takes("listener", "65535 ::1"));
    REQUIRE(tried.all.listeners.size() == 2);
    CHECK(tried.all.listeners[0].bind_address.empty());
    CHECK(tried.all.listeners[0].protocol == gateway::protocol::mqtt);
    CHECK(tried.all.listeners[1].port == 65'535);
    CHECK(tried.all.listeners[1].bind_address == "::1");
    CHECK(tried.all.listeners[1].configured_at.line == 7);
    CHECK(tried.complaint("listener", "65536") ==
          "the port must be a number between 1 and 65535, not '65536'");
    CHECK(tried.complaint("listener", "localhost") ==
          "the port must be a number between 1 and 65535, not 'localhost'");
    CHECK(tried.complaint("listener", "1883 a b") ==
          "takes a port and one address, not '1883 a b'");
    CHECK(tried.all.listeners.size() == 2);
    CHECK(tried.takes("listener", "0 /run/the broker.sock"));
    CHECK(tried.all.listeners[2].unix_path == "/run/the broker.sock");
    CHECK(tried.all.listeners[2].bind_address.empty());
    CHECK(tried.takes("listener", "0 /" + std::string(106, 'a')));
    for (const auto& path :
         {std::string(), std::string(" broker.sock"), " /" + std::string(107, 'a')})
        CHECK(
            tried.complaint("listener", "0" + path).starts_with("port 0 stands for a Unix socket"));
}

TEST_CASE("the protocol of a listener has five names") {
    attempt tried;
    CHECK(tried.takes("protocol", "websockets"));
    CHECK(tried.current.protocol == gateway::protocol::websockets);
    CHECK(tried.current.http.upgrade_only);
    CHECK(tried.takes("protocol", "http_api"));
    CHECK(tried.current.protocol == gateway::protocol::http);
    CHECK_FALSE(tried.current.http.upgrade_only);
    CHECK(tried.takes("protocol", "auto"));
    CHECK(tried.current.protocol == gateway::protocol::automatic);
    CHECK(tried.takes("protocol", "mqtt"));
    CHECK(tried.current.protocol == gateway::protocol::mqtt);
    CHECK(tried.complaint("protocol", "MQTT") ==
          "must be mqtt, websockets, http, http_api or auto, not 'MQTT'");
}

TEST_CASE("an expiration is a number and a unit") {
    attempt tried;
    const auto hours = [&](const char* value) {
        REQUIRE(tried.takes("persistent_client_expiration", value));
        return tried.all.limits.persistent_client_expiration / std::chrono::hours(1);
    };
    CHECK(hours("1h") == 1);
    CHECK(hours("14d") == 14 * 24);
    CHECK(hours("2w") == 14 * 24);
    CHECK(hours("2m") == 60 * 24);
    CHECK(hours("1y") == 365 * 24);
    CHECK(hours("2147483647y") == 365LL * 24 * 2'147'483'647);
    for (const auto* value : {"14", "d", "0d", "-1d", "1s", "1 d", "14days", "2147483648y"})
        CHECK(tried.complaint("persistent_client_expiration", value)
                  .starts_with("must be a number and one of"));
}

TEST_CASE("log destinations replace the default, then add") {
    attempt tried;
    CHECK(tried.takes("log_dest", "file /var/log/sluice log.txt"));
    CHECK(tried.all.log.file == "/var/log/sluice log.txt");
    CHECK_FALSE(tried.all.log.to_stderr);
    CHECK(tried.takes("log_dest", "stdout"));
    CHECK(tried.all.log.to_stdout);
    CHECK_FALSE(tried.all.log.file.empty());
    CHECK(tried.complaint("log_dest", "file /tmp/other") == "only one log file can be written");
    CHECK(tried.complaint("log_dest", "file") == "file needs the path of a file");
    CHECK(tried.complaint("log_dest", "dlt") ==
          "'dlt' is not served; syslog, or file and a path, may do");
    CHECK(tried.complaint("log_dest", "printer").starts_with("must be stdout"));
    CHECK(tried.takes("log_dest", "syslog"));
    CHECK(tried.takes("log_dest", "topic"));
    CHECK(tried.all.log.to_syslog);
    CHECK(tried.all.log.to_topic);
    CHECK(tried.takes("log_facility", "7"));
    CHECK(tried.all.log.facility == 7);
    CHECK(tried.complaint("log_facility", "8") == "must be a number between 0 and 7, not '8'");
    CHECK(tried.takes("log_dest", "none"));
    CHECK_FALSE(tried.all.log.to_syslog);
    CHECK_FALSE(tried.all.log.to_topic);
    CHECK_FALSE(tried.all.log.to_stdout);
    CHECK(tried.all.log.file.empty());
}

TEST_CASE("log types replace the usual set, then add") {
    using gateway::log_type;
    attempt tried;
    CHECK(tried.takes("log_type", "error"));
    CHECK(tried.all.log.types.has(log_type::error));
    CHECK_FALSE(tried.all.log.types.has(log_type::notice));
    CHECK(tried.takes("log_type", "debug subscribe"));
    CHECK(tried.all.log.types.has(log_type::error));
    CHECK(tried.all.log.types.has(log_type::subscribe));
    CHECK(tried.complaint("log_type", "error loud").ends_with("not 'loud'"));
    CHECK(tried.takes("log_type", "none"));
    CHECK(tried.all.log.types.empty());
    CHECK(tried.takes("log_type", "all"));
    CHECK(tried.all.log.types.has(log_type::websockets));
}

TEST_CASE("options that promise what is not there yet say so") {
    attempt tried;
    CHECK(tried.takes("set_tcp_nodelay", "true"));
    CHECK(tried.apply("set_tcp_nodelay", "false").result == gateway::outcome::kind::warning);
}

TEST_CASE("how the store is written is said in one word, or a word and a number") {
    attempt tried;
    CHECK(tried.takes("persistence", "true"));
    CHECK(tried.all.persistence);
    CHECK(tried.takes("persistence_location", "/var/lib/sluice/"));
    CHECK(tried.all.store.folder == "/var/lib/sluice");
    CHECK(tried.takes("persistence_location", "/"));
    CHECK(tried.all.store.folder == "/");
    CHECK(tried.takes("persistence_sync", "interval"));
    CHECK(tried.all.store.interval == std::chrono::seconds(1));
    CHECK(tried.takes("persistence_sync", "interval 50"));
    CHECK(tried.all.store.interval == std::chrono::milliseconds(50));
    CHECK(tried.takes("persistence_sync", "always"));
    CHECK(tried.all.store.interval == std::chrono::milliseconds(0));
    for (const auto* value : {"interval 0", "interval 60001", "interval x", "50"})
        CHECK_FALSE(tried.takes("persistence_sync", value));
}

TEST_CASE("web origins and host names are held to their form") {
    attempt tried;
    CHECK(tried.takes("http_cors_origin", "https://dash.example:8443"));
    CHECK(tried.takes("http_cors_origin", "*"));
    CHECK(tried.current.http.cors_origins.size() == 2);
    for (const auto* value : {"dash.example", "https://", "https://dash.example/",
                              "ftp://dash.example", "https://a https://b"})
        CHECK(tried.complaint("http_cors_origin", value).starts_with("must be * or an origin"));
    CHECK(tried.takes("http_host", "broker.local"));
    CHECK(tried.complaint("http_host", "broker.local:8080").starts_with("must be one host name"));
    CHECK(tried.current.http.hosts == std::vector<std::string>{"broker.local"});
}

TEST_CASE("a list has an end") {
    attempt tried;
    for (int number = 0; number < 64; ++number)
        CHECK(tried.takes("http_host", "host" + std::to_string(number)));
    CHECK(tried.complaint("http_host", "one.more") == "may be given 64 times at the most");
}

TEST_CASE("threads are a number or auto") {
    attempt tried;
    CHECK(tried.takes("io_threads", "4"));
    CHECK(tried.all.io_threads == 4);
    CHECK(tried.takes("io_threads", "auto"));
    CHECK(tried.all.io_threads == 0);
    CHECK(tried.complaint("io_threads", "0")
              .starts_with("must be auto or a number between 1 and 256"));
}

TEST_CASE("a prefix for client ids is short clean text") {
    attempt tried;
    CHECK(tried.takes("auto_id_prefix", std::string(50, 'a')));
    CHECK_FALSE(tried.takes("auto_id_prefix", std::string(51, 'a')));
    CHECK_FALSE(tried.takes("auto_id_prefix", "a\tb"));
    CHECK_FALSE(tried.takes("auto_id_prefix", "\xFF"));
}

TEST_CASE("the highest quality of service is 0, 1 or 2") {
    attempt tried;
    CHECK(tried.takes("max_qos", "1"));
    CHECK(tried.current.limits.max_qos == mqtt::qos::at_least_once);
    CHECK(tried.complaint("max_qos", "3") == "must be 0, 1 or 2, not '3'");
}

TEST_CASE("a name with a slip finds the option that was meant") {
    CHECK(gateway::nearest_option("max_paket_size") == "max_packet_size");
    CHECK(gateway::nearest_option("lisener") == "listener");
    CHECK(gateway::nearest_option("allow_annonymous") == "allow_anonymous");
    CHECK(gateway::nearest_option("pasword_file") == "password_file");
    CHECK(gateway::nearest_option("prot") == "port");
    CHECK(gateway::nearest_option("colour").empty());
    CHECK(gateway::nearest_option(std::string(100'000, 'a')).empty());
}

TEST_CASE("the facility of the system's log is one of eight") {
    attempt tried;
    CHECK_FALSE(tried.all.log.facility);
    CHECK(tried.takes("log_facility", "0"));
    CHECK(tried.takes("log_facility", "7"));
    CHECK(tried.all.log.facility == 7);
    for (const auto* value : {"8", "-1", "local0", "7 ", ""})
        CHECK(tried.complaint("log_facility", value).starts_with("must be a number between 0 and"));
    CHECK(tried.all.log.facility == 7);
}

TEST_CASE("the user is a name of the system's, and sluice until said") {
    attempt tried;
    CHECK(tried.all.user == "sluice");
    CHECK(tried.takes("user", "mosquitto"));
    CHECK(tried.all.user == "mosquitto");
    for (const auto& bad : {std::string(33, 'u'), std::string("sluice:sluice"), std::string("a b")})
        CHECK(tried.complaint("user", bad)
                  .starts_with("must be the name of a user of this machine, not '"));
}
