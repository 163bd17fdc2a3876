"""A few rounds of make check-identity: random changes through both sources at once, byte by byte.

SPDX-License-Identifier: Apache-2.0
"""

import pytest
import stack

from identity import rounds

EVENTS = 1500
ROUNDS = ((7, 0), (5, 5))   # seed and configuration; those of values as text and in binary form


@pytest.fixture(scope="module")
def server():
    with stack.RunDirectory() as run:
        postgres = stack.Postgres(run, rounds.SERVER).start()
        yield postgres, rounds.prepare_server(postgres)


@pytest.mark.parametrize(("seed", "place"), ROUNDS)
def test_round(server, tmp_path, seed, place):
    postgres, extensions = server
    found = rounds.one(postgres, tmp_path, extensions, seed, place, rounds.covering()[place], EVENTS)
    assert found.difference is None, f"again: make check-identity ARGUMENTS='{found.again} --rounds 1 --events {EVENTS}'\n{found.difference}"
    assert found.compared > EVENTS / 2
    assert found.workload.done["bulk"] > 0


def test_both_forms_have_a_round():
    assert {rounds.is_binary(seed) for seed, _ in ROUNDS} == {True, False}
