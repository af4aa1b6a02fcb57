#include "mqtt/auth/access.hpp"

#include "mqtt/auth/acl_filter.hpp"
#include "mqtt/auth/reserved_topics.hpp"

#include <algorithm>

namespace mqtt {

// For doors that are never undecided.
void access::decide(std::vector<question> asked, const executor& back,
                    std::function<void(std::vector<verdict>)> answer) {
    back([answers = std::vector(asked.size(), verdict::denied), answer = std::move(answer)] {
        answer(answers);
    });
}

void anonymous_access::authenticate(const credentials& presented, const executor&, decided answer) {
    decision said(allow_anonymous_ ? reason::success : reason::not_authorized);
    said.username = presented.username.value_or("");
    answer(said);
}

bool is_within(const identity& who, operation what, std::string_view topic) {
    return who.only == nullptr ||
           std::any_of(who.only->begin(), who.only->end(), [&](const std::string& filter) {
               return what == operation::subscribe ? acl_covers(filter, nullptr, topic)
                                                   : acl_matches(filter, nullptr, topic);
           });
}

verdict anonymous_access::authorize(const identity& who, operation what,
                                    std::string_view topic) const {
    return is_within(who, what, topic) && is_open_to_all(what, topic) ? verdict::allowed
                                                                      : verdict::denied;
}

} // namespace mqtt
