# shellcheck shell=bash
#
# server.sh
#		What the scripts of bench/ share: a throwaway server whose WAL is read
#		again and again, and the table of the plugins that read it.
#
# Sourced.  The caller has sourced regress/lib/install.sh (common.sh with it)
# and set `set -euo pipefail`.
#
# SPDX-License-Identifier: Apache-2.0

# Every plugin the scripts know.
BENCH_ALL_PLUGINS="pgoutput-binary pgoutput-text frame frame-schemas envelope wal2json decoderbufs test_decoding"

# What the shipper asks for, but for inline schemas.
BENCH_FRAME_VERSION=$(sed -n 's/^#define WF_FRAME_VERSION \([0-9]*\).*/\1/p' "$WALFERRY_ROOT/envelope/frame.h")
BENCH_FRAME_OPTIONS="\"output\" 'frame', \"frame.version\" '$BENCH_FRAME_VERSION', \"topic.prefix\" 'bench', \"skipped.operations\" 'none'"

# bench_plugin NAME: prints the library, a tab and the START_REPLICATION options.
bench_plugin()
{
    case $1 in
        frame) printf 'walferry\t(%s)\n' "$BENCH_FRAME_OPTIONS" ;;
        frame-schemas) printf 'walferry\t(%s)\n' "$BENCH_FRAME_OPTIONS, \"schemas.enable\" 'true'" ;;
        envelope) printf 'walferry\t(%s)\n' "\"output\" 'envelope', \"topic.prefix\" 'bench'" ;;
        pgoutput-text) printf 'pgoutput\t(%s)\n' "proto_version '1', publication_names 'bench'" ;;
        pgoutput-binary) printf 'pgoutput\t(%s)\n' "proto_version '1', publication_names 'bench', binary 'true'" ;;
        wal2json) printf 'wal2json\t(%s)\n' "\"format-version\" '2'" ;;
        decoderbufs) printf 'decoderbufs\t\n' ;;
        test_decoding) printf 'test_decoding\t\n' ;;
        *) walferry_die "unknown plugin \"$1\"; there are: $BENCH_ALL_PLUGINS" ;;
    esac
}

# Prints the libraries that the plugins need, each once.
bench_libraries()
{
    local plugin
    for plugin in "$@"
    do
        bench_plugin "$plugin" | cut -f 1
    done | sort -u
}

# bench_start PLUGIN…: builds what is needed and starts the server.  Sets BENCH_DIR, BENCH_BIN,
# BENCH_CONNINFO; bench_stop ends it.
bench_start()
{
    local pg_config parts=(build) owner libraries
    libraries=$(bench_libraries "$@")
    case $libraries in
        *wal2json* | *decoderbufs*) parts+=(peers) ;;
    esac
    if [ "${BENCH_NO_INSTALL:-}" ]
    then
        walferry_install --no-install "${parts[@]}"
    else
        walferry_install "${parts[@]}"
    fi
    pg_config=$(walferry_pg_config)
    BENCH_BIN=$("$pg_config" --bindir)

    BENCH_DIR=$(mktemp -d "${TMPDIR:-/tmp}/walferry-bench.XXXXXX")
    chmod 755 "$BENCH_DIR"
    trap bench_stop EXIT
    trap 'exit 130' INT TERM
    mkdir "$BENCH_DIR/server" "$BENCH_DIR/lib"
    case $libraries in
        *walferry*)
            if [ -n "${WALFERRY_SO:-}" ]
            then
                install -m 755 "$WALFERRY_SO" "$BENCH_DIR/lib/walferry.so"
            else
                make -s -C "$WALFERRY_ROOT/plugin" PG_CONFIG="$pg_config" >&2
                install -m 755 "$WALFERRY_ROOT/plugin/walferry.so" "$BENCH_DIR/lib/walferry.so"
            fi
            ;;
    esac
    "${CC:-cc}" -std=gnu11 -O2 -Wall -Wextra -Werror -I"$("$pg_config" --includedir)" \
        -o "$BENCH_DIR/drain" "$WALFERRY_ROOT/bench/drain.c" -L"$("$pg_config" --libdir)" -lpq

    if walferry_is_root
    then
        owner="$(id -u nobody):$(id -g nobody)"
        chown "$owner" "$BENCH_DIR/server"
    fi
    walferry_as_server_user "$BENCH_BIN/initdb" -D "$BENCH_DIR/server/data" -U postgres -A trust \
        --encoding=UTF8 --locale=C.UTF-8 --no-sync >"$BENCH_DIR/initdb.log" ||
        walferry_die "initdb failed, see $BENCH_DIR/initdb.log"
    # shellcheck disable=SC2016 # $1 is the inner shell's
    bench_settings | walferry_as_server_user sh -c 'cat >>"$1"' sh "$BENCH_DIR/server/data/postgresql.conf"
    walferry_as_server_user "$BENCH_BIN/pg_ctl" -s -w -D "$BENCH_DIR/server/data" -l "$BENCH_DIR/server/log" start ||
        walferry_die "the server did not start: $(tail -n 3 "$BENCH_DIR/server/log")"
    BENCH_CONNINFO="host=$BENCH_DIR/server user=postgres dbname=bench"
    "$BENCH_BIN/psql" -XqAt "host=$BENCH_DIR/server user=postgres dbname=postgres" -c 'CREATE DATABASE bench'
    bench_sql -c 'CREATE PUBLICATION bench FOR ALL TABLES'
}

# Nothing that would make the runs differ: no autovacuum, no checkpoint by time, no fsync.
bench_settings()
{
    cat <<SETTINGS
listen_addresses = ''
unix_socket_directories = '$BENCH_DIR/server'
wal_level = logical
fsync = off
synchronous_commit = off
shared_buffers = 512MB
max_wal_size = 64GB
checkpoint_timeout = 1d
autovacuum = off
jit = off
max_replication_slots = 20
max_wal_senders = 20
logical_decoding_work_mem = ${WORK_MEM:-64MB}
wal_sender_timeout = 10min
timezone = UTC
dynamic_library_path = '$BENCH_DIR/lib:\$libdir'
SETTINGS
    # the setting exists since the minors of August 2026; older servers refuse to start with it
    if "$BENCH_BIN/postgres" --describe-config | grep '^output_plugin_libraries' >/dev/null
    then
        echo "output_plugin_libraries = 'pgoutput, test_decoding, walferry, wal2json, decoderbufs'"
    fi
}

bench_stop()
{
    local status=$?
    trap - EXIT INT TERM
    if [ -e "$BENCH_DIR/server/data/postmaster.pid" ]
    then
        walferry_as_server_user "$BENCH_BIN/pg_ctl" -s -w -m immediate -D "$BENCH_DIR/server/data" stop || true
    fi
    if [ -n "${KEEP:-}" ]
    then
        walferry_note "kept: $BENCH_DIR"
    else
        rm -rf "$BENCH_DIR"
    fi
    exit "$status"
}

bench_sql()
{
    "$BENCH_BIN/psql" -XqAt -v ON_ERROR_STOP=1 "$BENCH_CONNINFO" "$@"
}

# bench_slots LIBRARY…: one new slot for each, at the present end of the WAL.
bench_slots()
{
    local library
    bench_sql -c 'SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots' >/dev/null
    for library in "$@"
    do
        bench_sql -c "SELECT pg_create_logical_replication_slot('$library', '$library')" >/dev/null ||
            walferry_die "the server does not take the plugin $library (above)"
    done
}

# Prints an LSN behind everything written so far, and sees to it that the WAL goes on beyond it.
bench_end()
{
    bench_sql -c 'SELECT pg_current_wal_insert_lsn()'
    bench_sql -c 'CHECKPOINT' -c 'SELECT pg_switch_wal()' -c 'CHECKPOINT' >/dev/null
}

# bench_drain PLUGIN END_LSN: prints drain's line.
bench_drain()
{
    local library options
    IFS=$'\t' read -r library options < <(bench_plugin "$1")
    "$BENCH_DIR/drain" "$BENCH_CONNINFO replication=database options=-cclient_min_messages=warning" "$library" "$2" "$options"
}

# bench_scaled ROWS: times SCALE.
bench_scaled()
{
    awk -v rows="$1" -v scale="$SCALE" 'BEGIN { n = int(rows * scale / 100) * 100; print n < 100 ? 100 : n }'
}
