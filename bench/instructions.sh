#!/bin/bash
#
# instructions.sh
#		What a row costs the walsender in instructions, counted by callgrind.
#
# Times move with whatever else a machine does; the instructions that a walsender
# executes outside of the kernel hardly do.  So this shows what a change of the
# row path does, where bench/plugin.sh shows what that is worth in the end.
# Counted is what decodes records and what comes of it
# (LogicalDecodingProcessRecord() in the server); reading the WAL and starting the
# session are the same for all plugins.  Not in it: the kernel's work, which is
# mostly sending, and that an instruction may take long.  A copy of some kilobytes
# counts an instruction a byte (rep movsb), which it is not.
#
# Environment:
#   SCALE      as for bench/plugin.sh                            (default 0.05)
#   WORKLOADS  which, e.g. "b c"                                 (default "b c d e")
#   PLUGINS    which, e.g. "frame envelope"     (default "frame pgoutput-binary")
#   WALFERRY_SO  measure this library instead of building plugin/
#   KEEP       1: leave the server's directory, with callgrind's files in callgrind/
#
# SPDX-License-Identifier: Apache-2.0
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=../regress/lib/install.sh
. "$here/../regress/lib/install.sh"
# shellcheck source=server.sh
. "$here/server.sh"
# shellcheck source=workloads.sh
. "$here/workloads.sh"

SCALE=${SCALE:-0.05}
WORKLOADS=${WORKLOADS:-b c d e}
read -ra plugins <<<"${PLUGINS:-frame pgoutput-binary}"

case ${1:-} in
    '') ;;
    *)
        sed -n '3,/^set -/{s/^# \{0,1\}//p}' "$0"
        exit "$WALFERRY_EXIT_USAGE"
        ;;
esac

server()
{
    walferry_as_server_user "$BENCH_BIN/pg_ctl" -s -w -m fast -D "$BENCH_DIR/server/data" -l "$BENCH_DIR/server/log" "$1"
}

# Starts the server with every process under callgrind, which counts in walsenders only.
start_under_callgrind()
{
    local attempt
    walferry_as_server_user valgrind --quiet --tool=callgrind --trace-children=yes --collect-atstart=no \
        --toggle-collect=LogicalDecodingProcessRecord --callgrind-out-file="$BENCH_DIR/callgrind/%p" \
        "$BENCH_BIN/postgres" -D "$BENCH_DIR/server/data" >"$BENCH_DIR/callgrind.log" 2>&1 </dev/null &
    for ((attempt = 0; attempt < 120; attempt++))
    do
        bench_sql -c 'SELECT 1' >/dev/null 2>&1 && return 0
        sleep 0.5
    done
    walferry_die "the server did not start under valgrind: $(tail -n 5 "$BENCH_DIR/callgrind.log")"
}

# count PLUGIN END_LSN: prints the instructions of the walsender that has decoded up to there.
count()
{
    local line pid attempt
    line=$(bench_drain "$1" "$2")
    pid=${line##*pid=}
    for ((attempt = 0; attempt < 300; attempt++))
    do
        # written when the process ends
        grep -q '^totals:' "$BENCH_DIR/callgrind/$pid" 2>/dev/null && break
        sleep 0.2
    done
    awk '$1 == "totals:" { print $2 }' "$BENCH_DIR/callgrind/$pid"
}

if ! command -v valgrind >/dev/null
then
    walferry_die "valgrind is missing; regress/lib/install.sh test installs it"
fi
bench_start "${plugins[@]}"
mkdir -m 777 "$BENCH_DIR/callgrind"
bench_make_sources

printf 'instructions a row:\n'
for workload in $WORKLOADS
do
    bench_prepare "$workload"
    # shellcheck disable=SC2046 # one word per library
    bench_slots $(bench_libraries "${plugins[@]}")
    bench_load "$workload"
    end=$(bench_end)
    server stop
    start_under_callgrind
    for plugin in "${plugins[@]}"
    do
        instructions=$(count "$plugin" "$end")
        printf '%s  %-16s %8d\n' "$workload" "$plugin" $((instructions / $(bench_rows "$workload")))
    done
    server stop
    server start
done
