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

# pgindent's own options (src/tools/pgindent/pgindent of PostgreSQL 16), but for
# the widths at which comments are wrapped: 79 there (code is not broken by it).
OPTIONS=(-bad -bap -bbb -bc -bl -cli1 -cp33 -cdb -nce -d0 -di12 -nfc1 -i4 -l85 -lc81 -lp -lpl -nip -npro -sac -tpg -ts4)

check=false
if [ "${1:-}" = --check ]
then
    check=true
    shift
fi
if ! command -v pg_bsd_indent >/dev/null
then
    echo "error: pg_bsd_indent is missing; run regress/lib/install.sh lint" >&2
    exit 69
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# tracked or new, but not what was deleted
mapfile -t all_files < <(git ls-files --cached --others --exclude-standard '*.c' '*.h' | LC_ALL=C sort -u |
    while IFS= read -r file; do [ ! -f "$file" ] || printf '%s\n' "$file"; done)
files=("${all_files[@]}")
if [ $# -gt 0 ]
then
    files=("$@")
fi

# Names that a typedef of ours defines: "} Name;" at a struct's end, or one line's last word.
{
    cat regress/typedefs.used
    cat "${all_files[@]}" |
        sed -n -E -e 's/^\} ?([A-Za-z_][A-Za-z0-9_]*);.*/\1/p' \
            -e 's/^typedef [^(]*[ *]([A-Za-z_][A-Za-z0-9_]*);.*/\1/p' \
            -e 's/^typedef .*\(\*([A-Za-z_][A-Za-z0-9_]*)\) ?\(.*/\1/p'
} | LC_ALL=C sort -u >"$work/typedefs.list"
# Two things pg_bsd_indent does not know are put right after it: a designator after a comma wants
# a blank, and a string alone on a line at file level an indent.
format()
{
    pg_bsd_indent "${OPTIONS[@]}" -U"$work/typedefs.list" <"$1" 2>"$work/errors" |
        sed -E -e 's/,\.([a-z_0-9]+ = )/, .\1/g' -e 's/^"/\t"/' -e 's/^([A-Za-z_][A-Za-z0-9_ ]*[A-Za-z0-9_])[ \t]+\*$/\1 */'
}

status=0
for file in "${files[@]}"
do
    if ! format "$file" >"$work/out.c" || [ -s "$work/errors" ] || [ ! -s "$work/out.c" ]
    then
        # it puts some of its complaints into the text
        echo "$file: pg_bsd_indent: $(cat "$work/errors" <(grep -h 'INDENT.*Error' "$work/out.c") | head -n 1)" >&2
        status=1
        continue
    fi
    cmp -s "$file" "$work/out.c" && continue
    if $check
    then
        diff -u --label "$file" --label "$file, as regress/indent.sh writes it" "$file" "$work/out.c" || status=1
    else
        cat "$work/out.c" >"$file"
        echo "$file"
    fi
done
exit $status
