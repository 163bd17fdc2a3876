#!/bin/bash
#
# memory.sh
#		What a huge transaction costs the walsender in memory: walferry beside pgoutput.
#
# One transaction of ROWS rows is written, then decoded by each plugin in a
# walsender of its own.  Prints the highest RssAnon (memory that is the process's
# own) and, for walferry, what it is above pgoutput's.
#
# Environment:
#   ROWS      of the transaction                        (default 5000000)
#   PLUGINS   default "pgoutput-text pgoutput-binary frame"; the first is compared with
#   GATE      1: exit 1 if frame needs more than 32 MiB above the first
#   WORK_MEM, WALFERRY_SO, KEEP: as in plugin.sh
#
# SPDX-License-Identifier: Apache-2.0
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=../regress/lib/install.sh
. "$here/../regress/lib/install.sh"
# shellcheck source=server.sh
. "$here/server.sh"

ROWS=${ROWS:-5000000}
PLUGINS=${PLUGINS:-pgoutput-text pgoutput-binary frame}
LIMIT_KB=$((32 * 1024))

if [ $# -gt 0 ]
then
    sed -n '3,/^set -/{s/^# \{0,1\}//p}' "$0"
    exit "$WALFERRY_EXIT_USAGE"
fi
read -ra chosen <<<"$PLUGINS"
bench_start "${chosen[@]}"
bench_sql -c 'CREATE TABLE movement (
    id bigint PRIMARY KEY, item integer NOT NULL, quantity numeric(12,3), moved timestamptz, remark text)'
# shellcheck disable=SC2046 # one word per library
bench_slots $(bench_libraries "${chosen[@]}")
walferry_note "writing one transaction of $ROWS rows …"
bench_sql -c "INSERT INTO movement
    SELECT i, i % 1000, (i % 9973) / 8.0, timestamptz '2024-01-01 00:00:00+00' + i * interval '1 s', 'movement ' || i
    FROM generate_series(1, $ROWS) AS i"
end=$(bench_end)

printf '%-16s %12s %14s %10s %12s\n' plugin 'peak MiB' "above first" 'CPU s' 'MB sent'
first_kb=
failed=0
for plugin in "${chosen[@]}"
do
    walferry_note "decoding with $plugin …"
    line=$(bench_drain "$plugin" "$end")
    peak_kb=${line##*anon_peak_kb=}
    peak_kb=${peak_kb%% *}
    first_kb=${first_kb:-$peak_kb}
    awk -v plugin="$plugin" -v peak="$peak_kb" -v first="$first_kb" '
    {
        for (i = 1; i <= NF; i++) { split($i, pair, "="); value[pair[1]] = pair[2] }
        printf "%-16s %12.1f %14.1f %10.1f %12.1f\n", plugin, peak / 1024, (peak - first) / 1024,
            value["cpu_ns"] / 1e9, value["bytes"] / 1e6
    }' <<<"$line"
    if [ "$plugin" = frame ] && [ $((peak_kb - first_kb)) -gt "$LIMIT_KB" ]
    then
        failed=1
    fi
done
if [ "$failed" = 1 ]
then
    echo "goal: frame at most 32 MiB above ${chosen[0]}: MISSED"
    [ "${GATE:-0}" != 1 ] || exit 1
fi
