#!/bin/bash
#
# source.sh
#		What it costs to bring changes from the WAL to Kafka: walferry with either plugin,
#		beside Debezium, over the same WAL.
#
# Three slots are made (walferry; pgoutput for walferry; pgoutput for Debezium), then a
# workload is written, then each is drained in turn, REPS times from a copy of its slot,
# while walsender and reader are watched: events a second, and CPU seconds of both
# (/proc/PID/stat, user and system). Prints medians, and ratios to Debezium's.
#
# Kafka: one broker on this machine, one partition, acks=all, the same compression for
# all, schemas off. It shares the cores, so events a second are lower than with a broker
# elsewhere; its own CPU is not counted. The time runs from the first record at the broker to the last,
# so that no side pays for its start. Debezium runs in one Connect worker that has
# delivered a whole round before it is measured, so its code is compiled; the worker's
# CPU counts from when the slot is taken. walferry's counts from the start of the process.
#
# Null sink: sink=stdout into /dev/null. walferry has no sink that throws records away,
# because a setting that loses data is one too many; what is measured includes the
# printing of each record as a line of JSON; the time runs from when the slot is taken
# to the last write. Debezium in Kafka Connect has no such thing:
# it is measured with Kafka only.
#
# The workloads, b to f, are those of workloads.sh.
#
# Environment:
#   SCALE      as in plugin.sh                                    (default 0.3)
#   REPS       how often each slot is drained into each sink      (default 3)
#   WORKLOADS  which, e.g. "b c"                                  (default "b c")
#   SIDES      which of walferry pgoutput debezium                (default: all)
#   SINKS      which of null kafka                                (default: both)
#   SCHEMAS    1: inline schemas in keys and values
#   COMPRESSION  none, lz4, …                                     (default lz4)
#   OUT        also write every run to this file, tab separated
#   WALFERRY_KEEP  1: leave the run's directory
#
# As root everything of the servers runs as nobody.
#
# SPDX-License-Identifier: Apache-2.0
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=../regress/lib/install.sh
. "$here/../regress/lib/install.sh"

if [ $# -gt 0 ]
then
    sed -n '3,/^set -/{s/^# \{0,1\}//p}' "$0"
    exit "$WALFERRY_EXIT_USAGE"
fi
parts=(build kafka python)
case "${SIDES:-debezium}" in
    *debezium*) parts+=(debezium) ;;
esac
if [ "${BENCH_NO_INSTALL:-}" ]
then
    walferry_install --no-install "${parts[@]}"
else
    walferry_install "${parts[@]}"
fi
PG_CONFIG=$(walferry_pg_config)
export PG_CONFIG
make -s -C "$WALFERRY_ROOT" -j2 plugin shipper >&2
PYTHONDONTWRITEBYTECODE=1 exec "$(walferry_python)" "$here/source.py"
