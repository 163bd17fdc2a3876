#!/bin/bash
#
# check.sh
#		The same changes through plugin.name=walferry and plugin.name=pgoutput:
#		every golden case in every way and through Kafka, and random ones; see
#		__main__.py, to which all arguments go.
#
# SPDX-License-Identifier: Apache-2.0

set -uo pipefail

# shellcheck source=../lib/install.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib/install.sh"
cd "$WALFERRY_ROOT" || exit 1

INSTALL=()
if [ "${1:-}" = --no-install ]
then
    INSTALL=(--no-install)
    shift
fi
walferry_check_user
walferry_install "${INSTALL[@]}" build test kafka python
PG_CONFIG=$(walferry_pg_config) || walferry_die "there is no PostgreSQL server with its headers"
export PG_CONFIG
make -s -j2 WERROR=-Werror plugin shipper || exit 1
python=$(walferry_python) || walferry_die "the Python venv is not complete"
export PYTHONDONTWRITEBYTECODE=1
if [ $# -eq 0 ]
then
    (cd regress && WALFERRY_IDENTITY=all "$python" -m pytest -q golden/test_identity.py) || exit 1
fi
exec "$python" regress/identity "$@"
