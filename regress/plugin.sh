#!/usr/bin/env bash
# plugin.sh [TEST...]: the plugin's pg_regress and isolation tests on a temporary server.
#
#   TEST   names from regress/sql (setup is always run first); none: all of
#          them and the isolation specs
#   PG_CONFIG   which server
#
# Works for root and for an ordinary user, installs nothing, and leaves only
# build/regress behind: results, and the differences if there are any.
#
# SPDX-License-Identifier: Apache-2.0
set -euo pipefail

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=regress/lib/server_copy.sh
. "$top/regress/lib/server_copy.sh"

PG_CONFIG=${PG_CONFIG:-pg_config}
export PG_CONFIG
work=

main() {
    local status=0
    local -a tests=("$@")

    make -s -C "$top" plugin
    work=$(mktemp -d "${TMPDIR:-/tmp}/walferry-regress.XXXXXX")
    trap clean_up EXIT
    prepare

    if [ ${#tests[@]} -eq 0 ]; then
        mapfile -t tests < <(cd "$top/regress/sql" && printf '%s\n' *.sql | sed 's/\.sql$//' | grep -vx setup)
        run_isolation || status=1
    fi
    run_regress setup "${tests[@]}" || status=1
    keep_results
    return $status
}

# Everything the server's user has to read or write, in one directory.
prepare() {
    chmod 755 "$work"
    walferry_server_copy "$work/server"
    mkdir "$work/run" "$work/input"
    cp -r "$top/regress/sql" "$top/regress/expected" "$work/input/"
    mkdir "$work/input/specs"
    cp "$top"/regress/isolation/*.spec "$work/input/specs/"
    mkdir "$work/isolation"
    cp -r "$work/input/specs" "$work/isolation/"
    cp -r "$top/regress/isolation/expected" "$work/isolation/"
    chmod -R a+rX "$work/input" "$work/isolation"
    write_configuration
    if [ "$(id -u)" = 0 ]; then
        chown nobody:nogroup "$work/run"
    fi
}

write_configuration() {
    cat >"$work/postgresql.conf" <<CONF
wal_level = logical
max_replication_slots = 20
max_wal_senders = 10
logical_decoding_work_mem = 64kB
fsync = off
autovacuum = off
walferry.salts = 's1=CzQMA0cB5K, s2="s2"'
walferry.policy = 'no_such_database/* { output = frame }'
CONF
    # Servers that do not know the setting refuse to start with it.
    if "$work/server/bin/postgres" --describe-config | grep ^output_plugin_libraries >/dev/null; then
        echo "output_plugin_libraries = 'pgoutput, test_decoding, walferry'" >>"$work/postgresql.conf"
    fi
    chmod a+r "$work/postgresql.conf"
}

run_regress() {
    local pgxs
    pgxs=$(dirname "$("$PG_CONFIG" --pgxs)")
    run "$pgxs/../test/regress/pg_regress" --inputdir="$work/input" --outputdir="$work/run/regress" \
        --temp-instance="$work/run/instance" --encoding=UTF8 "$@"
}

run_isolation() {
    local pgxs spec
    local -a specs=()
    pgxs=$(dirname "$("$PG_CONFIG" --pgxs)")
    for spec in "$top"/regress/isolation/*.spec; do
        specs+=("$(basename "$spec" .spec)")
    done
    run "$pgxs/../test/isolation/pg_isolation_regress" --inputdir="$work/isolation" \
        --outputdir="$work/run/isolation" --temp-instance="$work/run/isolation-instance" "${specs[@]}"
}

run() {
    local program=$1
    shift
    # Sockets under the working directory would have too long a name: TMPDIR.
    walferry_unprivileged env -C "$work/run" -u PGHOST -u PGPORT -u PGUSER -u PGDATABASE \
        LANG=C.UTF-8 HOME="$work/run" PATH="$work/server/bin:$PATH" \
        "$program" --bindir="$work/server/bin" --temp-config="$work/postgresql.conf" \
        --port="$(free_port)" "$@"
}

# The server listens on a socket only, so the number just names the socket.
free_port() {
    echo $((40000 + RANDOM % 20000))
}

keep_results() {
    local kind
    mkdir -p "$top/build/regress"
    for kind in regress isolation; do
        rm -rf "$top/build/regress/$kind"
        if [ -d "$work/run/$kind" ]; then
            cp -r "$work/run/$kind" "$top/build/regress/$kind"
        fi
        if [ -s "$work/run/$kind/regression.diffs" ]; then
            cat "$work/run/$kind/regression.diffs"
        fi
    done
}

clean_up() {
    rm -rf "$work"
}

main "$@"
