"""Tables of the documents that tests rest on: where we differ from Debezium, and what pgoutput cannot know.

SPDX-License-Identifier: Apache-2.0
"""

import pathlib
import re

DOCUMENTS = pathlib.Path(__file__).resolve().parents[2] / "docs"


def rows():
    """The titles of the rows of "Where we differ and why", in its order, and what each says of compat=debezium ("theirs", "ours")."""
    return table("format.md", "Where we differ and why")


def table(document, heading):
    """The first cells of the section's table, and the last of each; rows that are headings themselves are left out."""
    section = (DOCUMENTS / document).read_text(encoding="utf-8").partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    lines = [re.split(r"(?<!\\) *\|", line.strip())[1:-1] for line in section.splitlines() if line.startswith("|")]
    return {cells[0].strip(): cells[-1].strip() for cells in lines[2:] if cells[-1].strip()}
