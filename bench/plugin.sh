#!/bin/bash
#
# plugin.sh
#		What a row costs the walsender: walferry beside the other output plugins.
#
# A throwaway server writes the WAL of a workload once; then each plugin decodes
# it, in turn, REPS times.  Prints CPU seconds of the walsender per million
# rows and bytes sent per row: medians, the spread over the repeats, and the
# ratio to pgoutput binary, taken within each round of runs, because machines
# have quiet and busy minutes.
#
# Workloads: b  inserts of 12 columns, transactions of 100 rows
#            c  updates of such rows, REPLICA IDENTITY FULL
#            d  one transaction (beyond logical_decoding_work_mem, so it spills)
#
# Environment:
#   SCALE      1 means 1,000,000 rows in b and d, 500,000 in c   (default 0.3)
#   REPS       rounds                                            (default 5)
#   WORKLOADS  which, e.g. "b c"                                 (default "b c d")
#   PLUGINS    which of frame envelope pgoutput-text pgoutput-binary wal2json
#              decoderbufs test_decoding                         (default: all)
#   GATE       1: exit 1 if frame takes more than 0.7 of pgoutput binary's CPU on b
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

SCALE=${SCALE:-0.3}
REPS=${REPS:-5}
WORKLOADS=${WORKLOADS:-b c d}
PLUGINS=${PLUGINS:-$BENCH_ALL_PLUGINS}
GATE_RATIO=0.7

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

rows_of()
{
    case $1 in
        b | d) bench_scaled 1000000 ;;
        c) bench_scaled 500000 ;;
        *) walferry_die "unknown workload \"$1\"; there are b, c and d" ;;
    esac
}

# Empties and fills what the workload needs beforehand; not measured.
prepare()
{
    bench_sql -c 'TRUNCATE target' -c 'ALTER TABLE target REPLICA IDENTITY DEFAULT'
    if [ "$1" = c ]
    then
        bench_sql -c "INSERT INTO target SELECT * FROM source WHERE id <= $(rows_of c)" \
            -c 'ALTER TABLE target REPLICA IDENTITY FULL'
    fi
    bench_sql -c CHECKPOINT
}

load()
{
    case $1 in
        b) bench_sql -c "CALL insert_rows($(rows_of b))" ;;
        c) bench_sql -c "CALL update_rows($(rows_of c))" ;;
        d) bench_sql -c "INSERT INTO target SELECT * FROM source WHERE id <= $(rows_of d)" ;;
    esac
}

# measure WORKLOAD: writes "workload plugin round rows cpu_ns bytes wall_ns anon_peak_kb" lines.
measure()
{
    local workload=$1 rows round i plugin end line plugins
    rows=$(rows_of "$workload")
    read -ra plugins <<<"$PLUGINS"
    prepare "$workload"
    # shellcheck disable=SC2046 # one word per library
    bench_slots $(bench_libraries "${plugins[@]}")
    walferry_note "workload $workload: writing $rows rows …"
    load "$workload"
    end=$(bench_end)
    # brings the WAL into the page cache
    bench_drain "${plugins[0]}" "$end" >/dev/null
    for ((round = 1; round <= REPS; round++))
    do
        walferry_note "workload $workload: round $round of $REPS"
        for ((i = 0; i < ${#plugins[@]}; i++))
        do
            # each round begins with another plugin, so that none is always first
            plugin=${plugins[(i + round) % ${#plugins[@]}]}
            line=$(bench_drain "$plugin" "$end")
            printf '%s\n' "$line" | awk -v OFS='\t' -v workload="$workload" -v plugin="$plugin" \
                -v round="$round" -v rows="$rows" '
                {
                    for (i = 1; i <= NF; i++) { split($i, pair, "="); value[pair[1]] = pair[2] }
                    print workload, plugin, round, rows, value["cpu_ns"], value["bytes"],
                        value["wall_ns"], value["anon_peak_kb"]
                }'
        done
    done
}

for workload in $WORKLOADS
do
    rows_of "$workload" >/dev/null
done
read -ra chosen <<<"$PLUGINS"
bench_start "${chosen[@]}"
walferry_note "making $(bench_scaled 1000000) source rows …"
bench_sql -v rows="$(bench_scaled 1000000)" -f "$here/workloads.sql"
for workload in $WORKLOADS
do
    measure "$workload" >>"$BENCH_DIR/runs.tsv"
done
if [ -n "${OUT:-}" ]
then
    cp "$BENCH_DIR/runs.tsv" "$OUT"
fi
awk -v server="$("$BENCH_BIN/postgres" --version)" -v order="$PLUGINS" -v workloads="$WORKLOADS" \
    -v gate="${GATE:-0}" -v gate_ratio="$GATE_RATIO" -f "$here/summary.awk" "$BENCH_DIR/runs.tsv"
