#include "mqtt/auth/access.hpp"

namespace mqtt {

void anonymous_access::authenticate(const credentials&, const executor&, decided answer) {
    answer(allow_anonymous_ ? reason::success : reason::not_authorized);
}

bool anonymous_access::authorize(const identity&, operation what, std::string_view topic) const {
    // '$' topics are the server's own: nobody else publishes there (section 4.7.2).
    return what != operation::publish || topic.empty() || topic.front() != '$';
}

} // namespace mqtt
