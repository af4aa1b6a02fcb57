// The folder that `sluice certs` works in. What is in it is never overwritten: files are added
// whole or not at all, and only lists (of the revoked, of keys) are replaced by their next form.
// Whatever fails throws std::runtime_error with a sentence.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace gateway {

enum class file_mode : unsigned { secret = 0600, open = 0644 };

class certs_folder {
public:
    // Makes the folder, but none above it, and waits until no other command works in it.
    explicit certs_folder(std::string path);
    ~certs_folder();
    certs_folder(const certs_folder&) = delete;
    certs_folder& operator=(const certs_folder&) = delete;

    std::string path_of(const std::string& name) const { return path_ + "/" + name; }
    std::string full_path_of(const std::string& name) const; // from the root on

    bool has(const std::string& name) const;
    // Nothing: there is no such file.
    std::optional<std::string> text(const std::string& name) const;
    void add(const std::string& name, std::string_view text, file_mode mode) const;
    // The rights of a file that is there stay.
    void replace(const std::string& name, std::string_view text, file_mode mode) const;

private:
    std::string path_;
    int descriptor_; // holds the lock
};

} // namespace gateway
