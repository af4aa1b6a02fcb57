#include "mqtt/auth/access.hpp"

#include "mqtt/auth/reserved_topics.hpp"

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

verdict anonymous_access::authorize(const identity&, operation what, std::string_view topic) const {
    return is_open_to_all(what, topic) ? verdict::allowed : verdict::denied;
}

} // namespace mqtt
