# shellcheck shell=bash
#
# workloads.sh
#		The workloads of plugin.sh and instructions.sh: how many rows, and how they are written.
#
#	b  inserts of 12 columns, transactions of 100 rows
#	c  updates of such rows, REPLICA IDENTITY FULL
#	d  one transaction (beyond logical_decoding_work_mem, so it spills)
#	e  inserts of 100 columns, transactions of 100 rows
#	f  inserts of rows with 8.6 kB out of line, transactions of 100 rows
#
# Sourced, after server.sh.  The tables and procedures are those of workloads.sql.
#
# SPDX-License-Identifier: Apache-2.0

# bench_rows WORKLOAD: how many rows it has.
bench_rows()
{
    case $1 in
        b | d) bench_scaled 1000000 ;;
        c) bench_scaled 500000 ;;
        e) bench_scaled 50000 ;;
        f) bench_scaled 20000 ;;
        *) walferry_die "unknown workload \"$1\"; there are b, c, d, e and f" ;;
    esac
}

# bench_prepare WORKLOAD: empties and fills what it needs beforehand; not measured.
bench_prepare()
{
    bench_sql -c 'TRUNCATE target, wide_target, long_target' -c 'ALTER TABLE target REPLICA IDENTITY DEFAULT'
    if [ "$1" = c ]
    then
        bench_sql -c "INSERT INTO target SELECT * FROM source WHERE id <= $(bench_rows c)" \
            -c 'ALTER TABLE target REPLICA IDENTITY FULL'
    fi
    bench_sql -c CHECKPOINT
}

# bench_load WORKLOAD: writes its WAL.
bench_load()
{
    case $1 in
        b) bench_sql -c "CALL insert_rows('source', 'target', $(bench_rows b))" ;;
        c) bench_sql -c "CALL update_rows($(bench_rows c))" ;;
        d) bench_sql -c "INSERT INTO target SELECT * FROM source WHERE id <= $(bench_rows d)" ;;
        e) bench_sql -c "CALL insert_rows('wide_source', 'wide_target', $(bench_rows e))" ;;
        f) bench_sql -c "CALL insert_rows('long_source', 'long_target', $(bench_rows f))" ;;
    esac
}

# Makes tables, procedures, and the rows that workloads copy.
bench_make_sources()
{
    bench_sql -v rows="$(bench_rows b)" -v wide_rows="$(bench_rows e)" -v long_rows="$(bench_rows f)" \
        -f "$WALFERRY_ROOT/bench/workloads.sql"
}
