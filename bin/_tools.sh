# Brings the project's own tools. Sourced by bin/test and bin/demo from the project's root.
#
# It needs a Python of at least 3.11 that has pip, and nothing else: uv goes into .tools/ by `pip install --target`,
# which works where the venv module is missing and where the system's Python refuses installs (PEP 668). uv then
# fills .venv/ from uv.lock. A second run finds both in place and uses no network.

uv_version=0.13.9
uv_home=.tools/uv-$uv_version
uv=$uv_home/bin/uv

say() { printf '%s\n' "== $*"; }

die() {
    printf '%s\n' "error: $*" >&2
    exit 1
}

# Runs a command that needs the network; a hiccup is worth exactly one more try.
twice() {
    "$@" && return 0
    say "that failed; trying once more in 5 seconds"
    sleep 5
    # The system's certificates are first choice, as a company's own are only there; a bare machine may have none at all.
    UV_SYSTEM_CERTS=0 "$@"
}

is_new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }

has_pip() { "$1" -m pip --version >/dev/null 2>&1; }

# Sets $python: the first Python of at least 3.11 that has pip, the system's own choice first.
find_python() {
    for python in python3 python3.14 python3.13 python3.12 python3.11; do
        if is_new_enough "$python" && has_pip "$python"; then return 0; fi
    done
    die "no Python of at least 3.11 with pip found (looked for python3 and python3.11 to python3.14)"
}

install_uv() {
    if [ -x "$uv" ]; then return 0; fi
    find_python
    say "installing uv $uv_version into $uv_home (with $("$python" --version), pip only)"
    rm -rf "$uv_home.part"
    mkdir -p .tools
    # PIP_USER and --target exclude each other, and a user's pip.conf may set the first.
    export PIP_USER=0 PIP_ROOT_USER_ACTION=ignore PIP_DISABLE_PIP_VERSION_CHECK=1
    twice "$python" -m pip install --quiet --upgrade --target "$uv_home.part" "uv==$uv_version" ||
        die "pip could not install uv"
    rm -rf "$uv_home"
    mv "$uv_home.part" "$uv_home"
}

# What .venv/ was made from: these files, at this place (a virtual environment cannot be moved).
environment_key() { { pwd -P; cat pyproject.toml uv.lock; } | cksum; }

fill_environment() {
    key=$(environment_key)
    if is_new_enough .venv/bin/python && [ "$key" = "$(cat .venv/.filled-from 2>/dev/null)" ]; then return 0; fi
    install_uv
    unset VIRTUAL_ENV
    export UV_PROJECT_ENVIRONMENT=.venv UV_PYTHON_DOWNLOADS=never UV_SYSTEM_CERTS="${UV_SYSTEM_CERTS:-1}"
    # Without a home that can be written there is no shared cache to profit from.
    if [ ! -w "${HOME:-/nonexistent}" ]; then export UV_CACHE_DIR="$PWD/.tools/cache"; fi
    say "filling .venv from uv.lock"
    if is_new_enough .venv/bin/python; then
        twice "$uv" sync --frozen --quiet || die "uv could not fill .venv"
    else
        find_python
        rm -rf .venv
        twice "$uv" sync --frozen --quiet --python "$(command -v "$python")" || die "uv could not fill .venv"
    fi
    printf '%s\n' "$key" > .venv/.filled-from
}
