// Password files from anywhere: read whole or not at all, and what was read can be written and read
// again. No hash is computed, as that would be all that the time goes into.
#include "mqtt/auth/password_file.hpp"
#include "mqtt/types/ensure.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

using namespace mqtt;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    std::string_view text(reinterpret_cast<const char*>(bytes), size);
    const auto reading = password_file::read_text(text);
    ensure((reading.users == nullptr) == !reading.problems.empty(), "users or problems");
    ensure(reading.problems.size() <= password_file_problems_max + 1, "problems are bounded");
    for (const auto& problem : reading.problems)
        ensure(!problem.sentence.empty(), "a problem has a sentence");
    if (!reading.users)
        return 0;

    if (text.starts_with("\xEF\xBB\xBF"))
        text.remove_prefix(3);
    std::string again;
    std::size_t found = 0;
    for (std::string_view rest = text; !rest.empty();) {
        const auto end = rest.find('\n');
        const auto line = rest.substr(0, end);
        rest = end == rest.npos ? std::string_view() : rest.substr(end + 1);
        const auto parts = split_password_line(line);
        if (!parts.has_user)
            continue;
        const auto* hash = reading.users->find(parts.username);
        ensure(hash != nullptr, "who stands in the file is found");
        again.append(parts.username).append(":").append(hash->text()).append("\n");
        ++found;
    }
    ensure(found == reading.users->size(), "each user counts once");
    const auto second = password_file::read_text(again);
    ensure(second.users && second.users->size() == found, "what is written can be read");
    return 0;
}
