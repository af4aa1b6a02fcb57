#include "rest/resources/contrast.hpp"

#include "rest/admin.hpp"
#include "rest/admin_rows.hpp"
#include "rest/answer_of.hpp"
#include "rest/contrast_limits.hpp"
#include "rest/credentials.hpp"
#include "rest/office.hpp"
#include "rest/service_context.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <utility>

namespace rest {
namespace {

// A member that is a whole number from 1 on, or is not there; the exchange is refused when it is
// anything else.
void read_number(exchange& each, const nlohmann::json& body, const char* name, std::uint64_t most,
                 std::uint64_t& into) {
    const auto found = body.find(name);
    if (found == body.end() || each.answered)
        return;
    if (found->is_number_unsigned() && *found >= 1U && *found <= most)
        into = found->get<std::uint64_t>();
    else
        refuse(each, {.id = problem_id::body_not_readable,
                      .detail = "'" + std::string(name) + "' has to be a number from 1 to " +
                                std::to_string(most)});
}

std::optional<contrast_wanted> read_wanted(exchange& each) {
    const auto body = read_object(each, {"size", "receivers"});
    if (!body)
        return std::nullopt;
    contrast_wanted wanted;
    read_number(each, *body, "size", contrast_size_max, wanted.size);
    read_number(each, *body, "receivers", contrast_receivers_max, wanted.receivers);
    if (each.answered)
        return std::nullopt;
    // The process connects as whoever asks, and may do no more than that.
    const auto shown = read_credentials(each.asked.field(http_field::authorization));
    if (shown && shown->username) {
        wanted.username = *shown->username;
        wanted.password = shown->password.value_or("");
    }
    return wanted;
}

} // namespace

boost::asio::awaitable<void> measure_contrast(exchange& each) {
    if (!has_only_admin_options(each))
        co_return;
    co_await admit_administrator(each, mqtt::operation::publish, "contrast");
    if (each.answered)
        co_return;
    auto wanted = read_wanted(each);
    if (!wanted)
        co_return;
    auto* office = each.connection.context().office;
    contrast_outcome outcome;
    if (office != nullptr) {
        auto ask = [office, wanted = std::move(*wanted)](auto answer) {
            office->contrast(wanted, std::move(answer));
        };
        outcome = co_await answer_of<contrast_outcome>(each.connection, ask);
    }
    using state = contrast_outcome::state;
    if (outcome.what == state::measured) {
        each.answer.add("Cache-Control", "no-store");
        each.answer.set_body("application/json", std::move(outcome.document));
    } else if (outcome.what == state::busy) {
        refuse(each,
               {.id = problem_id::server_busy,
                .detail = "A contrast is being measured; two at a time would disturb each other.",
                .fields = {{"Retry-After", "5"}}});
    } else {
        refuse(each, {.id = problem_id::not_supported,
                      .detail = outcome.problem,
                      .hint = "sluice contrast measures the same from outside."});
    }
}

} // namespace rest
