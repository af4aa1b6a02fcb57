#include "rest/static_files.hpp"

#include "rest/request.hpp"
#include "web_assets.inc"

#include <openssl/evp.h>

#include <array>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace rest {
namespace {

// Only what the page itself brings: no foreign scripts, no frames around it.
constexpr std::string_view page_policy =
    "default-src 'self'; style-src 'self'; img-src 'self' data:; frame-ancestors 'none'; "
    "base-uri 'none'";

struct kept_asset {
    asset file;
    std::string tag; // of its bytes
};

std::string tag_of(std::string_view bytes) {
    constexpr char digits[] = "0123456789abcdef";
    constexpr unsigned tag_bytes = 8;
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    EVP_Digest(bytes.data(), bytes.size(), digest.data(), nullptr, EVP_sha256(), nullptr);
    std::string tag = "\"";
    for (unsigned i = 0; i < tag_bytes; ++i) {
        tag += digits[digest[i] >> 4U];
        tag += digits[digest[i] & 0x0FU];
    }
    return tag + '"';
}

const std::vector<kept_asset>& assets() {
    static const auto kept = [] {
        std::vector<kept_asset> made;
        for (const auto& row : web_asset_rows) {
            const std::string_view bytes(row.begin, static_cast<std::size_t>(row.end - row.begin));
            made.push_back({{row.name, bytes}, tag_of(bytes)});
        }
        return made;
    }();
    return kept;
}

bool names_tag(std::string_view list, std::string_view tag) {
    std::string_view element;
    while (next_element(list, element)) {
        if (element.starts_with("W/"))
            element.remove_prefix(2);
        if (element == tag || element == "*")
            return true;
    }
    return false;
}

} // namespace

const asset* find_asset(std::string_view name) {
    for (const auto& each : assets())
        if (each.file.name == name)
            return &each.file;
    return nullptr;
}

const asset* find_page(std::string_view name) {
    const auto* file = find_asset(name);
    if (file != nullptr || name.find('.') != name.npos)
        return file;
    return find_asset(std::string(name) + ".html");
}

std::string_view asset_type(std::string_view name) {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 12> types{{
        {".html", "text/html; charset=utf-8"},
        {".js", "text/javascript; charset=utf-8"},
        {".css", "text/css; charset=utf-8"},
        {".json", "application/json"},
        {".webmanifest", "application/manifest+json"},
        {".svg", "image/svg+xml"},
        {".png", "image/png"},
        {".ico", "image/x-icon"},
        {".woff2", "font/woff2"},
        {".map", "application/json"},
        {".txt", "text/plain; charset=utf-8"},
        {".wasm", "application/wasm"},
    }};
    for (const auto& [ending, type] : types)
        if (name.ends_with(ending))
            return type;
    return "application/octet-stream";
}

void add_page_policy(reply& answer) {
    answer.add("X-Content-Type-Options", "nosniff");
    answer.add("Content-Security-Policy", page_policy);
    answer.add("Referrer-Policy", "no-referrer");
}

void show_asset(exchange& each, const asset& file) {
    for (const auto& kept : assets()) {
        if (&kept.file != &file)
            continue;
        each.answer.add("ETag", kept.tag);
        each.answer.add("Cache-Control", "no-cache"); // asked for again, and mostly answered by 304
        if (names_tag(each.asked.list(http_field::if_none_match), kept.tag)) {
            each.answer.status = 304;
            return;
        }
    }
    add_page_policy(each.answer);
    each.answer.set_body(asset_type(file.name), std::string(file.bytes));
}

} // namespace rest
