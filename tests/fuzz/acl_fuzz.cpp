// Access files from anywhere, asked by anybody about anything. The last three lines of the input
// are a user name, a client id and a topic; what stands before them is the file.
#include "mqtt/auth/acl_file.hpp"
#include "mqtt/types/ensure.hpp"
#include "mqtt/types/topic.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace mqtt;

namespace {

std::string last_line_of(std::string_view& text) {
    const auto end = text.rfind('\n');
    const auto from = end == text.npos ? 0 : end + 1;
    const std::string line(text.substr(from));
    text = text.substr(0, end == text.npos ? 0 : end);
    return line;
}

struct asker {
    const acl_rules& rules;
    identity who;

    bool allows(operation what, std::string_view topic) const {
        const bool allowed = rules.allows(who, what, topic);
        const auto ruling = rules.judge(who, what, topic);
        ensure(ruling.allowed == allowed, "one answer");
        ensure(!allowed || !ruling.rule.empty(), "what is allowed has a rule that says so");
        return allowed;
    }
};

void check(const acl_rules& rules, bool grants, const identity& who, std::string_view topic) {
    const asker asked{rules, who};
    const bool written = asked.allows(operation::publish, topic);
    const bool received = asked.allows(operation::receive, topic);
    const bool subscribed = asked.allows(operation::subscribe, topic);
    ensure(grants || (!written && !received && !subscribed), "no grants, no access");
    if (is_topic_name(topic))
        ensure(received == subscribed, "a filter without wildcards is one topic");
    // What may be received may be subscribed to in any way.
    if (received && is_topic_name(topic) && !topic.starts_with('$'))
        ensure(asked.allows(operation::subscribe, "#"), "what can be received, by '#'");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    std::string_view text(reinterpret_cast<const char*>(bytes), size);
    const auto topic = last_line_of(text);
    const auto client_id = last_line_of(text);
    const auto username = last_line_of(text);
    const auto reading = acl_rules::read_text(text);
    ensure((reading.rules == nullptr) == !reading.problems.empty(), "rules or problems");
    ensure(reading.problems.size() <= acl_file_problems_max + 1, "problems are bounded");
    if (reading.rules) {
        const bool grants = text.find("topic") != text.npos || text.find("pattern") != text.npos;
        check(*reading.rules, grants, {username, client_id, ""}, topic);
        check(*reading.rules, grants, {"", client_id, ""}, topic);
        check(*reading.rules, grants, {username, "", ""}, topic);
    }

    // The same lines as a token's rules: each fourth one a denial, then nothing but denials.
    std::vector<acl_grant> held;
    for (auto rest = text; !rest.empty() && held.size() < acl_grants_max;)
        held.push_back({static_cast<acl_access>(1 + held.size() % 4), last_line_of(rest)});
    if (const auto rules = acl_rules::of(held))
        check(*rules, true, {username, client_id, ""}, topic);
    for (auto& each : held)
        each.access = acl_access::deny;
    if (const auto rules = acl_rules::of(held))
        check(*rules, false, {username, client_id, ""}, topic);
    return 0;
}
