#include "gateway/certs_authority.hpp"

#include "gateway/certificate_text.hpp"
#include "gateway/quoted.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <stdexcept>

namespace gateway {
namespace {

// Puts the path in front of what is wrong with the file.
template <class Work>
auto naming(const std::string& path, Work work) {
    try {
        return work();
    } catch (const std::runtime_error& problem) {
        throw std::runtime_error(path + " " + problem.what());
    }
}

[[noreturn]] void fail(const std::string& sentence) {
    throw std::runtime_error(sentence);
}

std::string made(const std::string& path, const std::string& what) {
    return fmt::format("made  {}  {}\n", path, what);
}

std::string kept(const std::string& path) {
    return fmt::format("kept  {}\n", path);
}

std::string authority_name(const std::string& host) {
    auto name = "Sluice CA on " + host; // a host's name is ASCII
    name.resize(std::min(name.size(), subject_letters_max));
    return name;
}

} // namespace

certs_authority::certs_authority(const certs_folder& folder, key_type type, std::time_t now)
    : folder_(folder), type_(type), now_(now) {
    const auto crt = folder.text(certificate_file);
    const auto crt_path = folder.path_of(certificate_file);
    const auto key_path = folder.path_of(key_file);
    if (!crt)
        return;
    const auto key = folder.text(key_file);
    if (!key)
        fail(fmt::format("{} is there without {}: nothing can be signed", crt_path, key_path));
    authority found{naming(crt_path, [&] { return certificate::read(*crt); }),
                    naming(key_path, [&] { return private_key::read(*key); })};
    if (!found.own.has(found.key))
        fail(fmt::format("{} and {} don't belong together", crt_path, key_path));
    if (!found.own.is_authority())
        fail(crt_path + " is no certificate of a CA");
    if (now > found.own.ends())
        fail(fmt::format("{} has expired on {}; move the folder away and begin anew", crt_path,
                         date_text(found.own.ends())));
    signer_ = std::move(found);
    list_ = folder.text(list_file).value_or("");
}

std::string certs_authority::problem_with(const certificate& there, const leaf_wish& wanted) const {
    const bool server = wanted.role == certificate_role::server;
    if (!signer_ || !there.is_signed_by(signer_->own))
        return "is signed by another CA";
    if (!there.is_for(wanted.role))
        return server ? "is no certificate of a server" : "is no certificate of a client";
    if (now_ > there.ends())
        return "has expired on " + date_text(there.ends());
    if (naming(folder_.path_of(list_file), [&] { return is_revoked(list_, there); }))
        return "is revoked";
    if (!server)
        return there.subject_name() == wanted.name
                   ? ""
                   : "is for " + quoted(there.subject_name()) + ", not for " + quoted(wanted.name);
    const auto names = there.names();
    for (const auto& each : wanted.names)
        if (std::find(names.begin(), names.end(), each) == names.end())
            return "is not for " + quoted(each);
    return {};
}

void certs_authority::check(const leaf_wish& wanted) const {
    const auto crt_path = folder_.path_of(wanted.name + ".crt");
    const auto key_path = folder_.path_of(wanted.name + ".key");
    const auto crt = folder_.text(wanted.name + ".crt");
    const auto key = folder_.text(wanted.name + ".key");
    if (key)
        naming(key_path, [&] { return private_key::read(*key); });
    if (!crt)
        return;
    const auto there = naming(crt_path, [&] { return certificate::read(*crt); });
    auto problem = problem_with(there, wanted);
    if (problem.empty() && !key)
        problem = "is there without its key " + key_path;
    if (problem.empty() && !there.has(private_key::read(*key)))
        problem = "doesn't belong to " + key_path;
    if (!problem.empty())
        fail(fmt::format("{} {}; nothing is overwritten: move both files away, or take another "
                         "name",
                         crt_path, problem));
}

private_key certs_authority::ensure_key(const std::string& file, std::string& said) const {
    const auto path = folder_.path_of(file);
    if (const auto there = folder_.text(file)) {
        said += kept(path);
        return naming(path, [&] { return private_key::read(*there); });
    }
    auto key = private_key::make(type_);
    folder_.add(file, key.text(), file_mode::secret);
    said += made(path, "the key: keep it secret");
    return key;
}

std::string certs_authority::ensure_authority(const std::string& host) {
    const auto path = folder_.path_of(certificate_file);
    if (signer_)
        return kept(path) + kept(folder_.path_of(key_file));
    // The key first: who is interrupted in between finds it again the next time.
    std::string said;
    auto key = ensure_key(key_file, said);
    auto own = make_authority(key, authority_name(host), {now_, authority_days});
    folder_.add(certificate_file, own.text(), file_mode::open);
    said = made(path,
                fmt::format("the CA, until {}: give it to every client", date_text(own.ends()))) +
           said;
    list_ = folder_.text(list_file).value_or("");
    signer_ = authority{std::move(own), std::move(key)};
    return said;
}

std::string certs_authority::ensure(const leaf_wish& wanted, unsigned days) const {
    check(wanted);
    const auto crt = wanted.name + ".crt";
    const auto path = folder_.path_of(crt);
    if (folder_.has(crt))
        return kept(path) + kept(folder_.path_of(wanted.name + ".key"));
    std::string said;
    const bool server = wanted.role == certificate_role::server;
    const auto key = ensure_key(wanted.name + ".key", said);
    const auto own = server ? make_server(key, wanted.names, *signer_, {now_, days})
                            : make_client(key, wanted.name, *signer_, {now_, days});
    folder_.add(crt, own.text(), file_mode::open);
    return made(path, fmt::format("a {}, until {}", server ? "server" : "client",
                                  date_text(own.ends()))) +
           said;
}

std::string certs_authority::revoke(const std::string& name) const {
    const auto crt_path = folder_.path_of(name + ".crt");
    const auto list_path = folder_.path_of(list_file);
    const auto text = folder_.text(name + ".crt");
    if (!text)
        fail(crt_path + " is not there: only a certificate that is can be revoked");
    const auto which = naming(crt_path, [&] { return certificate::read(*text); });
    if (!which.is_signed_by(signer_->own))
        fail(crt_path + " is signed by another CA");
    const bool again = naming(list_path, [&] { return is_revoked(list_, which); });
    const auto next =
        naming(list_path, [&] { return gateway::revoke(list_, which, *signer_, now_); });
    folder_.replace(list_file, next, file_mode::open);
    return fmt::format("{} {}\n{} is signed anew; it counts until {}\n", crt_path,
                       again ? "was revoked already" : "is revoked", list_path,
                       date_text(now_ + std::time_t{revocation_days} * 86'400));
}

} // namespace gateway
