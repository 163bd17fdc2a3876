"""The table of docs/format.md that says where we differ from Debezium, for the tests that may rest on it.

SPDX-License-Identifier: Apache-2.0
"""

import pathlib

FORMAT = pathlib.Path(__file__).resolve().parents[2] / "docs" / "format.md"
HEADING = "## Where we differ and why"


def rows():
    """The titles of the table's rows, in its order."""
    section = FORMAT.read_text(encoding="utf-8").partition(f"\n{HEADING}\n")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [line.split(" | ")[0].removeprefix("|").strip() for line in lines[2:]]
