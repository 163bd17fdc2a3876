# Random values of each type, printed and sent by the server: envelope/ makes the same JSON of both forms,
# in all modes; and numbers that envelope/ writes, read by the server.  The program is regress/roundtrip;
# WALFERRY_ROUNDTRIP sets how many.
#
# SPDX-License-Identifier: Apache-2.0

import os
import pathlib
import re
import subprocess

import pytest

ROOT = pathlib.Path(__file__).parents[2]
VALUES = int(os.environ.get("WALFERRY_ROUNDTRIP", 5000))


# a million values take minutes; what hangs has no such excuse
@pytest.mark.limit(max(120, VALUES // 250))
def test_random_values_survive_the_round_trip(postgres):
    built = subprocess.run(["make", "-s", "-C", ROOT / "regress/roundtrip"], capture_output=True, text=True)
    assert built.returncode == 0, built.stdout + built.stderr
    postgres.psql("CREATE DATABASE roundtrip")  # gets extensions
    # sanitizers' settings of the suite name a file that only its own processes may write to
    environment = {name: value for name, value in os.environ.items() if not name.endswith("SAN_OPTIONS")}
    environment.update(PGHOST="127.0.0.1", PGPORT=str(postgres.port), PGUSER="postgres",
                       PGPASSWORD=postgres.password, PGDATABASE="roundtrip")
    seed = str(int.from_bytes(os.urandom(4), "big"))
    run = subprocess.run([ROOT / "build/roundtrip/roundtrip", str(VALUES), seed],
                         env=environment, capture_output=True, text=True, errors="replace")
    print(run.stdout)
    assert run.returncode == 0, f"seed {seed}:\n{run.stdout}{run.stderr}"
    counts = re.findall(r"^(\S+) +(\d+) values, 0 differ$", run.stdout, re.MULTILINE)
    assert len(counts) >= 70
    assert all(int(count) * 7 >= VALUES for _, count in counts)
