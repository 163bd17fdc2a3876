#!/bin/bash
#
# install.sh
#		Finds what is missing for a job and installs it.
#
#		regress/lib/install.sh [--no-install] PART…
#
# Parts: build (compiler, server, libraries), test (cmocka, kcat, clang, …),
# lint (indenter, shellcheck), peers (the plugins the bench compares with),
# kafka (the broker's jars), debezium (those of Connect and the connector), python (the venv).  Can also be sourced, for
# walferry_install.
#
# Two PostgreSQL extensions come with the tests where the distribution has them; where it
# does not (Debian 12: pgvector), that is said, and the tests that need one are skipped.
#
# Nothing that is installed already is changed.  Debian packages need root or
# sudo; jars and venv go to the cache directory of common.sh.
#
# Exit code 69: something is missing and may not or cannot be installed.
#
# SPDX-License-Identifier: Apache-2.0

# shellcheck source=common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

WALFERRY_MISSING_PACKAGES=()
# those without which some tests are skipped
WALFERRY_WANTED_PACKAGES=()

# Refuses systems whose packages are too old; says which are untested.
walferry_check_system()
{
    local id='' version='' name=''
    if [ -r /etc/os-release ]
    then
        id=$(sed -n 's/^ID=//p' /etc/os-release | tr -d '"')
        version=$(sed -n 's/^VERSION_ID=//p' /etc/os-release | tr -d '"')
        name=$(sed -n 's/^PRETTY_NAME=//p' /etc/os-release | tr -d '"')
    fi
    case $id:${version%%.*} in
        debian:12 | debian:13) ;;
        debian:)
            walferry_note "note: ${name:-Debian testing} is untested; Debian 12 and 13 are tested"
            ;;
        ubuntu:2[4-9])
            walferry_note "note: ${name:-Ubuntu} is untested; Debian 12 and 13 are tested"
            ;;
        *)
            walferry_note "error: ${name:-this system} is not supported: Debian 12 or 13 is needed (Ubuntu 24.04 may work, untested);"
            walferry_note "       older ones have too old a libcurl (7.88 is needed), librdkafka (2.0) or Python (3.11)"
            exit "$WALFERRY_EXIT_MISSING"
            ;;
    esac
}

walferry_has_package()
{
    [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# walferry_need PACKAGE [COMMAND…]: the package is wanted unless the command succeeds
# (no command: unless it is installed).
walferry_need()
{
    local package=$1
    shift
    if [ $# -gt 0 ]
    then
        "$@" >/dev/null 2>&1 && return 0
    fi
    walferry_has_package "$package" && return 0
    case " ${WALFERRY_MISSING_PACKAGES[*]} " in
        *" $package "*) ;;
        *) WALFERRY_MISSING_PACKAGES+=("$package") ;;
    esac
}

# walferry_want PACKAGE COMMAND…: the same for one that can be done without.
walferry_want()
{
    local package=$1
    shift
    if ! "$@" >/dev/null 2>&1 && ! walferry_has_package "$package"
    then
        WALFERRY_WANTED_PACKAGES+=("$package")
    fi
}

# walferry_has_extension MAJOR NAME: somebody may have built it.
walferry_has_extension()
{
    local pg_config
    if pg_config=$(walferry_pg_config)
    then
        [ -e "$("$pg_config" --sharedir)/extension/$2.control" ]
    else
        [ -e "/usr/share/postgresql/$1/extension/$2.control" ]
    fi
}

# True if apt knows a version that it could install.
walferry_can_be_had()
{
    apt-cache policy "$1" 2>/dev/null | grep '^ *Candidate: [0-9]' >/dev/null
}

# The PostgreSQL major to build for: of the server that is there, else of the distribution.
walferry_wanted_major()
{
    local pg_config directory newest=0
    if pg_config=$(walferry_pg_config)
    then
        walferry_pg_major "$pg_config"
        return
    fi
    for directory in /usr/lib/postgresql/*/bin/postgres
    do
        [ -x "$directory" ] || continue
        directory=${directory#/usr/lib/postgresql/}
        [ "${directory%%/*}" -le "$newest" ] || newest=${directory%%/*}
    done
    if [ "$newest" -gt 0 ]
    then
        printf '%s\n' "$newest"
        return
    fi
    case $(sed -n 's/^VERSION_ID=//p' /etc/os-release | tr -d '"') in
        12) echo 15 ;;
        13) echo 17 ;;
        24.*) echo 16 ;;
        *) apt-cache policy postgresql | sed -n 's/^ *Candidate: \([0-9]*\).*/\1/p' ;;
    esac
}

walferry_java_is_new_enough()
{
    local version
    version=$(java -version 2>&1 | sed -n 's/.* version "\([0-9]*\).*/\1/p' | head -n 1)
    [ "${version:-0}" -ge 17 ]
}

walferry_java_package()
{
    if [ "$(sed -n 's/^VERSION_ID=//p' /etc/os-release | tr -d '"')" = 12 ]
    then
        echo openjdk-17-jre-headless
    else
        echo default-jre-headless
    fi
}

# The clang that "clang" stands for in the distribution.
walferry_clang_major()
{
    case $(sed -n 's/^VERSION_ID=//p' /etc/os-release | tr -d '"') in
        12) echo 14 ;;
        13) echo 19 ;;
        24.*) echo 18 ;;
        *) apt-cache depends clang | sed -n 's/.*Depends: clang-\([0-9]*\)$/\1/p' ;;
    esac
}

walferry_clang_can_fuzz()
{
    local status=0 work
    work=$(mktemp -d) || return 1
    clang -fsanitize=fuzzer,address -x c -o "$work/probe" - 2>/dev/null <<'END' || status=1
int LLVMFuzzerTestOneInput(const unsigned char *data, unsigned long size) { return size && data ? 0 : 0; }
END
    rm -rf "$work"
    return $status
}

# walferry_list_packages PART…: fills WALFERRY_MISSING_PACKAGES.
walferry_list_packages()
{
    local part major
    WALFERRY_MISSING_PACKAGES=()
    WALFERRY_WANTED_PACKAGES=()
    major=$(walferry_wanted_major)
    for part in "$@"
    do
        case $part in
            build)
                walferry_need gcc command -v gcc
                walferry_need libc6-dev
                walferry_need make command -v make
                walferry_need pkg-config command -v pkg-config
                # makes the certificate of the server that is like RDS
                walferry_need openssl command -v openssl
                walferry_need "postgresql-$major"
                walferry_need "postgresql-server-dev-$major"
                walferry_need libpq-dev
                walferry_need librdkafka-dev
                walferry_need libcurl4-openssl-dev
                walferry_need zlib1g-dev
                walferry_need libssl-dev
                walferry_need libpcre2-dev
                walferry_need libjansson-dev
                walferry_need libmicrohttpd-dev
                ;;
            test)
                walferry_need libcmocka-dev
                walferry_need clang command -v clang
                walferry_need "libclang-rt-$(walferry_clang_major)-dev" walferry_clang_can_fuzz
                walferry_need valgrind command -v valgrind
                walferry_need kcat command -v kcat
                walferry_need curl command -v curl
                walferry_need util-linux command -v setpriv
                walferry_need procps command -v ps
                walferry_want "postgresql-$major-postgis-3" walferry_has_extension "$major" postgis
                walferry_want "postgresql-$major-pgvector" walferry_has_extension "$major" vector
                ;;
            lint)
                # later releases do not have it; lint.sh then leaves its format check out
                if [ "$(sed -n 's/^VERSION_ID=//p' /etc/os-release | tr -d '"')" = 12 ]
                then
                    walferry_need pg-bsd-indent command -v pg_bsd_indent
                fi
                walferry_need shellcheck command -v shellcheck
                walferry_need python3 command -v python3
                walferry_need git command -v git
                ;;
            peers)
                walferry_need "postgresql-$major-wal2json"
                walferry_need "postgresql-$major-decoderbufs"
                ;;
            kafka)
                walferry_need "$(walferry_java_package)" walferry_java_is_new_enough
                walferry_need kcat command -v kcat
                if [ ! -e "$(walferry_kafka_dir)/.complete" ]
                then
                    walferry_need maven command -v mvn
                    walferry_need ca-certificates
                fi
                ;;
            debezium)
                walferry_need "$(walferry_java_package)" walferry_java_is_new_enough
                if [ ! -e "$(walferry_debezium_dir)/.complete" ]
                then
                    walferry_need maven command -v mvn
                    walferry_need ca-certificates
                fi
                ;;
            python)
                if ! walferry_base_python >/dev/null
                then
                    walferry_need python3
                    walferry_need python3-venv
                fi
                ;;
            *)
                walferry_note "error: \"$part\" is no part; there are build, test, lint, peers, kafka, debezium and python"
                exit "$WALFERRY_EXIT_USAGE"
                ;;
        esac
    done
}

# Says what is going to be installed, before anything is.
walferry_announce()
{
    local part
    if [ ${#WALFERRY_MISSING_PACKAGES[@]} -gt 0 ]
    then
        walferry_note "to be installed: ${#WALFERRY_MISSING_PACKAGES[@]} Debian packages and what they need" \
            "(all of them on a fresh machine: about 370 MB to download, 1.7 GB on disk):"
        walferry_note "    ${WALFERRY_MISSING_PACKAGES[*]}"
        [ ${#WALFERRY_WANTED_PACKAGES[@]} = 0 ] || walferry_note "and, where there are such packages: ${WALFERRY_WANTED_PACKAGES[*]}"
    fi
    for part in "$@"
    do
        if [ "$part" = kafka ] && [ ! -e "$(walferry_kafka_dir)/.complete" ]
        then
            walferry_note "to be installed: Kafka $WALFERRY_KAFKA_VERSION's jars (40 MB) into $(walferry_kafka_dir)"
        elif [ "$part" = debezium ] && [ ! -e "$(walferry_debezium_dir)/.complete" ]
        then
            walferry_note "to be installed: Debezium $WALFERRY_DEBEZIUM_VERSION's jars (42 MB) into $(walferry_debezium_dir)"
        elif [ "$part" = python ] && ! walferry_python >/dev/null
        then
            walferry_note "to be installed: a Python venv with the BigQuery emulator and clients (140 MB to download," \
                "500 MB on disk) into $(walferry_cache_dir)"
        fi
    done
}

walferry_may_be_root()
{
    walferry_is_root || sudo -n true 2>/dev/null || { [ -t 0 ] && command -v sudo >/dev/null; }
}

# Of the wanted packages, those that can be had join the missing ones; of the others it says so.
walferry_add_wanted()
{
    local package
    for package in "${WALFERRY_WANTED_PACKAGES[@]}"
    do
        if walferry_can_be_had "$package"
        then
            WALFERRY_MISSING_PACKAGES+=("$package")
        else
            walferry_note "note: there is no package $package here; the tests that need its extension are skipped"
        fi
    done
    WALFERRY_WANTED_PACKAGES=()
}

# walferry_with_root COMMAND…: as root, by sudo, or not at all.
walferry_with_root()
{
    if walferry_is_root
    then
        env DEBIAN_FRONTEND=noninteractive "$@"
    elif sudo -n true 2>/dev/null
    then
        sudo -n env DEBIAN_FRONTEND=noninteractive "$@"
    elif [ -t 0 ] && command -v sudo >/dev/null
    then
        sudo env DEBIAN_FRONTEND=noninteractive "$@"
    else
        return "$WALFERRY_EXIT_MISSING"
    fi
}

walferry_tell_apt_line()
{
    walferry_note "error: $1; as root run"
    walferry_note "    apt-get update && apt-get install --no-install-recommends -y ${WALFERRY_MISSING_PACKAGES[*]}"
    walferry_note "and start this again"
    exit "$WALFERRY_EXIT_MISSING"
}

walferry_apt_install()
{
    local settings=/etc/postgresql-common/createcluster.d/walferry-install.conf quiet_server=false status=0

    if ! walferry_may_be_root
    then
        walferry_tell_apt_line "Debian packages are missing and there is neither root nor sudo"
    fi
    command -v apt-get >/dev/null ||
        walferry_tell_apt_line "Debian packages are missing and there is no apt-get"

    # a server that was not there must not leave a cluster running on port 5432
    if ! walferry_has_package postgresql-common
    then
        quiet_server=true
        # shellcheck disable=SC2016 # $1 is for the inner shell
        walferry_with_root sh -c 'mkdir -p "$(dirname "$1")" && echo "create_main_cluster = false" >"$1"' \
            sh "$settings"
    fi
    {
        walferry_with_root apt-get update -q && walferry_add_wanted &&
            walferry_with_root apt-get install -q -y --no-install-recommends --no-upgrade --no-remove \
                "${WALFERRY_MISSING_PACKAGES[@]}"
    } >&2 || status=1
    if $quiet_server
    then
        walferry_with_root rm -f "$settings"
    fi
    [ $status = 0 ] || walferry_die "apt-get could not install the packages (see above)"
    hash -r
}

# Runs a function under a lock of the cache, so that two runs do not download the same twice.
walferry_locked()
{
    local name=$1 cache
    shift
    cache=$(walferry_make_cache_dir) || exit 1
    (
        flock 9
        "$@"
    ) 9>"$cache/.lock-$name"
}

# walferry_install_jars NAME TARGET: what regress/lib/NAME-pom.xml asks for, checked against
# NAME-jars.sha256.
walferry_install_jars()
{
    local name=$1 target=$2 work home=() pom=$WALFERRY_ROOT/regress/lib/$1-pom.xml
    [ -e "$target/.complete" ] && return 0 # somebody else was faster
    walferry_note "fetching the jars of regress/lib/$name-pom.xml …"
    work=$(mktemp -d "$target.XXXXXX")
    chmod 755 "$work"
    # maven keeps what it fetches in the home directory, which for Java is the one of the user
    # database; without a home, for this once, here
    if [ -w "${HOME:-/nonexistent}" ]
    then
        home=(-Duser.home="$HOME" -Dmaven.repo.local="$HOME/.m2/repository")
    else
        home=(-Duser.home="$work/home" -Dmaven.repo.local="$work/home/repository")
    fi
    if ! (umask 022 && cd "$work" && mvn -q -B -C "${home[@]}" -f "$pom" \
        dependency:copy-dependencies -DoutputDirectory="$work/lib" -DincludeScope=runtime >"$work/log" 2>&1 9>&-)
    then
        cat "$work/log" >&2
        rm -rf "$work"
        walferry_die "maven could not fetch the jars of regress/lib/$name-pom.xml (see above)"
    fi
    if ! (cd "$work/lib" && sha256sum --quiet --strict -c "$WALFERRY_ROOT/regress/lib/$name-jars.sha256" >&2)
    then
        rm -rf "$work"
        walferry_die "the jars are not the ones of regress/lib/$name-jars.sha256"
    fi
    rm -rf "${work:?}/home" "$work/log"
    touch "$work/.complete"
    rm -rf "$target"
    mv -T "$work" "$target"
}

walferry_install_venv()
{
    local target
    target=$(walferry_venv_dir)
    [ -e "$target/.complete" ] && return 0
    walferry_note "making the Python venv $target …"
    # a venv cannot be moved, hence the marker instead of a rename; the list names whatever its
    # members need, and without --no-deps pip takes one that is asked for with an extra
    # (google-auth[pyopenssl]) for unpinned as soon as there is a newer release
    rm -rf "$target"
    if ! (umask 022 && "$(walferry_base_python)" -m venv "$target" >&2 &&
        "$target/bin/python" -m pip install --quiet --disable-pip-version-check --no-input --only-binary :all: \
            --no-deps --require-hashes -r "$WALFERRY_ROOT/regress/requirements.txt" >&2 &&
        "$target/bin/python" -m pip check --quiet --disable-pip-version-check >&2)
    then
        rm -rf "$target"
        walferry_die "pip could not fill the venv (see above)"
    fi
    touch "$target/.complete"
}

# walferry_install [--no-install] PART…
walferry_install()
{
    local install=true part
    if [ "${1:-}" = --no-install ]
    then
        install=false
        shift
    fi
    walferry_check_system
    walferry_list_packages "$@"
    # before apt-get update apt may know nothing yet
    if [ ${#WALFERRY_MISSING_PACKAGES[@]} = 0 ] && [ ${#WALFERRY_WANTED_PACKAGES[@]} -gt 0 ]
    then
        if $install && walferry_may_be_root && command -v apt-cache >/dev/null
        then
            walferry_add_wanted
        else
            walferry_note "note: ${WALFERRY_WANTED_PACKAGES[*]} not installed; the tests that need them are skipped"
        fi
    fi
    walferry_announce "$@"
    if [ ${#WALFERRY_MISSING_PACKAGES[@]} -gt 0 ]
    then
        $install || walferry_tell_apt_line "Debian packages are missing and --no-install was given"
        walferry_apt_install
    fi
    for part in "$@"
    do
        if [ "$part" = kafka ] && [ ! -e "$(walferry_kafka_dir)/.complete" ]
        then
            if ! $install
            then
                walferry_note "error: Kafka's jars are missing and --no-install was given"
                exit "$WALFERRY_EXIT_MISSING"
            fi
            walferry_locked kafka walferry_install_jars kafka "$(walferry_kafka_dir)" || exit 1
        elif [ "$part" = debezium ] && [ ! -e "$(walferry_debezium_dir)/.complete" ]
        then
            if ! $install
            then
                walferry_note "error: Debezium's jars are missing and --no-install was given"
                exit "$WALFERRY_EXIT_MISSING"
            fi
            walferry_locked debezium walferry_install_jars debezium "$(walferry_debezium_dir)" || exit 1
        elif [ "$part" = python ] && ! walferry_python >/dev/null
        then
            if ! $install
            then
                walferry_note "error: the Python venv is missing and --no-install was given"
                exit "$WALFERRY_EXIT_MISSING"
            fi
            walferry_locked python walferry_install_venv || exit 1
        fi
    done
}

if [ "${BASH_SOURCE[0]}" = "$0" ]
then
    set -euo pipefail
    if [ $# = 0 ] || [ "$1" = -h ] || [ "$1" = --help ]
    then
        echo "usage: install.sh [--no-install] PART…    parts: build test lint peers kafka debezium python"
        exit 0
    fi
    walferry_install "$@"
fi
