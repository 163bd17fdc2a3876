# shellcheck shell=bash
#
# server_copy.sh: a private copy of the PostgreSQL installation, with our plugin in it.
#
# CREATE EXTENSION reads from the server's share directory, which belongs to
# root. PostgreSQL finds its lib and share directories relative to the place
# its binary lies in, so a copy of bin with links to the rest is a server of
# its own, into which our files go; the system's directories stay untouched.
#
# To be sourced by bash scripts. PG_CONFIG chooses the server.
#
# SPDX-License-Identifier: Apache-2.0

# walferry_server_copy DIR [without]: makes DIR/bin, DIR/lib and DIR/share. Prints nothing.
# The plugin must have been built, unless the copy is to be without it. DIR becomes readable for everybody, because
# the server may have to run as another user, who may not read the source tree.
walferry_server_copy() {
    local dir=$1 config=${PG_CONFIG:-pg_config} source bin lib share name
    source=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd) || return
    bin=$("$config" --bindir) && lib=$("$config" --pkglibdir) && share=$("$config" --sharedir) || return

    # The same paths below DIR: PostgreSQL compares the ends of its path with
    # those it was built for.
    mkdir -p "$dir/root$bin" "$dir/root$lib" "$dir/root$share/extension" || return
    cp "$bin"/* "$dir/root$bin/" || return
    walferry_link_entries "$lib" "$dir/root$lib" || return
    walferry_link_entries "$share" "$dir/root$share" || return
    walferry_link_entries "$share/extension" "$dir/root$share/extension" || return
    for name in bin lib share; do
        ln -sfn "root${!name}" "$dir/$name" || return
    done

    # Ours: copied under the link's name, never through the link.
    rm -f "$dir/lib/walferry.so" "$dir/share/extension/"walferry{.control,--*.sql}
    if [ "${2:-with}" = without ]; then
        chmod -R a+rX "$dir"
        return
    fi
    cp "$source/plugin/walferry.so" "$dir/lib/" || return
    cp "$source/walferry.control" "$source"/sql/walferry--*.sql "$dir/share/extension/" || return
    chmod -R a+rX "$dir"
}

# Links every entry of one directory into another, but for those that are there.
walferry_link_entries() {
    local from=$1 to=$2 entry
    for entry in "$from"/*; do
        [ -e "$to/${entry##*/}" ] || ln -s "$entry" "$to/" || return
    done
}

# walferry_unprivileged COMMAND…: PostgreSQL refuses to run as root; then it is nobody.
walferry_unprivileged() {
    if [ "$(id -u)" = 0 ]; then
        setpriv --reuid nobody --regid nogroup --clear-groups -- "$@"
    else
        "$@"
    fi
}
