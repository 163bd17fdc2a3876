#!/bin/bash
#
# run.sh
#		Every test of the short suite, from a bare machine: installs what it lacks, builds, runs.
#
# Each part's output is shown and kept in regress/out/PART.log.  At the end come
# the runners' own closing lines and one line per part.  The exit code is 1 if
# any part failed, 69 if something is missing and could not be installed.
#
# SPDX-License-Identifier: Apache-2.0

set -uo pipefail

# shellcheck source=lib/install.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib/install.sh"
cd "$WALFERRY_ROOT" || exit 1

PARTS=(build lint unit fuzz plugin e2e)
OUT=regress/out
FUZZ_SECONDS=${FUZZ_SECONDS:-3}
INSTALL=()
PYTEST=()
SELECTED=()

usage()
{
    cat <<END
usage: regress/run.sh [--no-install] [--long] [PART…]

Parts (default: all, in this order):
  build     plugin and shipper, every warning an error
  lint      regress/lint.sh: dependency rule, formatting, versions, generated docs, shell
  unit      cmocka tests of envelope/ and shipper/, under ASan and UBSan
  fuzz      each fuzz target for ${FUZZ_SECONDS} s (FUZZ_SECONDS), under ASan and UBSan
  plugin    regress/plugin.sh: pg_regress and isolation tests on a temporary server
  e2e       two pytests at once, on a real PostgreSQL and Kafka, the BigQuery emulator and a
            strict fake, the shipper built with ASan and UBSan

  --no-install   never install anything
  --long         the slow end-to-end tests too
  -- ARGUMENT…   what follows is given to pytest, for example  e2e -- -k truncate -x
END
}

pytest_marks='not slow'
while [ $# -gt 0 ]
do
    case $1 in
        --no-install) INSTALL=(--no-install) ;;
        --long) pytest_marks= ;;
        -h | --help)
            usage
            exit 0
            ;;
        --)
            shift
            PYTEST=("$@")
            break
            ;;
        *)
            if ! printf '%s\n' "${PARTS[@]}" | grep -x -F -e "$1" >/dev/null
            then
                echo "error: \"$1\" is no part; there are ${PARTS[*]}" >&2
                exit "$WALFERRY_EXIT_USAGE"
            fi
            SELECTED+=("$1")
            ;;
    esac
    shift
done
[ ${#SELECTED[@]} -gt 0 ] || SELECTED=("${PARTS[@]}")

is_selected()
{
    printf '%s\n' "${SELECTED[@]}" | grep -x -F -e "$1" >/dev/null
}

install_what_is_needed()
{
    local needs=(build)
    ! is_selected lint || needs+=(lint)
    if is_selected unit || is_selected fuzz || is_selected plugin
    then
        needs+=(test)
    fi
    ! is_selected e2e || needs+=(test kafka python)
    if is_selected plugin || is_selected e2e
    then
        walferry_check_user
    fi
    walferry_install "${INSTALL[@]}" "${needs[@]}"
    PG_CONFIG=$(walferry_pg_config) || walferry_die "there is no PostgreSQL server with its headers"
    export PG_CONFIG
}

# ---------------------------------------------------------------- parts

part_build()
{
    make -s -j2 WERROR=-Werror plugin shipper
}

part_lint()
{
    regress/lint.sh
}

part_unit()
{
    make -C regress/unit -j2 all && make -s -C regress/unit check
}

part_fuzz()
{
    local clang=clang
    command -v clang >/dev/null || clang=$(compgen -G '/usr/bin/clang-[0-9]*' | sort -V | tail -n 1)
    make -s -C regress/fuzz -j2 run CLANG="$clang" SECONDS="$FUZZ_SECONDS"
}

# The server's side needs the plugin, whatever parts were asked for.
part_plugin()
{
    make -s -j2 WERROR=-Werror plugin && regress/plugin.sh
}

# Becomes a pytest.  The sanitizers write to files, because a report among a process's log lines could go unseen.
become_pytest()
{
    cd regress || exit 1
    WALFERRY_BINARY=$WALFERRY_ROOT/build/sanitize/walferry \
        ASAN_OPTIONS="log_path=$reports/asan:detect_leaks=1:exitcode=99" \
        UBSAN_OPTIONS="log_path=$reports/ubsan:print_stacktrace=1" \
        PYTHONDONTWRITEBYTECODE=1 \
        exec "$python" -m pytest ${pytest_marks:+-m "$pytest_marks"} "$@"
}

# Two pytests at once, each with servers of its own: the tests of e2e/ mostly wait, and the
# others, which mostly compute, fill that time.  Their output comes when they have ended.
run_both()
{
    local others=$OUT/e2e-others.log others_pid status=0
    (become_pytest fake_bigquery golden debezium identity) >"$others" 2>&1 &
    others_pid=$!
    # shellcheck disable=SC2064  # the pid is that of now
    trap "kill $others_pid 2>/dev/null" INT TERM EXIT
    (become_pytest e2e) || status=1
    wait "$others_pid" || status=1
    trap - INT TERM EXIT
    cat "$others"
    rm -f "$others"
    return $status
}

part_e2e()
{
    local python reports status=0
    make -s -j2 WERROR=-Werror plugin shipper && make -s -C shipper -j2 WERROR=-Werror SANITIZE=1 || return 1
    python=$(walferry_python) || walferry_die "the Python venv is not complete"
    reports=$(mktemp -d /tmp/walferry-reports.XXXXXX)
    chmod 1777 "$reports"
    if [ ${#PYTEST[@]} -gt 0 ]
    then
        (become_pytest "${PYTEST[@]}") || status=1
    else
        run_both || status=1
    fi
    if compgen -G "$reports/*" >/dev/null
    then
        cat "$reports"/*
        echo "the sanitizers found faults (above), whatever the tests said"
        status=1
    fi
    rm -rf "$reports"
    return $status
}

# ---------------------------------------------------------------- running them

# What a runner says of itself at its end.
closing_lines()
{
    grep -E -e '^(=+ )?.*[0-9]+ (passed|failed|deselected).* in [0-9.]+s' -e 'All [0-9]+ tests passed' -e '[0-9]+ of [0-9]+ tests' \
        -e '^\[ *(PASSED|FAILED) *\]' -e '^lint: ' -e '^Done [0-9]+ runs' -e '[0-9]+ passed, [0-9]+ failed' \
        -e 'sanitizers found' -e '^SKIPPED \[' "$1" | tail -n 40
}

install_what_is_needed
mkdir -p "$OUT"
summary=()
finished=()
passed=0
failed=0
for part in "${PARTS[@]}"
do
    is_selected "$part" || continue
    printf '\n== %s\n' "$part"
    started=$(date +%s)
    ("part_$part") 2>&1 </dev/null | tee "$OUT/$part.log"
    if [ "${PIPESTATUS[0]}" = 0 ]
    then
        result=passed
        passed=$((passed + 1))
    else
        result=FAILED
        failed=$((failed + 1))
    fi
    finished+=("$part")
    summary+=("$(printf '%-8s %s in %d s' "$part" "$result" $(($(date +%s) - started)))")
    if [ "$part:$result" = build:FAILED ]
    then
        summary+=("the other parts were left out, for they need the build")
        break
    fi
done

printf '\n== closing lines\n'
for part in "${finished[@]}"
do
    printf '# %s\n' "$part"
    closing_lines "$OUT/$part.log"
done
printf '\n== parts (logs: %s)\n' "$WALFERRY_ROOT/$OUT"
printf '%s\n' "${summary[@]}"
printf 'parts: %d passed, %d failed\n' "$passed" "$failed"
[ "$failed" = 0 ]
