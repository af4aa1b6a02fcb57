#include "mqtt/auth/access.hpp"

#include "mqtt/auth/reserved_topics.hpp"

namespace mqtt {

void anonymous_access::authenticate(const credentials&, const executor&, decided answer) {
    answer(allow_anonymous_ ? reason::success : reason::not_authorized);
}

bool anonymous_access::authorize(const identity&, operation what, std::string_view topic) const {
    return respects_reserved_topics(what, topic);
}

} // namespace mqtt
