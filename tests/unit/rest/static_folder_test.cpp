// Which name of a URL stands for which file of the operator's folder.
#include "rest/static_folder.hpp"
#include "tests/support/catch2_any.hpp"

using namespace rest;

TEST_CASE("a path of a URL is a path below the folder", "[folder]") {
    CHECK(folder_path("/") == "index.html");
    CHECK(folder_path("/a/") == "a/index.html");
    CHECK(folder_path("/a/b.js") == "a/b.js");
    CHECK(folder_path("/a%20b.txt") == "a b.txt");
    CHECK(folder_path("/%C3%BC.html") == "\xC3\xBC.html");
}

TEST_CASE("what leads out of the folder, or to hidden files, is no path", "[folder]") {
    for (const char* bad : {"",
                            "x",
                            "/..",
                            "/../x",
                            "/a/../x",
                            "/a/..",
                            "/%2e%2e/x",
                            "/..%2Fx",
                            "/%2E%2E%2Fx",
                            "/.",
                            "/./x",
                            "/.git/config",
                            "/a/.htpasswd",
                            "/%2eenv",
                            "//x",
                            "/a//b",
                            "/a%2F%2Fb",
                            "/%00",
                            "/a%00.html",
                            "/%FF",
                            "/%",
                            "/a%2",
                            "/a\\b",
                            "/%5C..%5Cx"}) {
        INFO(bad);
        CHECK_FALSE(folder_path(bad));
    }
    CHECK_FALSE(folder_path("/" + std::string(2000, 'a')));
}

TEST_CASE("a folder that is not there has no files", "[folder]") {
    CHECK(read_served_file("/nowhere/at/all", "index.html").what == served_file::kind::missing);
}
