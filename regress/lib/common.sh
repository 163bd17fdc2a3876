# shellcheck shell=bash
#
# common.sh
#		What every script here needs: messages, where things lie, who runs servers.
#
# Sourced, never run.  It sets no shell options and starts nothing.
#
# Nothing but apt runs with root's rights when root calls: the servers, the
# shipper and the emulator run as nobody.  Therefore everything they read must
# lie where nobody can come: walferry_cache_dir avoids a closed /root.
#
# SPDX-License-Identifier: Apache-2.0

WALFERRY_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

# What a process that is not given better sees: never the caller's language.
export LC_ALL=C.UTF-8
unset LANGUAGE

# Exit codes beside 0 and 1, from sysexits.h: wrong usage, something is missing.
# shellcheck disable=SC2034 # these two are used by the scripts that source this
WALFERRY_EXIT_USAGE=64
# shellcheck disable=SC2034
WALFERRY_EXIT_MISSING=69

WALFERRY_KAFKA_VERSION=4.3.1
WALFERRY_DEBEZIUM_VERSION=3.7.0.Final

walferry_note()
{
    printf '%s\n' "$*" >&2
}

walferry_die()
{
    printf 'error: %s\n' "$*" >&2
    exit 1
}

walferry_is_root()
{
    [ "$(id -u)" = 0 ]
}

# Prints the words to put before a command so that no server runs as root.
# Use: mapfile -t drop < <(walferry_drop_root); "${drop[@]}" command …
walferry_drop_root()
{
    if walferry_is_root
    then
        printf '%s\n' setpriv "--reuid=$(id -u nobody)" "--regid=$(id -g nobody)" --clear-groups --
    else
        printf '%s\n' env
    fi
}

# initdb looks its user up in passwd; containers run under numbers that are not in it.
walferry_check_user()
{
    id -un >/dev/null 2>&1 ||
        walferry_die "user $(id -u) has no entry in /etc/passwd, without which PostgreSQL's initdb does not run;" \
            "have root add one (useradd --uid $(id -u) walferry), or start this as a user who has one"
}

# Runs a command as the servers' user, in / because the caller's directory may be closed to it.
walferry_as_server_user()
{
    local drop
    mapfile -t drop < <(walferry_drop_root)
    (cd / && exec "${drop[@]}" "$@")
}

# True if the servers' user can come into the directory (its nearest existing parent).
walferry_reachable()
{
    local directory=$1
    while [ ! -d "$directory" ]
    do
        directory=$(dirname "$directory")
    done
    walferry_as_server_user test -x "$directory" -a -r "$directory"
}

# True if the directory is there and ours, or could be made by us.
walferry_is_usable()
{
    local directory=$1
    case $directory in
        /*) ;;
        *) return 1 ;;
    esac
    walferry_reachable "$directory" || return 1
    # somebody else's directory in /var/tmp is not ours to trust
    [ ! -e "$directory" ] || [ -O "$directory" ] || return 1
    while [ ! -e "$directory" ]
    do
        directory=$(dirname "$directory")
    done
    [ -d "$directory" ] && [ -w "$directory" ]
}

# Prints the directory of downloads, which need not be there yet: WALFERRY_CACHE, else
# $XDG_CACHE_HOME/walferry or ~/.cache/walferry, else (no usable home, or root's
# home closed to nobody) one of the machine's.
walferry_cache_dir()
{
    local candidate candidates=()

    if [ -n "${WALFERRY_CACHE:-}" ]
    then
        candidates=("$WALFERRY_CACHE")
    else
        [ -z "${XDG_CACHE_HOME:-}" ] || candidates+=("$XDG_CACHE_HOME/walferry")
        [ -z "${HOME:-}" ] || candidates+=("$HOME/.cache/walferry")
        if walferry_is_root
        then
            candidates+=(/var/cache/walferry)
        fi
        candidates+=("/var/tmp/walferry-cache-$(id -u)")
    fi
    for candidate in "${candidates[@]}"
    do
        if walferry_is_usable "$candidate"
        then
            printf '%s\n' "$candidate"
            return 0
        fi
    done
    walferry_die "no directory for downloads can be written (tried: ${candidates[*]}); set WALFERRY_CACHE to one that can"
}

# The same, made if it is missing.
walferry_make_cache_dir()
{
    local cache
    cache=$(walferry_cache_dir) || exit 1
    if ! (umask 022 && mkdir -p "$cache") || [ ! -O "$cache" ]
    then
        walferry_die "the directory for downloads, $cache, cannot be made; set WALFERRY_CACHE to one that can"
    fi
    printf '%s\n' "$cache"
}

walferry_kafka_dir()
{
    printf '%s/kafka-%s\n' "$(walferry_cache_dir)" "$WALFERRY_KAFKA_VERSION"
}

walferry_debezium_dir()
{
    printf '%s/debezium-%s\n' "$(walferry_cache_dir)" "$WALFERRY_DEBEZIUM_VERSION"
}

# Prints the Python that makes the venv: 3.11 or newer, with venv and pip inside.
walferry_base_python()
{
    local candidate
    for candidate in ${WALFERRY_PYTHON:+"$WALFERRY_PYTHON"} /usr/bin/python3 python3
    do
        if "$candidate" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
        then
            command -v "$candidate"
            return 0
        fi
    done
    return 1
}

# Prints the venv's directory for this requirements.txt and this Python.
walferry_venv_dir()
{
    local python hash
    python=$(walferry_base_python) || return 1
    hash=$({ cat "$WALFERRY_ROOT/regress/requirements.txt" &&
        "$python" -c 'import sys, platform; print(sys.version, sys.executable, platform.machine())'; } |
        sha256sum | cut -c1-12)
    printf '%s/venv-%s\n' "$(walferry_cache_dir)" "$hash"
}

# Prints the venv's Python; false if the venv is not complete.
walferry_python()
{
    local directory
    directory=$(walferry_venv_dir) || return 1
    [ -e "$directory/.complete" ] || return 1
    printf '%s/bin/python\n' "$directory"
}

# Prints the pg_config that everything is built with: PG_CONFIG, else the newest server that has
# its headers.
walferry_pg_config()
{
    local candidate newest=
    if [ -n "${PG_CONFIG:-}" ]
    then
        command -v "$PG_CONFIG" || walferry_die "PG_CONFIG=$PG_CONFIG is no program"
        return 0
    fi
    for candidate in /usr/lib/postgresql/*/bin/pg_config
    do
        [ -x "$(dirname "$candidate")/postgres" ] || continue
        [ -e "$("$candidate" --pgxs)" ] || continue
        if [ -z "$newest" ] || [ "$(walferry_pg_major "$candidate")" -gt "$(walferry_pg_major "$newest")" ]
        then
            newest=$candidate
        fi
    done
    [ -n "$newest" ] && printf '%s\n' "$newest"
}

# walferry_pg_major PG_CONFIG: prints 15 for "PostgreSQL 15.20 (Debian …)".
walferry_pg_major()
{
    "$1" --version | sed -n 's/^PostgreSQL \([0-9]*\).*/\1/p'
}
