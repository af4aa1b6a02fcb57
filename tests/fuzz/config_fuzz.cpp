// Configurations from anywhere. What stands behind a line that is "@" alone is the file that every
// include_dir finds.
#include "gateway/config_check.hpp"
#include "mqtt/types/ensure.hpp"
#include "mqtt/types/utf8.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace {

using mqtt::ensure;

class one_file : public gateway::file_source {
public:
    explicit one_file(std::string_view text) : text_(text) {}

    std::vector<std::string> files_of(const std::string&, std::string&) override {
        return {"included.conf"};
    }
    std::string read(const std::string&, std::string& text) override {
        text = text_;
        return {};
    }

private:
    std::string_view text_;
};

gateway::config_reading read(std::string_view text) {
    constexpr std::string_view cut = "\n@\n";
    const auto end = std::min(text.find(cut), text.size());
    one_file files(end == text.size() ? std::string_view() : text.substr(end + cut.size()));
    gateway::config_reading reading;
    reading.files = &files;
    gateway::read_config_text(reading, text.substr(0, end), "main.conf");
    if (reading.errors.empty()) {
        gateway::add_command_line(reading, {});
        gateway::check_settings(reading);
    }
    return reading;
}

void check_listener(const gateway::listener& each) {
    ensure((each.port == 0) == !each.unix_path.empty(), "a port or a path");
    ensure(!each.tls.by_certificate() || (!each.tls.certfile.empty() && !each.tls.keyfile.empty()),
           "a certificate has its key");
    ensure(each.tls.any() || (!each.tls.require_certificate && each.tls.cafile.empty()),
           "no listener that was meant to speak TLS speaks plainly");
    ensure(!(each.tls.by_certificate() && each.tls.by_psk()), "one way to a key");
    ensure(!each.tls.use_identity_as_username || each.tls.require_certificate || each.tls.by_psk(),
           "a name from a certificate that is asked for");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(bytes), size);
    const auto reading = read(text);
    const auto told = gateway::report(reading);
    ensure(told == gateway::report(read(text)), "the same again");
    ensure(mqtt::is_utf8(told), "a report can be shown");
    for (const char each : told)
        ensure(each == '\n' || static_cast<unsigned char>(each) >= ' ', "and steers no terminal");
    ensure(reading.errors.size() <= 16 * gateway::config_findings_max, "it has an end");
    if (!reading.errors.empty())
        return 0;
    ensure(!reading.settings.listeners.empty(), "there is something to start");
    for (const auto& each : reading.settings.listeners)
        check_listener(each);
    for (const auto& each : reading.settings.security.plugins)
        ensure(!each.path.empty(), "a plugin has a file");
    return 0;
}
