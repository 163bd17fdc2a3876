#!/bin/bash
#
# indent.sh
#		Formats C as PostgreSQL's pgindent does, with lines of up to 100 columns.
#
#		regress/indent.sh [FILE…]			writes the files (default: all of ours)
#		regress/indent.sh --check [FILE…]	only shows what would change; exit code 1 if anything
#
# pg_bsd_indent needs the names of types: our own typedefs, found here, and the
# ones we use of others, in regress/typedefs.used.
#
# SPDX-License-Identifier: Apache-2.0

set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."

if ! command -v pg_bsd_indent >/dev/null
then
    echo "error: pg_bsd_indent is missing; run regress/lib/install.sh lint" >&2
    exit 69
fi

exec python3 - "$@" <<'END'
import difflib
import os
import re
import subprocess
import sys
import tempfile

# pgindent's own options (src/tools/pgindent/pgindent of PostgreSQL 16), but for
# the widths at which comments are wrapped: 79 there (code is not broken by it).
OPTIONS = ("-bad -bap -bbb -bc -bl -cli1 -cp33 -cdb -nce -d0 -di12 -nfc1 -i4 -l85 -lc81 -lp -lpl -nip -npro"
           " -sac -tpg -ts4").split()

# "} Name;" at a struct's end, a typedef on one line, a pointer to a function
TYPEDEFS = (r"^\} ?([A-Za-z_]\w*);", r"^typedef [^(\n]*?[ *]([A-Za-z_]\w*)(?: __attribute__.*)?;", r"^typedef .*\(\*([A-Za-z_]\w*)\) ?\(")

# (Type) {…}, which it would spread over many lines
COMPOUND_LITERAL = re.compile(r"\((?:struct )?[A-Za-z_]\w*\) ?\{[^{};]*(?:\{[^{}]*\}[^{};]*)*\}(?=[;,)])")


def our_files():
    names = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.c", "*.h"],
                           capture_output=True, text=True, check=True).stdout.split("\n")
    return sorted({name for name in names if os.path.isfile(name)})


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def type_names():
    text = "\n".join(read(path) for path in our_files())
    names = set(read("regress/typedefs.used").split())
    for pattern in TYPEDEFS:
        names.update(re.findall(pattern, text, re.MULTILINE))
    return sorted(names)


def formatted(text, typedefs_path):
    """The text as it should be; ValueError with what pg_bsd_indent complains of."""
    literals = []

    def hide(match):
        literals.append(match.group())
        return f"WfHiddenLiteral{len(literals) - 1:04}"

    result = subprocess.run(["pg_bsd_indent", *OPTIONS, "-U" + typedefs_path],
                            input=COMPOUND_LITERAL.sub(hide, text), capture_output=True, text=True)
    # it puts some of its complaints into the text
    complaint = re.search(r"^.*INDENT.*Error.*$", result.stdout, re.MULTILINE)
    if result.returncode != 0 or result.stderr or complaint or not result.stdout:
        raise ValueError(complaint.group() if complaint else result.stderr.strip() or "no output")
    text = re.sub(r"WfHiddenLiteral(\d{4})", lambda match: literals[int(match.group(1))], result.stdout)
    # what it does not know: a blank before a designator; a string alone on a line at file level
    # is indented; a function's type that is a pointer has one blank
    text = re.sub(r",\.([a-z_0-9]+ = )", r", .\1", text)
    text = re.sub(r'^"', '\t"', text, flags=re.MULTILINE)
    return re.sub(r"^([A-Za-z_][A-Za-z0-9_ ]*\w)[ \t]+\*$", r"\1 *", text, flags=re.MULTILINE)


def main():
    check = sys.argv[1:2] == ["--check"]
    status = 0
    with tempfile.NamedTemporaryFile("w", suffix=".list") as typedefs:
        typedefs.write("\n".join(type_names()) + "\n")
        typedefs.flush()
        for path in sys.argv[1 + check:] or our_files():
            text = read(path)
            try:
                wanted = formatted(text, typedefs.name)
            except ValueError as error:
                print(f"{path}: pg_bsd_indent: {error}", file=sys.stderr)
                status = 1
                continue
            if wanted == text:
                continue
            if check:
                status = 1
                sys.stdout.writelines(difflib.unified_diff(
                    text.splitlines(True), wanted.splitlines(True), path, path + ", as regress/indent.sh writes it"))
            else:
                with open(path, "w", encoding="utf-8") as file:
                    file.write(wanted)
                print(path)
    sys.exit(status)


main()
END
