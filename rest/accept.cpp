#include "rest/accept.hpp"

#include "rest/request.hpp"

#include <array>

namespace rest {
namespace {

// "0", "0.5", "1.000" in thousandths; anything else counts as 1. [RFC9110-12.4.2]
unsigned weight_of(std::string_view text) {
    if (text.empty() || (text[0] != '0' && text[0] != '1'))
        return 1000;
    unsigned weight = text[0] == '1' ? 1000 : 0;
    unsigned scale = 100;
    for (std::size_t i = 2; i < text.size() && i < 5; ++i, scale /= 10) {
        if (text[1] != '.' || text[i] < '0' || text[i] > '9')
            return 1000;
        weight += static_cast<unsigned>(text[i] - '0') * scale;
    }
    return weight > 1000 ? 1000 : weight;
}

struct media_range {
    std::string_view type;
    unsigned weight = 1000;
};

media_range read_range(std::string_view element) {
    media_range range;
    auto semicolon = element.find(';');
    range.type = trimmed(element.substr(0, semicolon));
    while (semicolon != std::string_view::npos) {
        element.remove_prefix(semicolon + 1);
        semicolon = element.find(';');
        const auto parameter = trimmed(element.substr(0, semicolon));
        if (parameter.starts_with("q=") || parameter.starts_with("Q="))
            range.weight = weight_of(parameter.substr(2));
    }
    return range;
}

} // namespace

std::optional<std::size_t> preferred(std::string_view accept,
                                     std::span<const std::string_view> served) {
    std::optional<std::size_t> best;
    unsigned best_weight = 0;
    unsigned wildcard_weight = 0;
    std::string_view element;
    while (next_element(accept, element)) {
        const auto range = read_range(element);
        if (range.type.ends_with("/*") && range.weight > wildcard_weight)
            wildcard_weight = range.weight;
        for (std::size_t i = 0; i < served.size(); ++i) {
            if (range.weight > best_weight && equal_ignoring_case(range.type, served[i])) {
                best = i;
                best_weight = range.weight;
            }
        }
    }
    return wildcard_weight > best_weight ? std::nullopt : best;
}

bool wants_text(std::string_view accept) {
    constexpr std::array<std::string_view, 3> forms{"text/plain", "application/problem+json",
                                                    "application/json"};
    const auto choice = preferred(accept, forms);
    return choice && *choice == 0;
}

} // namespace rest
