"""make check-identity: the same random changes through plugin.name=walferry and plugin.name=pgoutput, byte by byte.

    check.sh [--seed N] [--rounds N] [--events N] [--configuration N] [--keep]

SPDX-License-Identifier: Apache-2.0
"""

import argparse
import collections
import pathlib
import sys
import tempfile
import time

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parents[1] / name) for name in (".", "lib")]

import stack    # noqa: E402

from identity import rounds     # noqa: E402

STARTED = time.monotonic()


def arguments():
    parser = argparse.ArgumentParser(prog="check.sh", description="The same random changes through both sources.")
    parser.add_argument("--seed", type=int, default=1, help="what the first round's random numbers begin with, and its configuration; the next round takes the next")
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--events", type=int, default=5000, help="least number of row events in a round")
    parser.add_argument("--configuration", type=int, metavar="N", help="only this one of the list, for running a round again; 0 is the default one")
    parser.add_argument("--keep", action="store_true", help="keep the run directory")
    return parser.parse_args()


def main():
    options = arguments()
    levels = rounds.covering()
    done, kinds, refused, failed = collections.Counter(), set(), collections.Counter(), []
    compared = ties = renewed = 0
    with stack.RunDirectory(keep=options.keep) as run, tempfile.TemporaryDirectory() as directory:
        postgres = stack.Postgres(run, rounds.SERVER).start()
        extensions = rounds.prepare_server(postgres)
        for number in range(options.rounds):
            seed = options.seed + number
            place = seed % len(levels) if options.configuration is None else options.configuration
            found = rounds.one(postgres, directory, extensions, seed, place, levels[place], options.events)
            compared += found.compared
            ties += len(found.ties)
            renewed += len(found.renewed)
            print(f"{found.again}: {found.configuration.name if found.configuration else ''}{' binary' if found.binary else ''}: {found.compared} records, "
                  f"{time.monotonic() - STARTED:.0f} s", flush=True)
            if found.difference:
                failed.append(found.again)
                print(found.difference, flush=True)
            if found.workload:
                done.update(found.workload.done)
                refused.update(found.workload.refused)
                kinds |= {column.type.kind for _, _, _, shape, _ in found.workload.shapes for column in shape.values()}
    print(f"types covered: {len(kinds)}")
    print("made:", ", ".join(f"{name} {count}" for name, count in done.most_common()))
    print("statements the server refused:", sum(refused.values()), refused.most_common(3))
    print(f"messages that came on the other side of the row behind them (docs/pgoutput.md): {ties}")
    print(f"transactions with which pgoutput went on without streaming, not knowing the last commit: {renewed}")
    print(f"records compared: {compared}, rounds with differences: {len(failed)}" + "".join(f"\n    {again}" for again in failed))
    return 1 if failed or not compared else 0


if __name__ == "__main__":
    sys.exit(main())
