# shellcheck shell=bash
# Sourced by run and test: finds what is missing of Debian's packages, and installs it where that is allowed.
# Knows Debian 12 (bookworm) and newer; elsewhere it says what is needed.

# Packages to build and run the program.
build_packages() {
    echo g++ cmake ninja-build pkg-config libssl-dev libargon2-dev nlohmann-json3-dev libfmt-dev libsqlite3-dev python3
    echo mosquitto-dev libmosquitto-dev # headers only, of the plugin interface
    # Debian 12 has Boost 1.74 under the plain names, which is too old, and 1.81 beside it.
    if [ "$(. /etc/os-release 2>/dev/null && echo "${ID:-}-${VERSION_ID:-}")" = debian-12 ]; then
        echo libboost1.81-dev libboost-url1.81-dev
    else
        echo libboost-dev libboost-url-dev
    fi
}

# Packages that the tests need besides.
test_packages() {
    echo catch2 mosquitto-clients libpaho-mqtt-dev python3-paho-mqtt curl openssl chromium tshark
    # The plugins.
    echo libpq-dev
    # The differential run plays against mosquitto, a plugin reads from PostgreSQL, and promtool of prometheus looks at
    # /metrics. Where a system manager would start them at once, and take port 1883, 5432 or 9090, they are left to the
    # user; the runs then say that they were skipped.
    [ -d /run/systemd/system ] || echo mosquitto postgresql prometheus
    local major
    major=$(node --version 2>/dev/null | sed -n 's/^v\([0-9]*\)\..*/\1/p')
    if [ "${major:-0}" -lt 18 ] || ! command -v npm >/dev/null; then
        echo nodejs npm
    fi
}

is_installed() {
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# install_missing PACKAGE...: nothing to do, or it installs, or it ends with the line to type.
install_missing() {
    local missing=() package as_root=()
    if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
        echo "This is no Debian. These Debian packages, or what is like them here, are needed: $*" >&2
        return 0
    fi
    for package in "$@"; do
        is_installed "$package" || missing+=("$package")
    done
    [ ${#missing[@]} -gt 0 ] || return 0

    if [ "$(id -u)" -ne 0 ]; then
        if ! command -v sudo >/dev/null || ! sudo -n true 2>/dev/null; then
            echo "Some packages are missing. Please type:" >&2
            echo "  sudo apt-get install --no-install-recommends ${missing[*]}" >&2
            exit 1
        fi
        as_root=(sudo -n)
    fi
    echo "Installing ${missing[*]} ..." >&2
    quietly "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update
    quietly "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 \
        apt-get install -y --no-install-recommends "${missing[@]}"
}

# Runs a command; shows what it printed only where it fails.
quietly() {
    local log status=0
    log=$(mktemp)
    "$@" >"$log" 2>&1 </dev/null || status=$?
    if [ "$status" -ne 0 ]; then
        cat "$log" >&2
        echo "This failed: $*" >&2
    fi
    rm -f "$log"
    return "$status"
}

# Builds with the one moving line of ninja where a person watches, and in silence elsewhere.
build() {
    if [ -t 2 ]; then
        cmake --build "$@" >&2
    else
        quietly cmake --build "$@"
    fi
}
