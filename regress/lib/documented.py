"""The table of docs/format.md that says where we differ from Debezium, for the tests that may rest on it.

SPDX-License-Identifier: Apache-2.0
"""

import pathlib
import re

FORMAT = pathlib.Path(__file__).resolve().parents[2] / "docs" / "format.md"
HEADING = "## Where we differ and why"


def rows():
    """The titles of the table's rows, in its order, and what each says of compat=debezium ("theirs", "ours")."""
    section = FORMAT.read_text(encoding="utf-8").partition(f"\n{HEADING}\n")[2].partition("\n## ")[0]
    lines = [re.split(r"(?<!\\) *\|", line.strip())[1:-1] for line in section.splitlines() if line.startswith("|")]
    return {cells[0].strip(): cells[-1].strip() for cells in lines[2:] if cells[-1].strip()}
