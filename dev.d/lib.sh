# SPDX-License-Identifier: Apache-2.0
# Shared by the commands of ./dev: messages, packages, configure and build. Sourced, at the repository's root.
: "${DEV_JOBS:=$(nproc)}"
logs=build/logs

step() { printf 'dev: %s\n' "$*"; }
warn() { printf 'dev: warning: %s\n' "$*" >&2; }
die() {
    printf 'dev: error: %s\n' "$*" >&2
    exit 1
}

# logged NAME COMMAND...: runs the command with its output in build/logs/NAME.log; a failure shows the end of it.
logged() {
    local name=$1 log=$logs/$1.log rc=0
    shift
    mkdir -p "$(dirname "$log")"
    "$@" >"$log" 2>&1 </dev/null || rc=$?
    if [ $rc -ne 0 ]; then
        { grep -E '(^|[^a-z])(error|FAILED)|^E: ' "$log" | head -20; echo '...'; tail -n 25 "$log"; } >&2 || true
        printf 'dev: %s failed with exit code %d; all of it: %s\n' "$name" $rc "$log" >&2
    fi
    return $rc
}

# packages GROUP...: the rows "package minimum" of the groups; minimum is 0 when any version will do.
packages() {
    local group name min
    while read -r group name min; do
        [ "$min" != optional ] || min=
        [[ " $* " != *" $group "* ]] || printf '%s %s\n' "$name" "${min:->=0}"
    done < <(grep -v '^#' dev.d/packages.txt)
}

# missing_packages GROUP...: names of the packages that are not installed, or too old.
missing_packages() {
    local installed name min version
    installed=$(dpkg-query -W -f '${db:Status-Status} ${Package} ${Version}\n' 2>/dev/null |
        sed -n 's/^installed //p' | sort -u)
    while read -r name min; do
        version=$(awk -v n="$name" '$1 == n { print $2; exit }' <<<"$installed")
        if [ -z "$version" ] || ! dpkg --compare-versions "$version" ge "${min#>=}"; then
            printf '%s\n' "$name"
        fi
    done < <(packages "$@")
}

# obtainable PACKAGE...: those of them that can be installed or must be: an optional one that the package lists have
# not is told by name.
obtainable() {
    local name
    for name in "$@"; do
        if grep -qE "^[a-z]+ $name optional\$" dev.d/packages.txt && ! apt-cache show "$name" >/dev/null 2>&1; then
            step "skipped package $name: this Debian has none" >&2
        else
            printf '%s\n' "$name"
        fi
    done
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    else
        sudo -n "$@"
    fi
}

# can_install [PACKAGE...]: succeeds when packages can be installed without a question, else says what to do.
require_root() {
    [ "$(id -u)" -ne 0 ] || return 0
    if ! command -v sudo >/dev/null || ! sudo -n true 2>/dev/null; then
        die "these Debian packages are missing and installing them needs root, or sudo without a password. As root: apt-get install $*"
    fi
}

apt() {
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 \
        -o Acquire::Retries=3 "$@"
}

# ensure GROUP...: installs what is missing of the groups. A stamp newer than dpkg's own state makes the second
# time free.
ensure() {
    local key stamp missing
    if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
        [ -n "${dev_no_apt_said:-}" ] || warn "no apt-get here: install by hand what dev.d/packages.txt lists"
        dev_no_apt_said=1
        return 0
    fi
    key=$(packages "$@" | cksum | cut -d' ' -f1)
    stamp=build/.stamps/packages-$key
    [ "$stamp" -nt /var/lib/dpkg/status ] && return 0
    missing=$(missing_packages "$@" | tr '\n' ' ')
    if [ -n "$missing" ]; then
        require_root "$missing"
        if [ -z "${dev_updated:-}" ]; then
            step "refreshing the package lists"
            logged apt-update apt update || warn "the package lists could not be refreshed; trying with the old ones"
            dev_updated=1
        fi
        # shellcheck disable=SC2086
        missing=$(obtainable $missing | tr '\n' ' ')
    fi
    if [ -n "$missing" ]; then
        step "installing: $missing"
        # shellcheck disable=SC2086
        logged apt-install apt install --no-install-recommends $missing ||
            die "a package could not be installed; see the lines above"
    fi
    mkdir -p build/.stamps
    touch "$stamp"
}

# configure PRESET
configure() {
    local preset=$1
    if [ ! -f "build/$preset/build.ninja" ] || [ CMakePresets.json -nt "build/$preset/build.ninja" ]; then
        step "configuring preset $preset"
        logged "configure-$preset" cmake --preset "$preset" || return 1
    fi
}

# build_preset PRESET [TARGET...]
build_preset() {
    local preset=$1
    shift
    configure "$preset" || return 1
    step "building preset $preset${*:+: $*}"
    logged "build-$preset" ninja -C "build/$preset" -j "$DEV_JOBS" "$@"
}
