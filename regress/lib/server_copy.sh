# shellcheck shell=bash
#
# server_copy.sh
#		A private copy of the installed PostgreSQL, to which files can be added without root.
#
# PostgreSQL finds its share and library directories from where its program
# lies, if they keep their places relative to each other.  So bin/ is copied
# (13 MB); libraries and share files are links, in directories of our own.
#
# SPDX-License-Identifier: Apache-2.0

# walferry_link_entries FROM TO: TO becomes a directory of links to all that is in FROM.
walferry_link_entries()
{
    mkdir -p "$2" || return 1
    find "$1" -mindepth 1 -maxdepth 1 -exec ln -sfn -t "$2" {} +
}

# walferry_server_copy PG_CONFIG DESTINATION: prints the copy's bin directory.
# The copy's own pg_config answers with the copy's paths.
walferry_server_copy()
{
    local pg_config=$1 destination=$2 bin share library prefix
    bin=$(realpath "$("$pg_config" --bindir)") || return 1
    share=$(realpath "$("$pg_config" --sharedir)") || return 1
    library=$(realpath "$("$pg_config" --pkglibdir)") || return 1

    # what the three have in common stays outside of the copy
    prefix=$bin
    while [ "${share#"$prefix"/}" = "$share" ] || [ "${library#"$prefix"/}" = "$library" ]
    do
        prefix=$(dirname "$prefix")
        [ "$prefix" != / ] || break
    done
    prefix=${prefix%/}

    # an older copy may be of another minor: made anew each time
    rm -rf "${destination:?}"
    (
        umask 022
        mkdir -p "$destination${bin#"$prefix"}" || exit 1
        cp -p "$bin"/* "$destination${bin#"$prefix"}"/ || exit 1
        walferry_link_entries "$library" "$destination${library#"$prefix"}" || exit 1
        walferry_link_entries "$share" "$destination${share#"$prefix"}" || exit 1
        rm -f "$destination${share#"$prefix"}/extension"
        walferry_link_entries "$share/extension" "$destination${share#"$prefix"}/extension"
    ) || return 1
    printf '%s\n' "$destination${bin#"$prefix"}"
}

# walferry_server_add BINDIR SOURCE_ROOT: puts the built plugin and the extension's files into a
# copy; a running server's mapped library is left alone (a new file takes its name).
walferry_server_add()
{
    local bin=$1 root=$2 library share
    library=$("$bin/pg_config" --pkglibdir) || return 1
    share=$("$bin/pg_config" --sharedir)/extension || return 1
    (
        umask 022
        cp "$root/plugin/walferry.so" "$library/.walferry.so.new" || exit 1
        chmod 755 "$library/.walferry.so.new" || exit 1
        mv "$library/.walferry.so.new" "$library/walferry.so" || exit 1
        cp "$root/walferry.control" "$root"/sql/walferry--*.sql "$share"/
    )
}
