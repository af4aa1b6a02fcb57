#include "rest/forwarded.hpp"

#include "rest/networks.hpp"

#include <algorithm>
#include <vector>

namespace rest {
namespace {

std::string list_of(const request& asked, std::string_view name) {
    std::string joined;
    asked.each_field([&](std::string_view each, std::string_view value) {
        if (equal_ignoring_case(each, name))
            joined.append(joined.empty() ? "" : ", ").append(value);
    });
    return joined;
}

// The elements of a list, at most so many of its end.
std::vector<std::string_view> last_elements(std::string_view list) {
    std::vector<std::string_view> found;
    std::string_view element;
    while (next_element(list, element))
        found.push_back(element); // bound: header_bytes_max
    if (found.size() > forwarded_hops_max)
        found.erase(found.begin(), found.end() - forwarded_hops_max);
    return found;
}

// From the proxy that we see back to the first that nobody vouches for.
template <class NodeOf>
std::optional<std::string> walk(std::string_view list, std::span<const std::string> trusted,
                                NodeOf node_of) {
    const auto hops = last_elements(list);
    std::optional<std::string> caller;
    for (auto hop = hops.rbegin(); hop != hops.rend(); ++hop) {
        const auto address = node_address(node_of(*hop));
        if (!address)
            break;
        caller = address;
        if (!is_in_networks(*address, trusted))
            break;
    }
    return caller;
}

} // namespace

std::string_view forwarded_node(std::string_view element) {
    while (!element.empty()) {
        const auto end = std::min(element.find(';'), element.size());
        const auto pair = trimmed(element.substr(0, end));
        element.remove_prefix(std::min(end + 1, element.size()));
        const auto equals = pair.find('=');
        if (equals != pair.npos && equal_ignoring_case(trimmed(pair.substr(0, equals)), "for"))
            return trimmed(pair.substr(equals + 1));
    }
    return {};
}

std::optional<std::string> forwarded_caller(const request& asked, std::string_view peer,
                                            std::span<const std::string> trusted) {
    if (!is_in_networks(peer, trusted))
        return std::nullopt;
    const auto standard = asked.list(http_field::forwarded);
    const auto usual = list_of(asked, "X-Forwarded-For");
    const auto by_standard = walk(standard, trusted, forwarded_node);
    const auto by_usual = walk(usual, trusted, [](std::string_view hop) { return hop; });
    if (standard.empty() || usual.empty())
        return standard.empty() ? by_usual : by_standard;
    // The proxy writes one of them, and the other may be what the caller made up.
    return by_standard == by_usual ? by_standard : std::nullopt;
}

bool is_forwarded_secure(const request& asked) {
    return equal_ignoring_case(trimmed(asked.field("X-Forwarded-Proto")), "https");
}

} // namespace rest
