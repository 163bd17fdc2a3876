#!/bin/bash
#
# run.sh
#		The whole scenario on one machine: an inventory database on a throwaway
#		PostgreSQL, walferry's plugin and shipper, a real Kafka broker, and the
#		BigQuery emulator.
#
#		SOURCE=pgoutput demo/run.sh: the same with a server that is like Amazon RDS
#		(regress/lib/rds_like.sh) and so has no plugin of ours.
#
# Everything lives under one run directory and listens on 127.0.0.1 only.  No
# system directory is touched; only the installation of Debian packages needs
# root.  When root calls, servers and shipper run as nobody.
#
# SPDX-License-Identifier: Apache-2.0

set -uo pipefail

DEMO=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=../regress/lib/install.sh
. "$DEMO/../regress/lib/install.sh"
# shellcheck source=../regress/lib/stack.sh
. "$DEMO/../regress/lib/stack.sh"

RUN=${WALFERRY_RUN:-/tmp/walferry-demo-$(id -u)}
SOURCE=${SOURCE:-walferry}
EXIT_UNKNOWN_SOURCE=2
PREFIX=inventory
PROJECT=lab
DATASET=inventory
SERVICES=(shipper emulator kafka postgres)
KEEP=false
INSTALL=()
WORKLOAD=()
WORKLOAD_PID=
REPORT_PID=
STARTED_AT=$(date +%s)

usage()
{
    cat <<END
usage: [SOURCE=walferry|pgoutput] demo/run.sh [--keep] [--no-install] [--transactions N] [--rows N] [--seed N]
       demo/run.sh stop

Runs the scenario and prints what arrived where. Exit code 0: the counts of
PostgreSQL, Kafka and BigQuery are equal; 1: they are not, or something failed;
2: SOURCE is neither of the two; 69: something has to be installed first and could
not be.

  --keep              leave everything running afterwards; end it with "demo/run.sh stop"
  --no-install        never install anything
  --transactions N    length of the workload (2000), beside the large one
  --rows N            rows of the large transaction (100000)
  --seed N            another workload (42)

The run directory is ${RUN} (WALFERRY_RUN sets another).
SOURCE=walferry, the default, reads by the plugin. With SOURCE=pgoutput the database is
like Amazon RDS: it has no plugin of ours, lets clients in by TLS only, and the role that
captures owns nothing.
END
}

say()
{
    printf '[%3d s] %s\n' $(($(date +%s) - STARTED_AT)) "$*"
}

# Ends what was started here.
clean_up()
{
    trap '' INT TERM
    [ -z "$REPORT_PID" ] || kill "$REPORT_PID" 2>/dev/null
    [ -z "$WORKLOAD_PID" ] || kill "$WORKLOAD_PID" 2>/dev/null
    # services that are just being started in the background write their pid files first
    wait
    walferry_stop_all "$RUN"
}

remove_data()
{
    local service
    for service in "${SERVICES[@]}"
    do
        rm -rf "${RUN:?}/$service" "$RUN/$service.state" "$RUN/$service.exit" "$RUN/$service.start"
    done
    rm -rf "${RUN:?}/server" "$RUN/demo" "$RUN/walferry" "$RUN/emulator-launcher.py" \
        "$RUN/postgres-initdb.log" "$RUN/build.log"
}

remove_run_directory()
{
    remove_data
    rm -f "$RUN/running"
    rmdir "$RUN" 2>/dev/null
}

fail()
{
    local log
    printf '\nerror: %s\n' "$*" >&2
    for log in "$RUN/demo/workload.log" "$RUN/shipper/log" "$RUN/emulator/log" "$RUN/kafka/log" "$RUN/postgres/log"
    do
        if [ -s "$log" ]
        then
            printf '\nlast lines of %s:\n' "$log" >&2
            tail -n 8 "$log" | cut -c1-300 >&2
        fi
    done
    if ! $KEEP
    then
        clean_up
        printf '\nall was stopped; the logs are kept in %s until the next start\n' "$RUN" >&2
    else
        printf '\nwhat still runs was left running; end it with demo/run.sh stop\n' >&2
    fi
    exit 1
}

any_service_runs()
{
    local service
    for service in "${SERVICES[@]}"
    do
        walferry_is_running "$RUN" "$service" && return 0
    done
    return 1
}

stop_demo()
{
    local pid started
    if read -r pid started 2>/dev/null <"$RUN/running" && [ "$(walferry_process_started "$pid")" = "$started" ]
    then
        # it ends its services itself
        kill "$pid"
        while [ "$(walferry_process_started "$pid")" = "$started" ]
        do
            sleep 0.1
        done
        echo "the demo in $RUN was stopped"
    elif ! any_service_runs
    then
        echo "no demo is running in $RUN"
    else
        walferry_stop_all "$RUN"
        echo "the demo in $RUN was stopped"
    fi
    [ ! -d "$RUN" ] || remove_run_directory
}

# start_in_background SERVICE NAME=VALUE…: its output goes to SERVICE.start.
start_in_background()
{
    local service=$1
    shift
    (walferry_start "$RUN" "$service" "$@") >"$RUN/$service.start" 2>&1 &
}

# wait_for_service SERVICE PID: the end of such a start.
wait_for_service()
{
    wait "$2" || { cat "$RUN/$1.start" >&2; fail "$1 did not start"; }
}

build()
{
    [ -w "$WALFERRY_ROOT" ] ||
        fail "$(id -un) cannot write to $WALFERRY_ROOT, where walferry is built; clone it to a place of your own"
    make -C "$WALFERRY_ROOT" -j2 PG_CONFIG="$PG_CONFIG" plugin shipper >"$RUN/build.log" 2>&1 ||
        { tail -n 30 "$RUN/build.log" >&2; fail "the build failed; its output is in $RUN/build.log"; }
}

# A later -U wins.
psql_here()
{
    "$(walferry_state "$RUN" postgres bin)/psql" -X -q -v ON_ERROR_STOP=1 \
        -h "$(walferry_state "$RUN" postgres socket_directory)" \
        -p "$(walferry_state "$RUN" postgres port)" -U postgres "$@"
}

is_like_rds()
{
    [ "$SOURCE" = pgoutput ]
}

# The role whose the tables are.
owner()
{
    if is_like_rds
    then
        echo master
    else
        echo postgres
    fi
}

owner_password()
{
    if is_like_rds
    then
        walferry_state "$RUN" postgres master_password
    else
        walferry_state "$RUN" postgres password
    fi
}

create_inventory()
{
    psql_here -d postgres -c "CREATE DATABASE inventory OWNER $(owner)" ||
        fail "the inventory database could not be made"
    psql_here -U "$(owner)" -d inventory -f - <"$DEMO/inventory.sql" ||
        fail "the inventory's tables could not be made"
    if is_like_rds
    then
        SHIPPER_PASSWORD=$(walferry_state "$RUN" postgres capture_password)
        # By the tables' owner and by name, as docs/operations.md has it: the role that captures then
        # needs no right on the database or a table, no table without a replica identity gets in by
        # chance, and what is published is changed by those whose tables they are.
        psql_here -U "$(owner)" -d inventory -c "CREATE PUBLICATION inventory FOR TABLE
            products, customers, orders, order_lines, stock_movements" ||
            fail "the publication could not be made"
    else
        # all that the shipper needs: to read the slot, and to look at the catalogue
        psql_here -d inventory -c "CREATE EXTENSION walferry" \
            -c "CREATE ROLE shipper LOGIN REPLICATION PASSWORD '$SHIPPER_PASSWORD'" ||
            fail "the extension or the shipper's role could not be made"
    fi
}

# How the shipper comes to its source. disabled: whoever drops the publication is to learn it, not to find
# another one made in its place.
source_settings()
{
    if is_like_rds
    then
        cat <<END
plugin.name=pgoutput
publication.name=inventory
publication.autocreate.mode=disabled
database.hostname=$(walferry_state "$RUN" postgres tls_host)
database.sslmode=verify-full
database.sslrootcert=$(walferry_state "$RUN" postgres authority)
database.user=capture
END
    else
        cat <<END
plugin.name=walferry
database.hostname=127.0.0.1
database.user=shipper
END
    fi
}

# BigQuery's history is to be true: nothing skipped, no NULL replaced (Debezium's defaults do both).
shipper_settings()
{
    cat <<END
topic.prefix=$PREFIX
$(source_settings)
slot.name=walferry_demo
database.port=$(walferry_state "$RUN" postgres port)
database.password=$SHIPPER_PASSWORD
database.dbname=inventory
snapshot.mode=no_data
delivery.guarantee=at-least-once
skipped.operations=none
key.converter.schemas.enable=false
value.converter.schemas.enable=false
kafka.bootstrap.servers=$(walferry_state "$RUN" kafka bootstrap)
bigquery.project=$PROJECT
bigquery.dataset=$DATASET
bigquery.endpoint=$(walferry_state "$RUN" emulator endpoint)
bigquery.grpc.endpoint=$(walferry_state "$RUN" emulator grpc_endpoint)
bigquery.flush.interval.ms=1000
END
}

# What is committed before the slot is there would not be seen.
wait_for_slot()
{
    walferry_wait 30 "$RUN" shipper slot_is_active || fail "the shipper did not begin to read its slot"
}

slot_is_active()
{
    [ "$(psql_here -d inventory -A -t -c "SELECT active FROM pg_replication_slots WHERE slot_name = 'walferry_demo'")" = t ]
}

# The programs of the demo are run as the servers' user, who may be unable to read the tree.
copy_programs()
{
    (umask 022 && mkdir -p "$RUN/demo" && cp "$DEMO/workload.py" "$DEMO/report.py" "$RUN/demo/") ||
        fail "cannot write to $RUN"
    if walferry_is_root
    then
        chown "$(id -u nobody):$(id -g nobody)" "$RUN/demo"
    fi
}

start_workload()
{
    local drop
    mapfile -t drop < <(walferry_drop_root)
    : >"$RUN/demo/workload.log"
    "${drop[@]}" env HOME="$RUN/demo" PYTHONDONTWRITEBYTECODE=1 \
        PGPASSWORD="$(owner_password)" "$PYTHON" "$RUN/demo/workload.py" \
        --dsn "host=127.0.0.1 port=$(walferry_state "$RUN" postgres port) user=$(owner) dbname=inventory" \
        --counts "$RUN/demo/counts.json" "${WORKLOAD[@]}" >>"$RUN/demo/workload.log" 2>&1 &
    WORKLOAD_PID=$!
}

# In the background, because a trap waits for the end of what is in the foreground.
report()
{
    local drop status=0
    mapfile -t drop < <(walferry_drop_root)
    "${drop[@]}" env HOME="$RUN/demo" PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 \
        "$PYTHON" "$RUN/demo/report.py" --counts "$RUN/demo/counts.json" \
        --bootstrap "$(walferry_state "$RUN" kafka bootstrap)" --prefix "$PREFIX" \
        --endpoint "$(walferry_state "$RUN" emulator endpoint)" --project "$PROJECT" --dataset "$DATASET" \
        --shipper-pid "$(walferry_pid "$RUN" shipper)" --workload-pid "$WORKLOAD_PID" &
    REPORT_PID=$!
    wait "$REPORT_PID" || status=$?
    REPORT_PID=
    return $status
}

how_to_look_further()
{
    local bootstrap
    bootstrap=$(walferry_state "$RUN" kafka bootstrap)
    cat <<END

  Look further:
    the events      kcat -C -e -q -b $bootstrap -t $PREFIX.public.products -o -1 -c 1 | python3 -m json.tool
    with headers    kcat -C -e -q -b $bootstrap -t $PREFIX.public.order_lines -o -5 -f '%t[%p]@%o %h %k\n'
    the database    psql -h $RUN/postgres -p $(walferry_state "$RUN" postgres port) -U postgres inventory
    BigQuery        curl -s -H 'content-type: application/json' \\
                        $(walferry_state "$RUN" emulator endpoint)/bigquery/v2/projects/$PROJECT/queries -d '{"useLegacySql": false,
                        "query": "SELECT _op, _commit_ts, status, total FROM $DATASET.orders__history WHERE id = 7 ORDER BY _position"}'
    the shipper     curl -s $(walferry_state "$RUN" shipper url)/status; its log is $RUN/shipper/log,
                    its settings are $RUN/shipper/shipper.properties
END
}

run_demo()
{
    local kafka_start emulator_start how=()
    case $SOURCE in
        walferry) ;;
        pgoutput) how=(@like=rds) ;;
        *)
            echo "SOURCE is \"$SOURCE\", but it takes walferry (the default) or pgoutput" >&2
            exit "$EXIT_UNKNOWN_SOURCE"
            ;;
    esac
    walferry_check_user
    walferry_install "${INSTALL[@]}" build kafka python
    PG_CONFIG=$(walferry_pg_config) || walferry_die "there is no PostgreSQL server with its headers"
    PYTHON=$(walferry_python) || walferry_die "the Python venv is not complete"
    SHIPPER_PASSWORD=$(walferry_random_word)

    walferry_run_directory "$RUN"
    exec 8>>"$RUN/running"
    if ! flock -n 8 || any_service_runs
    then
        walferry_die "a demo is running already in $RUN; end it with demo/run.sh stop, or set WALFERRY_RUN to run another"
    fi
    printf '%s %s\n' "$$" "$(walferry_process_started "$$")" >"$RUN/running"
    remove_data
    trap 'echo >&2; clean_up; remove_run_directory; exit 130' INT
    trap 'clean_up; remove_run_directory; exit 143' TERM

    say "building walferry; starting Kafka $WALFERRY_KAFKA_VERSION and the BigQuery emulator meanwhile"
    start_in_background kafka log.message.timestamp.type=LogAppendTime @jvm=-XX:TieredStopAtLevel=1 8>&-
    kafka_start=$!
    start_in_background emulator 8>&-
    emulator_start=$!
    build
    say "starting PostgreSQL $("$PG_CONFIG" --version | cut -d ' ' -f 2) with the inventory database"
    (walferry_start "$RUN" postgres "@pg_config=$PG_CONFIG" "${how[@]}") 8>&- || fail "PostgreSQL did not start"
    create_inventory
    wait_for_service kafka "$kafka_start"
    wait_for_service emulator "$emulator_start"
    copy_programs
    say "starting the shipper: PostgreSQL ($SOURCE) → Kafka at $(walferry_state "$RUN" kafka bootstrap) → BigQuery at $(walferry_state "$RUN" emulator endpoint)"
    mapfile -t settings < <(shipper_settings)
    (walferry_start "$RUN" shipper "${settings[@]}") 8>&- || fail "the shipper did not start"
    wait_for_slot

    say "the shop opens: inserts, updates, deletes, key changes, rollbacks, one large transaction"
    start_workload
    report || fail "PostgreSQL, Kafka and BigQuery do not agree (see above)"
    say "PostgreSQL, Kafka and BigQuery agree"
    if $KEEP
    then
        how_to_look_further
        printf '\n  It all stays running; end it with demo/run.sh stop\n'
    else
        # servers that are gone in a moment are not worth an address
        printf '\n  To look further run demo/run.sh --keep: it leaves everything running and prints the commands for it\n'
        clean_up
        remove_run_directory
    fi
}

COUNT=$#
while [ $# -gt 0 ]
do
    case $1 in
        --keep) KEEP=true ;;
        --no-install) INSTALL=(--no-install) ;;
        --transactions | --rows | --seed)
            case ${2:-} in
                '' | *[!0-9]*)
                    echo "$1 needs a number" >&2
                    exit "$WALFERRY_EXIT_USAGE"
                    ;;
            esac
            WORKLOAD+=("$1" "$2")
            shift
            ;;
        stop)
            if [ "$COUNT" -ne 1 ]
            then
                echo "stop stands alone" >&2
                exit "$WALFERRY_EXIT_USAGE"
            fi
            stop_demo
            exit 0
            ;;
        -h | --help)
            usage
            exit 0
            ;;
        *)
            usage >&2
            exit "$WALFERRY_EXIT_USAGE"
            ;;
    esac
    shift
done
run_demo
