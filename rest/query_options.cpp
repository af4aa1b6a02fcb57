#include "rest/query_options.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

namespace rest {
namespace {

std::uint32_t bits(purpose what) {
    return static_cast<std::uint32_t>(what);
}

// Levenshtein's distance, with two letters that changed places counted as one slip.
std::size_t distance(std::string_view left, std::string_view right) {
    std::vector<std::vector<std::size_t>> cost(left.size() + 1,
                                               std::vector<std::size_t>(right.size() + 1));
    for (std::size_t i = 0; i <= left.size(); ++i) {
        for (std::size_t k = 0; k <= right.size(); ++k) {
            if (i == 0 || k == 0) {
                cost[i][k] = i + k;
                continue;
            }
            const std::size_t differ = left[i - 1] == right[k - 1] ? 0 : 1;
            cost[i][k] =
                std::min({cost[i - 1][k] + 1, cost[i][k - 1] + 1, cost[i - 1][k - 1] + differ});
            if (i > 1 && k > 1 && left[i - 1] == right[k - 2] && left[i - 2] == right[k - 1])
                cost[i][k] = std::min(cost[i][k], cost[i - 2][k - 2] + 1);
        }
    }
    return cost[left.size()][right.size()];
}

const option_use* use_of(std::string_view name) {
    const auto* at = std::find_if(option_uses.begin(), option_uses.end(),
                                  [name](const option_use& each) { return each.name == name; });
    return at == option_uses.end() ? nullptr : at;
}

// What others take in a URL and we do not. [RFC9700-2.6]
bool is_secret(std::string_view name) {
    constexpr std::array<std::string_view, 6> names{"access_token",  "token",   "jwt",
                                                    "authorization", "api_key", "password"};
    return std::find(names.begin(), names.end(), name) != names.end();
}

std::string purposes_of(const option_use& use) {
    constexpr std::array names{std::pair{purpose::value, "reading a value"},
                               std::pair{purpose::list, "reading a list"},
                               std::pair{purpose::wait, "waiting (?wait)"},
                               std::pair{purpose::stream, "streams (?stream)"},
                               std::pair{purpose::publish, "PUT and POST"},
                               std::pair{purpose::clear, "DELETE"},
                               std::pair{purpose::history, "history"},
                               std::pair{purpose::series, "series"},
                               std::pair{purpose::children, "the list of topics"},
                               std::pair{purpose::batch, "the batch"},
                               std::pair{purpose::admin, "administration"},
                               std::pair{purpose::session, "sessions"},
                               std::pair{purpose::webhook, "webhooks"},
                               std::pair{purpose::cost, "the cost of a message"},
                               std::pair{purpose::events, "events"},
                               std::pair{purpose::log, "the log"},
                               std::pair{purpose::trace, "tracing a client"}};
    std::string out;
    for (const auto& [which, name] : names)
        if ((use.purposes & bits(which)) != 0)
            out.append(out.empty() ? "" : ", ").append(name);
    return out;
}

} // namespace

std::string_view nearest_option(std::string_view name) {
    constexpr std::size_t name_bytes_max = 32; // longer is no slip of the finger
    if (name.size() > name_bytes_max)
        return {};
    std::string_view best;
    std::size_t least = name.size() < 4 ? 2 : 3; // first distance that is too far
    for (const auto& use : option_uses) {
        if (use.purposes == 0)
            continue;
        const auto far = distance(name, use.name);
        if (far < least) {
            least = far;
            best = use.name;
        }
    }
    return best;
}

checked<void> check_options(const query& options, purpose what) {
    for (const auto& option : options.options()) {
        if (option.name.starts_with("x-"))
            continue;
        const auto* use = use_of(option.name);
        if (use != nullptr && (use->purposes & bits(what)) != 0)
            continue;
        problem made{.id = problem_id::unknown_parameter};
        if (use == nullptr) {
            made.detail = "'" + option.name + "' is not an option";
            if (is_secret(option.name))
                made.hint = "URLs are written down in too many places. For an EventSource or a "
                            "WebSocket POST /api/v1/tickets makes a ticket.";
            else if (const auto near = nearest_option(option.name); !near.empty())
                made.hint = "Did you mean '" + std::string(near) + "'?";
        } else {
            made.detail = "'" + option.name + "' is not an option of this request";
            made.hint = "It belongs to " + purposes_of(*use) + ".";
        }
        if (made.hint.empty())
            made.hint = "All options are listed in /api/v1/openapi.json.";
        return made;
    }
    return {};
}

} // namespace rest
