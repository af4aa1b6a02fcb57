// The CA in the folder of `sluice certs`, and what it has signed there: `ca.crt`, `ca.key`,
// `ca.crl`, and a `.crt` and `.key` for each server and client. Makes what is not there yet and
// keeps the rest; what is there and would have to change is refused. Failures throw
// std::runtime_error.
#pragma once

#include "gateway/certificate_maker.hpp"
#include "gateway/certs_folder.hpp"

#include <ctime>
#include <optional>
#include <string>
#include <vector>

namespace gateway {

struct leaf_wish {
    certificate_role role;
    std::string name;               // of the files, too
    std::vector<std::string> names; // of a server
};

class certs_authority {
public:
    static constexpr auto certificate_file = "ca.crt";
    static constexpr auto key_file = "ca.key";
    static constexpr auto list_file = "ca.crl";

    // Reads the CA that is there. New keys are of this type.
    // requires: the folder lives longer
    certs_authority(const certs_folder& folder, key_type type, std::time_t now);

    bool exists() const { return signer_.has_value(); }

    // Throws where a file is in the way of what is wanted.
    void check(const leaf_wish& wanted) const;

    // Each says in a line a file what was made and what was kept.
    std::string ensure_authority(const std::string& host);
    std::string ensure(const leaf_wish& wanted, unsigned days) const; // requires: exists()

    // Puts the certificate with this name on the list of the revoked. Says what was done.
    std::string revoke(const std::string& name) const; // requires: exists()

private:
    std::string problem_with(const certificate& there, const leaf_wish& wanted) const;
    // The key of the file, which is made where it is not there.
    private_key ensure_key(const std::string& file, std::string& said) const;

    const certs_folder& folder_;
    key_type type_;
    std::time_t now_;
    std::optional<authority> signer_;
    std::string list_; // of the revoked; empty: there is none
};

} // namespace gateway
