#!/bin/bash
#
# service.sh
#		What every service of a run has in common: its process, files, port, settings.
#
# A process is ended only if it is the one that was started here: by pid and
# start time (a pid alone may have passed to somebody else's process).
#
# A port is chosen at random outside the range from which the kernel gives ports
# to clients; when another process was faster, another is tried.
#
# To be sourced, by stack.sh.
#
# SPDX-License-Identifier: Apache-2.0

# shellcheck source=common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

WALFERRY_STOP_SECONDS=30

# ---------------------------------------------------------------- processes

# Prints the start time of a process (clock ticks since boot); false if there is none.
walferry_process_started()
{
    local line
    read -r line 2>/dev/null <"/proc/$1/stat" || return 1
    # the command's name may hold blanks and brackets: count from the last one
    read -r -a line <<<"${line##*) }"
    [ "${line[0]}" != Z ] || return 1
    printf '%s\n' "${line[19]}"
}

# walferry_is_running DIR SERVICE
walferry_is_running()
{
    local pid='' started=''
    [ -e "$1/$2.pid" ] || return 1
    read -r pid started 2>/dev/null <"$1/$2.pid" || return 1
    [ -n "$pid" ] && [ "$(walferry_process_started "$pid")" = "$started" ]
}

walferry_pid()
{
    local pid
    read -r pid _ <"$1/$2.pid" && printf '%s\n' "$pid"
}

# walferry_spawn DIR SERVICE COMMAND…: starts it as the servers' user in a session of its own,
# output to DIR/SERVICE/log, and writes DIR/SERVICE.pid; DIR/SERVICE.exit gets its exit code.
walferry_spawn()
{
    local directory=$1 service=$2 drop
    shift 2
    mapfile -t drop < <(walferry_drop_root)
    rm -f "$directory/$service.pid" "$directory/$service.exit"
    (
        cd / || exit 1
        # each of these replaces itself by the next, so the pid stays
        # shellcheck disable=SC2016
        "${drop[@]}" bash -c 'exec >>"$0" 2>&1 </dev/null; exec setsid "$@"' \
            "$directory/$service/log" "$@" &
        printf '%s %s\n' "$!" "$(walferry_process_started "$!")" >"$directory/.$service.pid"
        mv "$directory/.$service.pid" "$directory/$service.pid"
        code=0
        wait "$!" || code=$?
        printf '%s\n' "$code" >"$directory/.$service.exit"
        mv "$directory/.$service.exit" "$directory/$service.exit"
    ) >/dev/null 2>&1 </dev/null &
    while [ ! -e "$directory/$service.pid" ]
    do
        sleep 0.01
    done
}

# walferry_wait SECONDS DIR SERVICE COMMAND…: waits until the command succeeds; false when the
# service is gone or the time is over.
walferry_wait()
{
    local deadline directory=$2 service=$3
    deadline=$(($(date +%s) + $1))
    shift 3
    while ! "$@" >/dev/null 2>&1
    do
        walferry_is_running "$directory" "$service" || return 1
        if [ "$(date +%s)" -ge "$deadline" ]
        then
            walferry_note "$service was not ready in time"
            return 1
        fi
        sleep 0.1
    done
}

walferry_show_log()
{
    walferry_note "last lines of $1/$2/log:"
    tail -n "${3:-20}" "$1/$2/log" >&2 || true
}

# walferry_stop DIR SERVICE [SIGNAL]: default the polite one; waits until it is gone.
walferry_stop()
{
    local directory=$1 service=$2 signal=${3:-} pid deadline
    if walferry_is_running "$directory" "$service"
    then
        pid=$(walferry_pid "$directory" "$service")
        if [ -z "$signal" ]
        then
            signal=TERM
            [ "$service" != postgres ] || signal=INT # fast shutdown
        fi
        kill -s "$signal" "$pid"
        deadline=$(($(date +%s) + WALFERRY_STOP_SECONDS))
        while walferry_is_running "$directory" "$service"
        do
            if [ "$(date +%s)" -ge "$deadline" ]
            then
                walferry_note "$service (pid $pid) did not end within $WALFERRY_STOP_SECONDS s: killed"
                if [ "$service" = postgres ]
                then
                    kill -s QUIT "$pid" # its children end with it
                else
                    kill -s KILL "$pid"
                fi
                deadline=$((deadline + WALFERRY_STOP_SECONDS))
            fi
            sleep 0.02
        done
    fi
    rm -f "$directory/$service.pid"
}

walferry_stop_all()
{
    local service
    for service in shipper connect emulator kafka postgres
    do
        walferry_stop "$1" "$service"
    done
}

# ---------------------------------------------------------------- directories, ports, settings

# walferry_run_directory DIR: makes it, and refuses one that is not ours or not reachable.
walferry_run_directory()
{
    (umask 022 && mkdir -p "$1") || walferry_die "cannot make the run directory $1"
    if [ -L "$1" ] || [ ! -O "$1" ]
    then
        walferry_die "the run directory $1 belongs to somebody else; set WALFERRY_RUN to another one"
    fi
    if ! walferry_as_server_user test -x "$1"
    then
        walferry_die "$1 cannot be entered by $(walferry_as_server_user id -un), as whom servers run;" \
            "set WALFERRY_RUN to a directory that can"
    fi
}

# walferry_service_directory DIR SERVICE: the service's own, which its user may write.
walferry_service_directory()
{
    mkdir -p "$1/$2"
    chmod 700 "$1/$2"
    if walferry_is_root
    then
        chown "$(id -u nobody):$(id -g nobody)" "$1/$2"
    fi
}

# walferry_write_file FILE: standard input becomes the file, readable for the servers' user only.
walferry_write_file()
{
    # shellcheck disable=SC2016
    walferry_as_server_user sh -c 'umask 077 && cat >"$1"' sh "$1"
}

walferry_port_is_free()
{
    ! (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

# A free port below the range for outgoing connections (32768 and up on Linux).
walferry_choose_port()
{
    local port
    while true
    do
        port=$((20000 + (RANDOM << 15 | RANDOM) % 12000))
        if walferry_port_is_free "$port"
        then
            printf '%s\n' "$port"
            return
        fi
    done
}

# walferry_setting NAME DEFAULT [NAME=VALUE…]: the last value given for NAME.
walferry_setting()
{
    local name=$1 value=$2 argument
    shift 2
    for argument in "$@"
    do
        case $argument in
            "$name"=*) value=${argument#*=} ;;
        esac
    done
    printf '%s\n' "$value"
}

# walferry_lines NAME=VALUE…: those that are not for this script, one a line.
walferry_lines()
{
    local argument
    for argument in "$@"
    do
        case $argument in
            @*) ;;
            *) printf '%s\n' "$argument" ;;
        esac
    done
}

# walferry_state DIR SERVICE NAME: one value of the state file; false if there is none.
walferry_state()
{
    [ -e "$1/$2.state" ] || return 1
    sed -n "s/^$3=//p" "$1/$2.state" | grep .
}

# walferry_random_word: 24 letters and digits, for a password.
walferry_random_word()
{
    head -c 512 /dev/urandom | base64 -w 0 | tr -dc 'a-zA-Z0-9' | cut -c1-24
}

# walferry_try_other_port DIR SERVICE NAME=VALUE…: did the service fail because somebody else was
# faster to take the port, and is the port ours to choose?
walferry_try_other_port()
{
    local directory=$1 service=$2
    shift 2
    [ -z "$(walferry_setting @port "" "$@")" ] || return 1
    tail -n 50 "$directory/$service/log" 2>/dev/null |
        grep -i -E 'address (is )?already in use|could not bind|BindException|EADDRINUSE' >/dev/null
}
