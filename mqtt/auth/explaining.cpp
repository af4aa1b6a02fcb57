// Why somebody may or may not do something: the same steps as authorize takes, with what decided.
#include "mqtt/auth/reserved_topics.hpp"
#include "mqtt/auth/user_access.hpp"

namespace mqtt {
namespace {

explanation judged(const acl_rules& rules, rule_source source, const identity& who, operation what,
                   std::string_view topic) {
    auto ruling = rules.judge(who, what, topic);
    return {ruling.allowed ? verdict::allowed : verdict::denied,
            source,
            {ruling.line, std::move(ruling.rule)}};
}

} // namespace

explanation user_access::explain(const identity& who, operation what,
                                 std::string_view topic) const {
    if (!respects_reserved_topics(what, topic))
        return {verdict::denied, rule_source::reserved, {}};
    if (who.granted != nullptr)
        return judged(*who.granted, rule_source::token, who, what, topic);
    const auto& rules = rules_of(who.realm);
    const bool asks = rules.plugins != nullptr && rules.plugins->knows_rights();
    if (asks) {
        const auto known = verdicts_.find(who, what, topic, now_());
        if (!known)
            return {verdict::undecided, rule_source::plugin, {}};
        if (*known != verdict_cache::kept::left_to_others)
            return {*known == verdict_cache::kept::allowed ? verdict::allowed : verdict::denied,
                    rule_source::plugin,
                    {}};
    }
    if (rules.rights != nullptr)
        return judged(*rules.rights, rule_source::access_file, who, what, topic);
    if (asks) // they all left it to others, and there are none
        return {verdict::denied, rule_source::plugin, {}};
    return {
        rules.is_open(what, topic) ? verdict::allowed : verdict::denied, rule_source::nobody, {}};
}

std::vector<rule_text> user_access::rules_about(const identity& who, std::size_t most) const {
    if (who.granted != nullptr)
        return who.granted->about(who, most);
    const auto& rights = rules_of(who.realm).rights;
    return rights == nullptr ? std::vector<rule_text>{} : rights->about(who, most);
}

} // namespace mqtt
