// What proxies, and whoever pretends to be one, say about the caller: any two lines of a header.
#include "mqtt/auth/rate_buckets.hpp"
#include "mqtt/types/ensure.hpp"
#include "rest/cookie.hpp"
#include "rest/forwarded.hpp"
#include "rest/networks.hpp"
#include "rest/static_folder.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(bytes), size);
    const auto end = text.find('\n');
    const auto usual = text.substr(0, end);
    const auto standard = end == text.npos ? std::string_view() : text.substr(end + 1);
    rest::request asked;
    asked.set_line(rest::http_verb::get, "GET", "/", 11);
    asked.add_field(rest::http_field::unknown, "X-Forwarded-For", usual);
    if (!standard.empty())
        asked.add_field(rest::http_field::forwarded, "Forwarded", standard);
    const std::vector<std::string> trusted{"127.0.0.0/8", "2001:db8::/32"};
    const auto caller = rest::forwarded_caller(asked, "127.0.0.1:1", trusted);
    // Whoever is named has an address of our form, whatever stood there.
    mqtt::ensure(!caller || rest::node_address(*caller) == caller, "an address of another form");
    mqtt::ensure(!caller || !mqtt::address_group(*caller).empty(), "an address of no household");
    mqtt::ensure(!rest::forwarded_caller(asked, "192.0.2.1:1", trusted), "a stranger was believed");
    if (rest::is_network(usual))
        (void)rest::is_in_networks("192.0.2.1:1", std::vector{std::string(usual)});
    (void)rest::cookie_value(usual, "sluice");
    const auto below = rest::folder_path(usual);
    mqtt::ensure(!below || (!below->starts_with('/') && !below->starts_with('.') &&
                            below->find("/.") == below->npos && below->find('\0') == below->npos),
                 "a path leads out of the folder");
    return 0;
}
