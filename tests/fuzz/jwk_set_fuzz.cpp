// Files of keys with anything in them: read whole or not at all, and no public text is a secret.
#include "mqtt/auth/jwk_set.hpp"
#include "mqtt/types/ensure.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

using namespace mqtt;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(bytes), size);
    bool taken = false;
    for (const auto read :
         {jwk_set::read_pem_text, jwk_set::read_jwks_text, jwk_set::read_secret_text}) {
        const auto reading = read(text);
        ensure((reading.keys == nullptr) == !reading.problems.empty(), "keys or problems");
        for (const auto& problem : reading.problems)
            ensure(!problem.empty(), "a problem has a sentence");
        if (reading.keys == nullptr)
            continue;
        ensure(reading.keys->size() >= 1 && reading.keys->size() <= jwk_set_keys_max,
               "keys are bounded");
        ensure(!taken, "a text is keys of one kind alone");
        taken = true;
        for (const auto& row : jwt_algorithm_table)
            ensure(!reading.keys->verify(row.algorithm, "name", "text", text), "nothing is signed");
    }
    return 0;
}
