#!/bin/bash
#
# stack.sh
#		Throwaway PostgreSQL, Kafka, Debezium, BigQuery emulator and shipper, for tests and demo.
#
#		stack.sh SERVICE start DIR [NAME=VALUE…]
#		stack.sh SERVICE stop DIR [SIGNAL]
#		stack.sh SERVICE state DIR
#		stack.sh all stop DIR
#
# SERVICE: postgres, kafka, connect, emulator, shipper.  Can also be sourced, for walferry_start
# and walferry_stop.  stack.py offers the same to Python by calling this.
#
# DIR is the run directory.  What a service keeps is in DIR/SERVICE; what others
# need to know of it (port, pid, log, …) is in DIR/SERVICE.state, lines of
# NAME=VALUE, printed by start and state; DIR/SERVICE.exit has its exit code once
# it ended.  A start in a directory that was used before goes on with the data and
# ports that are there.
#
# NAME=VALUE are lines for the service's own configuration (postgresql.conf,
# server.properties, worker.properties, BQEMU_ variables); names with an @ are for this script:
#		postgres	@auth=scram|trust  @pg_config=PATH  @encoding=UTF8  @locale=C.UTF-8
#					@tls=1 (nothing else over TCP)  @like=rds (rds_like.sh)
#		kafka		@heap=SIZE  @jvm=OPTION
#		connect		@heap=SIZE (bootstrap.servers is needed)
#		emulator	@persistent=1
#		shipper		@binary=PATH  @config=FILE  @env=NAME=VALUE  @wait=ready|live|none
#		all			@port=NUMBER  @timeout=SECONDS
#
# Everything listens on 127.0.0.1 only.
#
# SPDX-License-Identifier: Apache-2.0

# shellcheck source=service.sh
. "$(dirname "${BASH_SOURCE[0]}")/service.sh"
# shellcheck source=server_copy.sh
. "$(dirname "${BASH_SOURCE[0]}")/server_copy.sh"
# shellcheck source=rds_like.sh
. "$(dirname "${BASH_SOURCE[0]}")/rds_like.sh"

WALFERRY_START_ATTEMPTS=5

# ---------------------------------------------------------------- PostgreSQL

# True if settings say that the server is to be like RDS.
walferry_is_like_rds()
{
    [ "$(walferry_setting @like "" "$@")" = rds ]
}

walferry_has_tls()
{
    [ -n "$(walferry_setting @tls "" "$@")" ] || walferry_is_like_rds "$@"
}

# Prints the bin directory of the server to start: a copy of the installed one with the plugin as it
# is built now, or with none where it is to be like RDS; where no plugin is built, the installed one itself.
walferry_postgres_bin()
{
    local directory=$1 pg_config
    shift
    pg_config=$(walferry_setting @pg_config "" "$@")
    if [ -z "$pg_config" ]
    then
        pg_config=$(walferry_pg_config) || walferry_die "there is no PostgreSQL server with its headers"
    fi
    if walferry_is_like_rds "$@"
    then
        (umask 022 && PG_CONFIG=$pg_config walferry_server_copy "$directory/server" without) ||
            walferry_die "PostgreSQL's files could not be copied to $directory/server"
        realpath "$directory/server/bin"
    elif [ -e "$WALFERRY_ROOT/plugin/walferry.so" ] && compgen -G "$WALFERRY_ROOT/sql/walferry--*.sql" >/dev/null
    then
        (umask 022 && PG_CONFIG=$pg_config walferry_server_copy "$directory/server") ||
            walferry_die "PostgreSQL's files could not be copied to $directory/server"
        realpath "$directory/server/bin"
    else
        "$pg_config" --bindir
    fi
}

# walferry_postgres_init DIR BIN PASSWORD NAME=VALUE…: initdb and the parts of the configuration
# that a new start does not change.
walferry_postgres_init()
{
    local directory=$1 bin=$2 password=$3 data=$1/postgres/data auth
    shift 3
    auth=$(walferry_setting @auth scram "$@")
    [ "$auth" != scram ] || auth=scram-sha-256
    walferry_write_file "$directory/postgres/password" <<<"$password"
    # the socket lies in a directory that only the server's user (and root) can enter
    walferry_as_server_user env TZ=UTC "$bin/initdb" -D "$data" -U postgres --auth-local=trust \
        --auth-host="$auth" --pwfile="$directory/postgres/password" --no-sync --no-instructions \
        --encoding="$(walferry_setting @encoding UTF8 "$@")" \
        --locale="$(walferry_setting @locale C.UTF-8 "$@")" >"$directory/postgres-initdb.log" 2>&1 ||
        { cat "$directory/postgres-initdb.log" >&2; walferry_die "initdb failed"; }
    {
        echo "include_if_exists 'walferry.conf'"
    } | walferry_as_server_user tee -a "$data/postgresql.conf" >/dev/null
    if walferry_has_tls "$@"
    then
        walferry_make_authority "$directory/postgres/tls" || walferry_die "no certificate could be made"
        walferry_tls_hba | walferry_as_server_user tee "$data/pg_hba.conf" >/dev/null
    fi
}

# walferry_postgres_configure DIR BIN PORT NAME=VALUE…: what a start may change.
walferry_postgres_configure()
{
    local directory=$1 bin=$2 port=$3 plugins
    shift 3
    {
        cat <<END
listen_addresses = '127.0.0.1'
port = $port
unix_socket_directories = '$directory/postgres'
wal_level = logical
max_wal_senders = 20
max_replication_slots = 20
fsync = off
shared_buffers = 128MB
max_wal_size = 4GB
timezone = 'UTC'
log_timezone = 'UTC'
log_line_prefix = '%m [%p] %q%u@%d %a: '
END
        # older minors refuse to start with the setting, newer ones refuse the plugin without it
        if "$bin/postgres" --describe-config | grep '^output_plugin_libraries' >/dev/null
        then
            plugins='pgoutput, test_decoding, wal2json'
            walferry_is_like_rds "$@" || plugins="$plugins, walferry, decoderbufs"
            echo "output_plugin_libraries = '$plugins'"
        fi
        ! walferry_has_tls "$@" || walferry_tls_lines "$directory/postgres/tls"
        walferry_lines "$@"
    } | walferry_write_file "$directory/postgres/data/walferry.conf"
}

# Makes the roles that RDS has, the first time, and prints what the state file is to have of them.
walferry_postgres_like_rds()
{
    local directory=$1 bin=$2 port=$3 password=$4 roles=$1/postgres/roles
    if [ ! -e "$roles" ]
    then
        walferry_rds_roles "$password-master" "$password-capture" |
            "$bin/psql" -X -q -v ON_ERROR_STOP=1 -h "$directory/postgres" -p "$port" -U postgres -d postgres >&2 ||
            return 1
        walferry_write_file "$roles" </dev/null
    fi
    cat <<END
master_password=$password-master
capture_password=$password-capture
END
}

walferry_start_postgres()
{
    local directory=$1 bin port password attempt more=''
    shift
    bin=$(walferry_postgres_bin "$directory" "$@") || exit 1
    password=$(walferry_state "$directory" postgres password) || password=$(walferry_random_word)
    [ -e "$directory/postgres/data/PG_VERSION" ] ||
        walferry_postgres_init "$directory" "$bin" "$password" "$@"
    port=$(walferry_setting @port "" "$@")
    [ -n "$port" ] || port=$(walferry_state "$directory" postgres port) || port=$(walferry_choose_port)

    for ((attempt = 1; attempt <= WALFERRY_START_ATTEMPTS; attempt++))
    do
        walferry_postgres_configure "$directory" "$bin" "$port" "$@"
        walferry_spawn "$directory" postgres env TZ=UTC "$bin/postgres" -D "$directory/postgres/data"
        if walferry_wait "$(walferry_setting @timeout 60 "$@")" "$directory" postgres \
            "$bin/pg_isready" -q -h "$directory/postgres" -p "$port" -d postgres -U postgres
        then
            ! walferry_has_tls "$@" || more="tls_host=$WALFERRY_TLS_HOST"$'\n'"authority=$directory/postgres/tls/ca.crt"
            ! walferry_is_like_rds "$@" ||
                more+=$'\n'$(walferry_postgres_like_rds "$directory" "$bin" "$port" "$password") ||
                walferry_die "the roles could not be made"
            (
                umask 077
                cat >"$directory/postgres.state" <<END
host=127.0.0.1
port=$port
user=postgres
password=$password
socket_directory=$directory/postgres
bin=$bin
data=$directory/postgres/data
log=$directory/postgres/log
pid=$(walferry_pid "$directory" postgres)
$more
END
            )
            return 0
        fi
        walferry_try_other_port "$directory" postgres "$@" || break
        walferry_stop "$directory" postgres
        port=$(walferry_choose_port)
    done
    walferry_show_log "$directory" postgres
    walferry_stop "$directory" postgres
    walferry_die "PostgreSQL did not start"
}

# ---------------------------------------------------------------- Kafka

walferry_kafka_configure()
{
    local directory=$1 port=$2 controller_port=$3
    shift 3
    {
        cat <<END
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:$controller_port
listeners=PLAINTEXT://127.0.0.1:$port,CONTROLLER://127.0.0.1:$controller_port
advertised.listeners=PLAINTEXT://127.0.0.1:$port
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
inter.broker.listener.name=PLAINTEXT
controller.listener.names=CONTROLLER
log.dirs=$directory/kafka/data
auto.create.topics.enable=true
num.partitions=3
offsets.topic.num.partitions=1
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.num.partitions=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
num.network.threads=2
num.io.threads=2
background.threads=2
num.recovery.threads.per.data.dir=1
log.retention.ms=-1
message.max.bytes=33554432
replica.fetch.max.bytes=33554432
END
        # a later line of the same name wins
        walferry_lines "$@"
    } | walferry_write_file "$directory/kafka/server.properties"
    walferry_write_file "$directory/kafka/log4j2.properties" <<'END'
rootLogger.level=WARN
rootLogger.appenderRef.console.ref=console
appender.console.type=Console
appender.console.name=console
appender.console.layout.type=PatternLayout
appender.console.layout.pattern=%d %p %c{1} %m%n
END
}

walferry_start_kafka()
{
    local directory=$1 jars java port controller_port attempt argument
    shift
    jars=$(walferry_kafka_dir) || exit 1
    [ -e "$jars/.complete" ] || walferry_die "Kafka's jars are missing; run regress/lib/install.sh kafka"
    java=(java -Xms64m "-Xmx$(walferry_setting @heap 320m "$@")" -XX:+UseSerialGC -Xshare:auto
        "-Dlog4j2.configurationFile=$directory/kafka/log4j2.properties"
        "-Djava.io.tmpdir=$directory/kafka" "-Duser.home=$directory/kafka")
    for argument in "$@"
    do
        case $argument in
            @jvm=*) java+=("${argument#*=}") ;;
        esac
    done
    java+=(-cp "$jars/lib/*")

    port=$(walferry_setting @port "" "$@")
    [ -n "$port" ] || port=$(walferry_state "$directory" kafka port) || port=$(walferry_choose_port)
    controller_port=$(walferry_state "$directory" kafka controller_port) || controller_port=$(walferry_choose_port)
    for ((attempt = 1; attempt <= WALFERRY_START_ATTEMPTS; attempt++))
    do
        walferry_kafka_configure "$directory" "$port" "$controller_port" "$@"
        if [ ! -e "$directory/kafka/data/meta.properties" ]
        then
            # shellcheck disable=SC2016
            walferry_as_server_user sh -c 'log=$1; shift; exec "$@" >"$log" 2>&1' sh "$directory/kafka/format.log" \
                "${java[@]}" -XX:TieredStopAtLevel=1 kafka.tools.StorageTool format \
                -t MDAwMDAwMDAwMDAwMDAwMA -c "$directory/kafka/server.properties" ||
                { cat "$directory/kafka/format.log" >&2; walferry_die "Kafka's storage could not be formatted"; }
        fi
        walferry_spawn "$directory" kafka "${java[@]}" kafka.Kafka "$directory/kafka/server.properties"
        if walferry_wait "$(walferry_setting @timeout 60 "$@")" "$directory" kafka \
            walferry_kafka_is_ready "$port"
        then
            cat >"$directory/kafka.state" <<END
bootstrap=127.0.0.1:$port
port=$port
controller_port=$controller_port
data=$directory/kafka/data
log=$directory/kafka/log
pid=$(walferry_pid "$directory" kafka)
END
            return 0
        fi
        walferry_try_other_port "$directory" kafka "$@" || break
        walferry_stop "$directory" kafka
        # the controller's address is in the metadata that format wrote
        rm -rf "$directory/kafka/data"
        port=$(walferry_choose_port)
        controller_port=$(walferry_choose_port)
    done
    walferry_show_log "$directory" kafka
    walferry_stop "$directory" kafka
    walferry_die "Kafka did not start"
}

walferry_kafka_is_ready()
{
    # kcat complains for long when nobody listens yet
    walferry_port_is_free "$1" && return 1
    kcat -L -J -b "127.0.0.1:$1" -m 3 2>/dev/null | grep '"brokers":\[{' >/dev/null
}

# ---------------------------------------------------------------- Kafka Connect

# A worker that runs Debezium's PostgreSQL connector; connectors are made over its REST interface.
walferry_start_connect()
{
    local directory=$1 jars port attempt
    shift
    jars=$(walferry_debezium_dir) || exit 1
    [ -e "$jars/.complete" ] || walferry_die "Debezium's jars are missing; run regress/lib/install.sh debezium"
    port=$(walferry_setting @port "" "$@")
    [ -n "$port" ] || port=$(walferry_state "$directory" connect port) || port=$(walferry_choose_port)
    walferry_connect_log4j | walferry_write_file "$directory/connect/log4j2.properties"
    for ((attempt = 1; attempt <= WALFERRY_START_ATTEMPTS; attempt++))
    do
        {
            cat <<END
listeners=http://127.0.0.1:$port
key.converter=org.apache.kafka.connect.json.JsonConverter
value.converter=org.apache.kafka.connect.json.JsonConverter
offset.storage.file.filename=$directory/connect/offsets
offset.flush.interval.ms=1000
plugin.discovery=service_load
connector.client.config.override.policy=All
END
            walferry_lines "$@"
        } | walferry_write_file "$directory/connect/worker.properties"
        # Debezium reads timestamps without a zone in the zone of its machine
        walferry_spawn "$directory" connect java -Xms128m "-Xmx$(walferry_setting @heap 768m "$@")" \
            -XX:+UseSerialGC -Xshare:auto -Duser.timezone=UTC \
            "-Dlog4j2.configurationFile=$directory/connect/log4j2.properties" \
            "-Djava.io.tmpdir=$directory/connect" "-Duser.home=$directory/connect" -cp "$jars/lib/*" \
            org.apache.kafka.connect.cli.ConnectStandalone "$directory/connect/worker.properties"
        if walferry_wait "$(walferry_setting @timeout 120 "$@")" "$directory" connect \
            walferry_http_is_ok "$port" /connectors
        then
            cat >"$directory/connect.state" <<END
url=http://127.0.0.1:$port
port=$port
log=$directory/connect/log
pid=$(walferry_pid "$directory" connect)
END
            return 0
        fi
        walferry_try_other_port "$directory" connect "$@" || break
        walferry_stop "$directory" connect
        port=$(walferry_choose_port)
    done
    walferry_show_log "$directory" connect
    walferry_stop "$directory" connect
    walferry_die "Kafka Connect did not start"
}

walferry_connect_log4j()
{
    cat <<END
rootLogger.level=WARN
rootLogger.appenderRef.console.ref=console
appender.console.type=Console
appender.console.name=console
appender.console.layout.type=PatternLayout
appender.console.layout.pattern=%d %p %c{1} %m%n
END
}

# ---------------------------------------------------------------- BigQuery emulator

walferry_start_emulator()
{
    local directory=$1 python port grpc_port attempt settings
    shift
    python=$(walferry_python) || walferry_die "the Python venv is missing; run regress/lib/install.sh python"
    cp "$WALFERRY_ROOT/regress/lib/bqemulator_launcher.py" "$directory/emulator-launcher.py"
    chmod 644 "$directory/emulator-launcher.py"
    port=$(walferry_setting @port "" "$@")
    [ -n "$port" ] || port=$(walferry_state "$directory" emulator port) || port=$(walferry_choose_port)
    grpc_port=$(walferry_state "$directory" emulator grpc_port) || grpc_port=$(walferry_choose_port)
    for ((attempt = 1; attempt <= WALFERRY_START_ATTEMPTS; attempt++))
    do
        mapfile -t settings < <(walferry_lines "$@")
        if [ "$(walferry_setting @persistent 0 "$@")" = 1 ]
        then
            settings+=(BQEMU_PERSISTENCE_MODE=persistent "BQEMU_DATA_DIR=$directory/emulator/data")
        fi
        walferry_spawn "$directory" emulator env "HOME=$directory/emulator" PYTHONDONTWRITEBYTECODE=1 \
            BQEMU_REST_HOST=127.0.0.1 "BQEMU_REST_PORT=$port" \
            BQEMU_GRPC_HOST=127.0.0.1 "BQEMU_GRPC_PORT=$grpc_port" \
            BQEMU_ENABLE_FORMAT_EXTENSIONS=false BQEMU_LOG_LEVEL=warning BQEMU_LOG_FORMAT=console \
            BQEMU_DEFAULT_PROJECT_ID=lab "${settings[@]}" \
            "$python" "$directory/emulator-launcher.py"
        if walferry_wait "$(walferry_setting @timeout 90 "$@")" "$directory" emulator \
            walferry_emulator_is_ready "$port" "$grpc_port"
        then
            cat >"$directory/emulator.state" <<END
endpoint=http://127.0.0.1:$port
grpc_endpoint=http://127.0.0.1:$grpc_port
port=$port
grpc_port=$grpc_port
log=$directory/emulator/log
pid=$(walferry_pid "$directory" emulator)
END
            return 0
        fi
        walferry_try_other_port "$directory" emulator "$@" || break
        walferry_stop "$directory" emulator
        port=$(walferry_choose_port)
        grpc_port=$(walferry_choose_port)
    done
    walferry_show_log "$directory" emulator
    walferry_stop "$directory" emulator
    walferry_die "the BigQuery emulator did not start"
}

# walferry_http_get PORT PATH: the answer with its headers; needs no curl.
walferry_http_get()
{
    # shellcheck disable=SC2016
    timeout 5 bash -c 'exec 3<>"/dev/tcp/127.0.0.1/$1" || exit 1
        printf "GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n" "$2" >&3
        cat <&3' bash "$1" "$2" 2>/dev/null
}

walferry_http_is_ok()
{
    walferry_http_get "$1" "$2" | head -n 1 | grep '^HTTP/1\.[01] 200' >/dev/null
}

walferry_emulator_is_ready()
{
    walferry_http_is_ok "$1" /healthz && ! walferry_port_is_free "$2"
}

# ---------------------------------------------------------------- shipper

# The configuration file is the caller's; http.listen in it is replaced by a port chosen here.
walferry_start_shipper()
{
    local directory=$1 binary config port attempt argument settings=() wait hidden
    shift
    binary=$(walferry_setting @binary "$WALFERRY_ROOT/build/shipper/walferry" "$@")
    config=$(walferry_setting @config "" "$@")
    wait=$(walferry_setting @wait ready "$@")
    [ -x "$binary" ] || walferry_die "there is no shipper at $binary; run make shipper"
    # a copy, because the tree may lie where the servers' user cannot come
    cp "$binary" "$directory/.walferry.new" && chmod 755 "$directory/.walferry.new" &&
        mv "$directory/.walferry.new" "$directory/walferry"
    for argument in "$@"
    do
        case $argument in
            @env=*) settings+=("${argument#*=}") ;;
        esac
    done
    port=$(walferry_setting @port "" "$@")
    [ -n "$port" ] || port=$(walferry_state "$directory" shipper port) || port=$(walferry_choose_port)
    for ((attempt = 1; attempt <= WALFERRY_START_ATTEMPTS; attempt++))
    do
        {
            [ -z "$config" ] || grep -v '^http\.listen *[=:]' "$config"
            walferry_lines "$@"
            echo "http.listen=127.0.0.1:$port"
        } | walferry_write_file "$directory/shipper/shipper.properties"
        # what our scripts are told by WALFERRY_… is not for the shipper, which refuses names it does not know
        mapfile -t hidden < <(compgen -e WALFERRY_ | sed 's/^/--unset=/')
        walferry_spawn "$directory" shipper env "${hidden[@]}" "HOME=$directory/shipper" "${settings[@]}" \
            "$directory/walferry" run --config "$directory/shipper/shipper.properties"
        cat >"$directory/shipper.state" <<END
url=http://127.0.0.1:$port
port=$port
config=$directory/shipper/shipper.properties
log=$directory/shipper/log
pid=$(walferry_pid "$directory" shipper)
END
        [ "$wait" != none ] || return 0
        walferry_wait "$(walferry_setting @timeout 30 "$@")" "$directory" shipper \
            walferry_http_is_ok "$port" "/$wait" && return 0
        walferry_try_other_port "$directory" shipper "$@" || break
        walferry_stop "$directory" shipper
        port=$(walferry_choose_port)
    done
    walferry_show_log "$directory" shipper
    walferry_stop "$directory" shipper
    walferry_die "the shipper did not start"
}

# ---------------------------------------------------------------- entry

# walferry_start DIR SERVICE [NAME=VALUE…]
walferry_start()
{
    local directory=$1 service=$2
    shift 2
    walferry_run_directory "$directory"
    if walferry_is_running "$directory" "$service"
    then
        walferry_die "$service is running already in $directory (pid $(walferry_pid "$directory" "$service"))"
    fi
    walferry_service_directory "$directory" "$service"
    "walferry_start_$service" "$directory" "$@"
}

walferry_stack_main()
{
    local service=${1:-} action=${2:-} directory=${3:-}
    case $service:$action in
        postgres:* | kafka:* | connect:* | emulator:* | shipper:* | all:stop) ;;
        *)
            echo "usage: stack.sh postgres|kafka|connect|emulator|shipper start DIR [NAME=VALUE…]" >&2
            echo "       stack.sh postgres|kafka|connect|emulator|shipper|all stop DIR [SIGNAL]" >&2
            echo "       stack.sh postgres|kafka|connect|emulator|shipper state DIR" >&2
            exit "$WALFERRY_EXIT_USAGE"
            ;;
    esac
    case $directory in
        /*) ;;
        *) walferry_die "DIR must be an absolute path, not \"$directory\"" ;;
    esac
    shift 3
    case $action in
        start)
            walferry_start "$directory" "$service" "$@"
            cat "$directory/$service.state"
            ;;
        stop)
            if [ "$service" = all ]
            then
                walferry_stop_all "$directory"
            else
                walferry_stop "$directory" "$service" "${1:-}"
            fi
            ;;
        state)
            cat "$directory/$service.state"
            ;;
        *)
            walferry_die "there are start, stop and state, not \"$action\""
            ;;
    esac
}

if [ "${BASH_SOURCE[0]}" = "$0" ]
then
    set -uo pipefail
    walferry_stack_main "$@"
fi
