#!/bin/bash
#
# valgrind.sh
#		Does the plugin leak?  Memory of the walsender after N and after 2N rows must be the same.
#
# The workload has what could leave something behind: many transactions, a
# table altered again and again in mid-stream (each time another plan),
# tables that come and go, rolled-back subtransactions, large values, truncate,
# messages.  It is decoded in each output, twice:
#
#   rss       in an ordinary walsender, ROWS and 2 × ROWS; its own memory (RssAnon)
#             at the end may grow by at most GROWTH_KB more than with test_decoding,
#             which shows what the server's own caches take.  Plans of up to 256 dropped
#             tables may lie in the plugin's cache before it looks for them
#             (SWEEP_ENTRIES_MIN), so the tables must come and go more often than that
#   valgrind  in a walsender under memcheck, VALGRIND_ROWS and twice as many; bytes
#             definitely lost may not grow, and no report may name walferry.so
#
# Environment: ROWS (default 100000), VALGRIND_ROWS (2000), ROUNDS (300, how often tables change), GROWTH_KB (4096),
# PARTS ("rss valgrind"), WALFERRY_SO, KEEP.  Not part of `make check`: takes minutes.
#
# SPDX-License-Identifier: Apache-2.0
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=lib/install.sh
. "$here/lib/install.sh"
# shellcheck source=../bench/server.sh
. "$here/../bench/server.sh"

ROWS=${ROWS:-100000}
VALGRIND_ROWS=${VALGRIND_ROWS:-2000}
GROWTH_KB=${GROWTH_KB:-4096}
ROUNDS=${ROUNDS:-300}
PARTS=${PARTS:-rss valgrind}
OUTPUTS="envelope record frame"
failed=0

# One round of the workload: about $1 rows.
workload()
{
    local rows=$1 rounds=$ROUNDS round
    for ((round = 0; round < rounds; round++))
    do
        cat <<SQL
INSERT INTO steady SELECT nextval('ids'), md5(i::text), i * 1.25, now(), jsonb_build_object('n', i), ARRAY[i, NULL]
    FROM generate_series(1, $((rows / rounds / 2))) i;
UPDATE steady SET name = name || 'x' WHERE id % 4 = $((round % 4)) AND id > (SELECT max(id) FROM steady) - $((rows / rounds / 4));
ALTER TABLE changing ADD COLUMN c$round integer DEFAULT 1;
INSERT INTO changing (id) SELECT i FROM generate_series(1, $((rows / rounds / 8))) i;
ALTER TABLE changing DROP COLUMN c$round;
DELETE FROM changing;
CREATE TABLE passing (id integer PRIMARY KEY, v text);
INSERT INTO passing SELECT i, repeat('y', 100) FROM generate_series(1, $((rows / rounds / 8))) i;
UPDATE passing SET id = id + 1000000;
TRUNCATE passing;
DROP TABLE passing;
BEGIN;
SAVEPOINT a;
INSERT INTO steady (id) SELECT nextval('ids') FROM generate_series(1, 50);
ROLLBACK TO a;
INSERT INTO large VALUES ($round, repeat(md5('$round'), 40000)) ON CONFLICT (id) DO UPDATE SET v = excluded.v;
COMMIT;
SELECT pg_logical_emit_message(true, 'test', repeat('m', 1000));
SQL
    done
}

# run ROWS: writes the workload behind new slots; prints the LSN behind it.
write_workload()
{
    bench_slots walferry test_decoding
    workload "$1" | bench_sql -f - >/dev/null
    bench_end
}

# value NAME LINE: the number of drain's NAME=number.
value()
{
    local rest=${2##*"$1"=}
    printf '%s\n' "${rest%% *}"
}

# decode OUTPUT END_LSN
decode()
{
    if [ "$1" = test_decoding ]
    then
        bench_drain "$1" "$2"
        return
    fi
    "$BENCH_DIR/drain" "$BENCH_CONNINFO replication=database options=-cclient_min_messages=error" walferry "$2" \
        "(\"output\" '$1', \"topic.prefix\" 'bench', \"skipped.operations\" 'none')"
}

complain()
{
    printf 'FAILED: %s\n' "$*"
    failed=1
}

part_rss()
{
    local output end growth allowed=0
    declare -A first last
    end=$(write_workload "$ROWS")
    for output in test_decoding $OUTPUTS
    do
        first[$output]=$(value anon_end_kb "$(decode "$output" "$end")")
    done
    # the slots still begin where they did: the second decoding reads both rounds
    workload "$ROWS" | bench_sql -f - >/dev/null
    end=$(bench_end)
    for output in test_decoding $OUTPUTS
    do
        last[$output]=$(value anon_end_kb "$(decode "$output" "$end")")
        growth=$((last[$output] - first[$output]))
        printf 'rss      %-13s %8d rows: %6d kB   %8d rows: %6d kB   %+d\n' "$output" "$ROWS" "${first[$output]}" \
            $((2 * ROWS)) "${last[$output]}" "$growth"
        if [ "$output" = test_decoding ]
        then
            allowed=$(((growth > 0 ? growth : 0) + GROWTH_KB))
        elif [ "$growth" -gt "$allowed" ]
        then
            complain "output $output: the walsender's memory grew by $growth kB from $ROWS to $((2 * ROWS)) rows"
        fi
    done
}

# Restarts the server with every process under memcheck.
start_under_valgrind()
{
    local attempt
    walferry_as_server_user "$BENCH_BIN/pg_ctl" -s -w -m fast -D "$BENCH_DIR/server/data" stop
    mkdir -m 777 "$BENCH_DIR/valgrind"
    walferry_as_server_user valgrind --quiet --trace-children=yes --leak-check=full --show-leak-kinds=definite \
        --errors-for-leak-kinds=none --num-callers=30 --suppressions="$here/valgrind.supp" \
        --log-file="$BENCH_DIR/valgrind/%p.log" "$BENCH_BIN/postgres" -D "$BENCH_DIR/server/data" \
        >"$BENCH_DIR/valgrind.out" 2>&1 </dev/null &
    for ((attempt = 0; attempt < 120; attempt++))
    do
        bench_sql -c 'SELECT 1' >/dev/null 2>&1 && return 0
        sleep 0.5
    done
    walferry_die "the server did not start under valgrind: $(tail -n 5 "$BENCH_DIR/valgrind.out")"
}

# under_memcheck OUTPUT END_LSN: prints the walsender's pid once its log is complete.
under_memcheck()
{
    local line pid attempt
    line=$(decode "$1" "$2")
    pid=$(value pid "$line")
    for ((attempt = 0; attempt < 100; attempt++))
    do
        [ -e "/proc/$pid" ] || break
        sleep 0.2
    done
    printf '%s\n' "$pid"
}

# Bytes definitely lost, summed over the loss records of one log.
lost_bytes()
{
    awk '/ bytes in .* definitely lost in loss record / { gsub(/,/, ""); sum += $2 } END { print sum + 0 }' "$1"
}

part_valgrind()
{
    # memcheck is slow, and does not mind the cache
    local output end once twice pid ROUNDS=20
    declare -A first
    end=$(write_workload "$VALGRIND_ROWS")
    start_under_valgrind
    for output in $OUTPUTS
    do
        pid=$(under_memcheck "$output" "$end")
        first[$output]=$(lost_bytes "$BENCH_DIR/valgrind/$pid.log")
    done
    workload "$VALGRIND_ROWS" | bench_sql -f - >/dev/null
    end=$(bench_end)
    for output in $OUTPUTS
    do
        pid=$(under_memcheck "$output" "$end")
        once=${first[$output]}
        twice=$(lost_bytes "$BENCH_DIR/valgrind/$pid.log")
        printf 'valgrind %-9s %8d rows: %6d bytes lost   %8d rows: %6d bytes lost\n' "$output" "$VALGRIND_ROWS" "$once" \
            $((2 * VALGRIND_ROWS)) "$twice"
        [ "$twice" -le "$once" ] || complain "output $output: bytes definitely lost grew from $once to $twice"
    done
    if grep -l 'walferry\.so' "$BENCH_DIR"/valgrind/*.log
    then
        grep -h -B 20 -A 10 'walferry\.so' "$BENCH_DIR"/valgrind/*.log | head -n 100
        complain "memcheck's reports name walferry.so (above)"
    fi
}

walferry_install test
bench_start frame
bench_sql <<'SQL'
CREATE SEQUENCE ids;
CREATE TABLE steady (id bigint PRIMARY KEY, name text, amount numeric(12,2), at timestamptz, doc jsonb, list integer[]);
CREATE TABLE changing (id integer PRIMARY KEY);
CREATE TABLE large (id integer PRIMARY KEY, v text);
ALTER TABLE large ALTER v SET STORAGE EXTERNAL;
SQL
for part in $PARTS
do
    case $part in
        rss) part_rss ;;
        valgrind) part_valgrind ;;
        *) walferry_die "unknown part \"$part\"; there are rss and valgrind" ;;
    esac
done
[ "$failed" = 0 ] && echo "no growth"
exit "$failed"
