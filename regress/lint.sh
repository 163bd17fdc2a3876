#!/bin/bash
#
# lint.sh
#		What can be checked without running anything.  Names every fault with file and line.
#
#		regress/lint.sh [CHECK…]	default: all; regress/lint.sh -h lists them
#
# SPDX-License-Identifier: Apache-2.0

set -uo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1
export LC_ALL=C.UTF-8

CHECKS=(dependencies pure versions documents shell python text words licence format)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# our files, tracked or new, but for deleted ones
list_files()
{
    local file
    git ls-files --cached --others --exclude-standard -- "$@" | LC_ALL=C sort -u |
        while IFS= read -r file
        do
            [ ! -f "$file" ] || printf '%s\n' "$file"
        done
}

# plugin → envelope ← shipper, and nothing else
check_dependencies()
{
    local file status=0 bad

    # envelope/ is plain C11: only headers that promise neither memory nor I/O; regular
    # expressions are the library's, which works in memory that the host gives
    bad=$(grep -n -E '^[[:space:]]*#[[:space:]]*include' envelope/*.c envelope/*.h |
        grep -v -E 'include +<(assert|float|inttypes|limits|math|stdarg|stdbool|stddef|stdint|string|[a-z]*mmintrin|arm_neon)\.h>' |
        grep -v -E 'include +"[a-z_0-9]+\.h"' |
        grep -v -E '^envelope/(pattern|rewrite)\.c:[0-9]+:#include <pcre2\.h>')
    if [ -n "$bad" ]
    then
        printf '%s\n' "$bad" | sed 's/$/    (envelope may not include this)/'
        status=1
    fi
    while IFS=: read -r file header
    do
        if [ ! -e "envelope/$header" ]
        then
            echo "$file: \"$header\" is not in envelope/"
            status=1
        fi
    done < <(sed -n -E 's/^[[:space:]]*#[[:space:]]*include +"([^"]*)".*/\1/p; ' envelope/*.c envelope/*.h | sort -u | sed 's/^/envelope:/')

    bad=$(grep -r -n -E '^[[:space:]]*#[[:space:]]*include +["<](\.\./)*(\.\./)?shipper/' plugin --include='*.[ch]'
        grep -r -n -E '^[[:space:]]*#[[:space:]]*include +["<](\.\./)*(\.\./)?plugin/' shipper --include='*.[ch]')
    if [ -n "$bad" ]
    then
        printf '%s\n' "$bad" | sed 's/$/    (plugin and shipper never include each other)/'
        status=1
    fi
    bad=$(grep -r -n -E '#[[:space:]]*include +["<](postgres\.h|postgres_fe\.h|c\.h|fmgr\.h|(access|catalog|replication|utils|nodes|storage)/)' \
        shipper --include='*.[ch]')
    if [ -n "$bad" ]
    then
        printf '%s\n' "$bad" | sed 's/$/    (the shipper knows PostgreSQL by libpq only)/'
        status=1
    fi
    bad=$(grep -r -n -E '^[[:space:]]*#[[:space:]]*include +"\.\.' envelope plugin shipper regress/unit --include='*.[ch]')
    if [ -n "$bad" ]
    then
        printf '%s\n' "$bad" | sed 's/$/    (an include names its room: "envelope\/x.h")/'
        status=1
    fi
    return $status
}

# envelope/ calls nothing that allocates or does I/O and keeps no state: asked of its object files
check_pure()
{
    local allowed='mem(cpy|move|set|cmp|chr)|str(len|cmp|ncmp|chr|spn|cspn)|fma|fabs|floor|ceil|trunc|ldexp|frexp|isnan|isinf|__udiv(mod)?ti[34]|_GLOBAL_OFFSET_TABLE_|__stack_chk_fail'
    local file name library status=0 bad
    for file in envelope/*.c
    do
        name=$(basename "$file" .c)
        # without position-independent code a constant table of pointers is read-only data
        if ! ${CC:-cc} -std=gnu11 -O2 -fno-pic -fno-pie -fno-stack-protector -I. \
            -DWALFERRY_VERSION='"lint"' -c -o "$work/$name.o" "$file"
        then
            echo "$file: does not compile"
            status=1
            continue
        fi
        library=none
        [ "$name" != pattern ] && [ "$name" != rewrite ] || library='pcre2_[a-z_]+_8'
        bad=$(nm -u "$work/$name.o" | awk '{ print $2 }' | grep -v -E "^(wf_.*|$allowed|$library)\$")
        if [ -n "$bad" ]
        then
            printf '%s\n' "$bad" | sed "s|^|$file: calls |"
            status=1
        fi
        bad=$(nm "$work/$name.o" | awk '$2 ~ /^[bBdDcC]$/ { print $3 }')
        if [ -n "$bad" ]
        then
            printf '%s\n' "$bad" | sed "s|^|$file: mutable state: |"
            status=1
        fi
        bad=$(nm -g --defined-only "$work/$name.o" | awk '$3 !~ /^wf_/ { print $3 }')
        if [ -n "$bad" ]
        then
            printf '%s\n' "$bad" | sed "s|^|$file: a public name without wf_: |"
            status=1
        fi
    done
    return $status
}

# one version, everywhere
check_versions()
{
    local version status=0
    version=$(sed -n "s/^default_version = '\(.*\)'/\1/p" walferry.control)
    if [ ! -e "sql/walferry--$version.sql" ]
    then
        echo "walferry.control says $version, but there is no sql/walferry--$version.sql"
        status=1
    fi
    if ! grep "^## $version\b" CHANGELOG.md >/dev/null
    then
        echo "CHANGELOG.md has no section for $version"
        status=1
    fi
    python3 - "$version" <<'END' || status=1
import json, os, sys
version, meta = sys.argv[1], json.load(open("META.json"))
faults = []
for name in ("name", "version", "abstract", "maintainer", "license", "provides", "meta-spec"):
    if name not in meta:
        faults.append(f"META.json: \"{name}\" is missing (PGXN's specification wants it)")
for what, found in (("version", meta.get("version")),
                    *((f"provides.{name}.version", part.get("version")) for name, part in meta["provides"].items())):
    if found != version:
        faults.append(f"META.json: {what} is {found}, walferry.control says {version}")
for name, part in meta["provides"].items():
    for member in ("file", "docfile"):
        if member in part and not os.path.exists(part[member]):
            faults.append(f"META.json: provides.{name}.{member} {part[member]} does not exist")
print("\n".join(faults), end="\n" if faults else "")
sys.exit(bool(faults))
END
    return $status
}

# the references in docs/ are what the tables in the code say
check_documents()
{
    if ! make -s -C docs check >"$work/docs.log" 2>&1
    then
        cat "$work/docs.log"
        return 1
    fi
}

check_shell()
{
    local files
    mapfile -t files < <(list_files '*.sh' '.ci/run')
    shellcheck "${files[@]}"
}

check_python()
{
    local files
    mapfile -t files < <(list_files '*.py')
    python3 - "${files[@]}" <<'END'
import ast, sys
status = 0
for path in sys.argv[1:]:
    try:
        ast.parse(open(path, encoding="utf-8").read(), path)
    except SyntaxError as error:
        print(f"{path}:{error.lineno}: {error.msg}")
        status = 1
sys.exit(status)
END
}

# final newline, no carriage returns, no blanks at line ends, C lines of at most 100 columns;
# and no word of documents that are not here
check_text()
{
    local files
    mapfile -t files < <(list_files)
    python3 - "${files[@]}" <<'END'
import os, re, sys
# our working papers, by their titles, chapters and numbers
papers = re.compile(rb"\bPITFALLS|\b(?:DESIGN|REFERENCE)\b|\b(?:DEBEZIUM|BIGQUERY|PERFORMANCE|PEERS|DEPLOY|STYLE)"
                    rb"(?:\.md\b| \xc2\xa7| [A-D]?[0-9])|\bW-[A-D][0-9]|\b[Ii]ssue [0-9]{1,2}\b")
document = re.compile(rb"[\w.-]+\.md\b")
foreign = {b"PROTOCOL-HTTP2.md"}  # gRPC's
present = foreign | {os.path.basename(path).encode() for path in sys.argv[1:]}
status = 0
for path in sys.argv[1:]:
    data = open(path, "rb").read()
    # what psql prints, and test data, are as they are
    if path.startswith(("regress/expected/", "regress/data/", "regress/isolation/expected/", "regress/fuzz/corpus/")) or b"\0" in data:
        continue
    faults = []
    if data.startswith(b"\xef\xbb\xbf"):
        faults.append((1, "byte order mark"))
    if data and not data.endswith(b"\n"):
        faults.append((data.count(b"\n") + 1, "no newline at the end of the file"))
    if data.endswith(b"\n\n"):
        faults.append((data.count(b"\n"), "empty line at the end of the file"))
    for number, line in enumerate(data.split(b"\n"), 1):
        if line.endswith((b" ", b"\t")):
            faults.append((number, "blank at the end of the line"))
        if b"\r" in line:
            faults.append((number, "carriage return"))
        for word in papers.findall(line) if path != "regress/lint.sh" else ():
            faults.append((number, f"\"{word.decode()}\" is no document of this repository; say the reason itself"))
        for word in document.findall(line):
            if word not in present:
                faults.append((number, f"there is no {word.decode()}"))
        if path.endswith((".c", ".h")):
            width = len(line.decode("utf-8", "replace").expandtabs(4))
            # a message stays in one piece, so that it can be searched for
            if width > 100 and b'"' not in line:
                faults.append((number, f"{width} columns; 100 are allowed"))
    for number, what in faults[:5]:
        print(f"{path}:{number}: {what}")
    status |= bool(faults)
sys.exit(status)
END
}

# nothing of the place where this was written, and nothing left for later
check_words()
{
    local files status=0
    # each word is broken up so that this file does not hold it
    local hosts='py''pi\.org|python''hosted|registry\.''npm|repo[1]?\.''maven|deb\.''debian\.org|security\.''debian\.org|proxy\.''golang|static\.''crates'
    local places='(^|[^a-z_.-])/wo''rk/|/opt/''wheels|\.\./sha''red'
    local later='\bTO''DO\b|\bFIX''ME\b|\bXX''X\b'
    mapfile -t files < <(list_files | grep -v -E '^(LICENSE|regress/expected/|regress/fuzz/corpus/)')
    grep -n -I -i -E "$hosts" "${files[@]}" && { echo "(a registry's host name)"; status=1; }
    grep -n -I -E "$places" "${files[@]}" && { echo "(a path outside of the project)"; status=1; }
    grep -n -I -E "$later" "${files[@]}" && { echo "(left for later)"; status=1; }
    return $status
}

# every source names its licence
check_licence()
{
    local file status=0
    while IFS= read -r file
    do
        if [ -s "$file" ] && ! head -n 60 "$file" | grep 'SPDX-License-Identifier: Apache-2.0' >/dev/null
        then
            echo "$file: no SPDX-License-Identifier among its first 60 lines"
            status=1
        fi
    done < <(list_files '*.c' '*.h' '*.sh' '*.py' '*.sql' | grep -v -E '^regress/(sql|expected|data)/')
    return $status
}

check_format()
{
    if ! command -v pg_bsd_indent >/dev/null
    then
        echo "skipped: there is no pg_bsd_indent (Debian 12 has it as pg-bsd-indent)"
        return 0
    fi
    regress/indent.sh --check >"$work/format" 2>&1 && return 0
    head -n 40 "$work/format"
    echo "($(grep -c '^--- ' "$work/format") files differ; regress/indent.sh formats them)"
    return 1
}

if [ "${1:-}" = -h ] || [ "${1:-}" = --help ]
then
    echo "usage: regress/lint.sh [CHECK…]    checks: ${CHECKS[*]}"
    exit 0
fi
[ $# -gt 0 ] || set -- "${CHECKS[@]}"
passed=0
failed=0
for check in "$@"
do
    if [ "$(type -t "check_$check")" != function ]
    then
        echo "error: \"$check\" is no check; there are ${CHECKS[*]}" >&2
        exit 64
    fi
    if "check_$check"
    then
        echo "ok $check"
        passed=$((passed + 1))
    else
        echo "not ok $check"
        failed=$((failed + 1))
    fi
done
echo "lint: $passed passed, $failed failed"
[ $failed = 0 ]
