#include "rest/observed_topics.hpp"

#include "rest/base64.hpp"
#include "rest/http_connection.hpp"
#include "rest/query_options.hpp"
#include "rest/retained_list.hpp"
#include "rest/service_context.hpp"
#include "rest/topic_address.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cctype>
#include <set>
#include <tuple>

namespace rest {
namespace {

struct page_request {
    std::vector<std::string> filters;
    std::size_t limit = list_limit;
    std::string after;
};

checked<page_request> read_request(const exchange& each) {
    page_request made;
    const auto& options = each.options;
    if (const auto fine = check_options(options, purpose::list); !fine)
        return fine.error();
    const bool named = options.find("topic") != nullptr || options.find("filter") != nullptr ||
                       options.find("tree") != nullptr || options.find("depth") != nullptr;
    if (named) {
        auto address = address_to_read(std::nullopt, options);
        if (!address)
            return address.error();
        made.filters = std::move(address->filters);
        if (made.filters.empty())
            made.filters.push_back(std::move(address->name));
    } else {
        made.filters.emplace_back("#");
    }
    const auto limit = options.number("limit", 1, 1'000'000'000);
    if (!limit)
        return limit.error();
    made.limit = std::min<std::uint64_t>(limit->value_or(list_limit), list_limit_max);
    if (const auto* cursor = options.find("cursor"); cursor != nullptr) {
        auto topic = base64_decode(cursor->value);
        if (!topic)
            return invalid_option("cursor", cursor->value, "what the Link of the page before says");
        made.after = std::move(*topic);
    }
    return made;
}

// A name that needs no escape in a JSON Pointer; those that become equal are numbered.
std::string id_for(std::string_view topic, std::set<std::string>& taken) {
    std::string id;
    for (const char c : topic) {
        const bool plain = std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_';
        if (c == '/')
            id += '.';
        else
            id += plain ? c : '_';
    }
    auto free = id;
    for (std::size_t number = 2; !taken.insert(free).second; ++number) // bound: the topics
        free = id + '-' + std::to_string(number);
    return free;
}

bool is_every_address(std::string_view address) {
    return address == "0.0.0.0" || address == "::";
}

bool is_loopback(std::string_view address) {
    return address.starts_with("127.") || address == "::1";
}

// The host of "host:port", brackets of IPv6 included.
std::string_view asked_host(const exchange& each) {
    const auto bracket = each.authority.rfind(']');
    const auto colon = each.authority.rfind(':');
    const bool has_port =
        colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket);
    const auto host = has_port ? each.authority.substr(0, colon) : each.authority;
    return host.empty() ? std::string_view("localhost") : host;
}

} // namespace

boost::asio::awaitable<std::optional<observed_topics>> observe_topics(exchange& each) {
    const auto request = read_request(each);
    if (!request) {
        refuse(each, request.error());
        co_return std::nullopt;
    }
    auto& connection = each.connection;
    for (const auto& filter : request->filters)
        co_await connection.settle(mqtt::operation::subscribe, filter);
    const auto& client = connection.client();
    const auto page = read_page(client, request->filters, request->limit, request->after);
    observed_topics made;
    made.truncated = page.truncated;
    std::set<std::string> taken;
    for (const auto& value : page.values) { // bound: list_limit_max
        const bool writable = client.authorized(mqtt::operation::publish, value->topic());
        made.topics.push_back({id_for(value->topic(), taken), value, writable});
    }
    if (page.truncated)
        each.answer.add("Link", "<" + uri_with(each, "cursor", base64_url(page.last_topic)) +
                                    ">; rel=\"next\"");
    co_return made;
}

std::vector<listener_address> reachable_addresses(const exchange& each) {
    std::vector<listener_address> made;
    const auto& all = each.connection.context().addresses;
    if (!all)
        return made;
    std::set<std::tuple<std::string, std::string, std::uint16_t>> taken;
    for (auto address : *all) { // bound: listeners
        if (is_every_address(address.address))
            address.address = asked_host(each);
        else if (is_loopback(address.address))
            address.address = "localhost";
        if (taken.emplace(address.scheme, address.address, address.port).second)
            made.push_back(std::move(address));
    }
    return made;
}

std::string host_of(const listener_address& where) {
    const bool bare = where.address.find(':') != std::string::npos && where.address[0] != '[';
    const auto host = bare ? '[' + where.address + ']' : where.address;
    return host + ':' + std::to_string(where.port);
}

bool is_named_caller(const exchange& each) {
    return !each.connection.client().who().username.empty();
}

void show_description(exchange& each, std::string_view content_type,
                      const nlohmann::ordered_json& document) {
    each.answer.add("Cache-Control", "no-cache");
    each.answer.add("X-Content-Type-Options", "nosniff");
    each.answer.set_body(
        content_type,
        document.dump(1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + '\n');
}

} // namespace rest
