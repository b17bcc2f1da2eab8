#!/bin/sh
# Installs syncd for this user from a checkout: programs, man pages and completions. Once more, it brings them up to date.
set -eu

usage() {
    cat <<'EOF'
Install syncd, syncctl and syncd-mcp for this user

Usage: client-cli/install.sh [--prefix DIR] [--bin-dir DIR] [--uninstall]

Options:
  --prefix DIR   Install below this folder [default: $PREFIX, or ~/.local]
  --bin-dir DIR  Take the programs from this folder instead of building them
  --uninstall    Remove what was installed, and the service; the local copy and the configuration stay
  -h, --help     Print this help

CARGO_PROFILE=dev builds without optimisation.

Examples:
  client-cli/install.sh && syncctl init
  PREFIX=/opt/syncd client-cli/install.sh
EOF
}

fail() {
    printf 'error: %s\n' "$1" >&2
    printf 'hint: %s\n' "$2" >&2
    exit 1
}

wrong() {
    printf 'error: %s\n' "$1" >&2
    printf 'hint: client-cli/install.sh --help\n' >&2
    exit 2
}

programs='syncd syncctl syncd-mcp'
here=$(cd "$(dirname "$0")" && pwd)
prefix=${PREFIX:-}
built=
uninstall=
while [ $# -gt 0 ]; do
    case $1 in
    --prefix | --bin-dir)
        [ $# -gt 1 ] || wrong "$1 needs a folder"
        if [ "$1" = --prefix ]; then prefix=$2; else built=$2; fi
        shift
        ;;
    --uninstall) uninstall=1 ;;
    -h | --help)
        usage
        exit 0
        ;;
    *) wrong "there is no option $1" ;;
    esac
    shift
done

if [ -n "$prefix" ]; then
    case $prefix in
    /*) ;;
    *) prefix=$PWD/$prefix ;;
    esac
    share=$prefix/share
else
    [ -n "${HOME:-}" ] || fail 'cannot tell the home folder' 'set HOME, or use --prefix'
    prefix=$HOME/.local
    share=${XDG_DATA_HOME:-$prefix/share}
fi
bin=$prefix/bin
man=$share/man
bash=$share/bash-completion/completions/syncctl
zsh=$share/zsh/site-functions/_syncctl
fish=$share/fish/vendor_completions.d/syncctl.fish

remove_pages() {
    rm -f "$man"/man1/syncctl.1 "$man"/man1/syncctl-*.1 "$man"/man1/syncd.1 "$man"/man1/syncd-mcp.1 "$man"/man5/syncd.toml.5
}

if [ -n "$uninstall" ]; then
    if [ -x "$bin/syncctl" ]; then
        # They would lead to programs that are gone.
        "$bin/syncctl" mcp uninstall || printf 'note: an agent still knows of syncd-mcp, see above\n' >&2
        "$bin/syncctl" service uninstall || printf 'note: the service may be left, see above\n' >&2
    fi
    for program in $programs; do rm -f "$bin/$program"; done
    remove_pages
    rm -f "$bash" "$zsh" "$fish"
    printf 'removed the programs from %s\n' "$bin"
    exit 0
fi

if [ -n "$built" ]; then
    [ -d "$built" ] || fail "there is no folder $built" 'name the one that has the programs'
    built=$(cd "$built" && pwd)
else
    command -v cargo >/dev/null || fail 'cargo was not found' 'install Rust, 1.89 or newer: https://rustup.rs'
    command -v cc >/dev/null || fail 'there is no C compiler, which SQLite needs' 'on Debian: apt install build-essential'
    cd "$here/.."
    profile=${CARGO_PROFILE:-release}
    cargo build --locked --profile "$profile" -p syncd -p syncctl -p syncd-mcp
    case $profile in
    dev) folder=debug ;;
    *) folder=$profile ;;
    esac
    built=$(cd "${CARGO_TARGET_DIR:-target}/$folder" && pwd)
fi
for program in $programs; do
    [ -x "$built/$program" ] || fail "there is no program $program in $built" 'build all three: cargo build --release'
done

mkdir -p "$bin" "$man/man1" "${bash%/*}" "${zsh%/*}" "${fish%/*}"
for program in $programs; do
    # One that runs cannot be written to, but replaced.
    cp "$built/$program" "$bin/.$program.new"
    chmod 755 "$bin/.$program.new"
    mv -f "$bin/.$program.new" "$bin/$program"
done
remove_pages
"$bin/syncctl" man "$man/man1"
"$bin/syncd" --man "$man"
cp "$here/../mcp-shim/syncd-mcp.1" "$man/man1/"
"$bin/syncctl" completions bash >"$bash"
"$bin/syncctl" completions zsh >"$zsh"
"$bin/syncctl" completions fish >"$fish"
printf 'installed %s in %s\n' "$("$bin/syncctl" --version)" "$bin"

# Whatever runs is of the old version: the service, or one in the background that an agent has started.
"$bin/syncctl" service restart --if-running || printf 'note: syncd is not restarted, see above\n' >&2
case :${PATH:-}: in
*:"$bin":*) ;;
*) printf 'note: %s is not in PATH; add to your shell profile: export PATH="%s:$PATH"\n' "$bin" "$bin" ;;
esac
if command -v zsh >/dev/null; then
    printf 'note: for completions in zsh, before compinit: fpath+=("%s")\n' "${zsh%/*}"
fi
[ -e "${XDG_CONFIG_HOME:-${HOME:-}/.config}/syncd/config.toml" ] || printf 'next: %s/syncctl init\n' "$bin"
