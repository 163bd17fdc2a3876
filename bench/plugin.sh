#!/bin/bash
#
# plugin.sh
#		What a row costs the walsender: walferry beside the other output plugins.
#
# A throwaway server writes the WAL of a workload once; then two plugins decode
# it one right after the other, REPS times, taking turns in who is first.
# Machines have quiet and busy minutes, so what carries over is the ratio within
# such a pair.  Prints, per pair, CPU microseconds of the walsender a row (user
# and system), bytes sent a row, and the ratio, as medians with the least, the
# quartiles and the greatest.
#
# The workloads, b to f, are those of workloads.sh.
#
# Environment:
#   SCALE      1 means 1,000,000 rows in b and d, 500,000 in c, 50,000 in e,
#              20,000 in f                                       (default 0.3)
#   REPS       how often each pair is run                        (default 7)
#   WORKLOADS  which, e.g. "b c"                                 (default "b c d e f")
#   PAIRS      which, e.g. "frame/pgoutput-binary envelope/wal2json"; plugins are
#              frame frame-schemas (inline schemas for keys and values) envelope
#              pgoutput-binary pgoutput-text wal2json (format 2) decoderbufs test_decoding
#              (default "frame/pgoutput-binary frame/wal2json frame-schemas/frame")
#   GATE       1: exit 1 if a goal that was measured is missed (the goals stand in
#              summary.awk)
#   WORK_MEM   logical_decoding_work_mem                         (default 64MB)
#   OUT        also write every run to this file, tab separated
#   WALFERRY_SO  measure this library instead of building plugin/
#   KEEP       1: leave the server's directory
#
# As root everything of the server runs as nobody.
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

SCALE=${SCALE:-0.3}
REPS=${REPS:-7}
WORKLOADS=${WORKLOADS:-b c d e f}
PAIRS=${PAIRS:-frame/pgoutput-binary frame/wal2json frame-schemas/frame}

case ${1:-} in
    '') ;;
    *)
        sed -n '3,/^set -/{s/^# \{0,1\}//p}' "$0"
        exit "$WALFERRY_EXIT_USAGE"
        ;;
esac
case $REPS in
    '' | *[!0-9]* | 0) walferry_die "REPS=$REPS is not a number of rounds (1 or more)" ;;
esac

# run WORKLOAD PAIR ROUND PLUGIN END: writes a "workload pair round plugin rows cpu_ns bytes" line.
run()
{
    bench_drain "$4" "$5" | awk -v OFS='\t' -v workload="$1" -v pair="$2" -v round="$3" \
        -v plugin="$4" -v rows="$(bench_rows "$1")" '
        {
            for (i = 1; i <= NF; i++) { split($i, field, "="); value[field[1]] = field[2] }
            print workload, pair, round, plugin, rows, value["cpu_ns"], value["bytes"]
        }'
}

# measure WORKLOAD: writes the lines of all its runs.
measure()
{
    local workload=$1 round end pair first second
    bench_prepare "$workload"
    # shellcheck disable=SC2046 # one word per library
    bench_slots $(bench_libraries "${plugins[@]}")
    walferry_note "workload $workload: writing $(bench_rows "$workload") rows …"
    bench_load "$workload"
    end=$(bench_end)
    # brings the WAL into the page cache
    bench_drain "${plugins[0]}" "$end" >/dev/null
    for ((round = 1; round <= REPS; round++))
    do
        walferry_note "workload $workload: round $round of $REPS"
        for pair in "${pairs[@]}"
        do
            first=${pair%/*}
            second=${pair#*/}
            if ((round % 2 == 0))
            then
                first=${pair#*/}
                second=${pair%/*}
            fi
            run "$workload" "$pair" "$round" "$first" "$end"
            run "$workload" "$pair" "$round" "$second" "$end"
        done
    done
}

for workload in $WORKLOADS
do
    bench_rows "$workload" >/dev/null
done
read -ra pairs <<<"$PAIRS"
for pair in "${pairs[@]}"
do
    case $pair in
        *?/?*) ;;
        *) walferry_die "\"$pair\" is not a pair; write PLUGIN/PLUGIN" ;;
    esac
done
read -ra plugins <<<"${PAIRS//\// }"
bench_start "${plugins[@]}"
walferry_note "making source rows …"
bench_make_sources
for workload in $WORKLOADS
do
    measure "$workload" >>"$BENCH_DIR/runs.tsv"
done
if [ -n "${OUT:-}" ]
then
    cp "$BENCH_DIR/runs.tsv" "$OUT"
fi
awk -v server="$("$BENCH_BIN/postgres" --version)" -v pairs="$PAIRS" -v workloads="$WORKLOADS" \
    -v gate="${GATE:-0}" -f "$here/summary.awk" "$BENCH_DIR/runs.tsv"
