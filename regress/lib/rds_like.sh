# shellcheck shell=bash
#
# rds_like.sh: a PostgreSQL server that shows its clients what Amazon RDS shows.
#
# TLS only, with scram-sha-256 and a certificate of a certificate authority made for the
# run; our plugin and extension are not to be had; tables belong to a role that is no
# superuser, and changes are captured by one that owns nothing. The superuser, who on
# RDS is Amazon's, is there for the tests' own arrangements, over the socket.
#
# To be sourced, by stack.sh.
#
# SPDX-License-Identifier: Apache-2.0

# Of the certificate: not 127.0.0.1, so that a test has a wrong name at hand.
WALFERRY_TLS_HOST=localhost

# walferry_make_authority DIR: DIR/ca.crt and DIR/ca.key, and a server's certificate by it. As the
# servers' user, since PostgreSQL takes no key that belongs to others.
walferry_make_authority()
{
    # shellcheck disable=SC2016
    walferry_as_server_user bash -ec '
        umask 077
        mkdir -p "$1"
        cd "$1"
        new_key=(-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes)
        openssl req -x509 "${new_key[@]}" -days 7 -subj "/CN=walferry test authority" -keyout ca.key -out ca.crt
        openssl req "${new_key[@]}" -subj "/CN=$2" -keyout server.key -out server.csr
        printf "subjectAltName=DNS:%s\n" "$2" >extensions
        openssl x509 -req -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 7 -extfile extensions \
            -out server.crt
    ' bash "$1" "$WALFERRY_TLS_HOST" >"$1.log" 2>&1 || { cat "$1.log" >&2; return 1; }
}

# walferry_tls_lines DIR: lines of postgresql.conf.
walferry_tls_lines()
{
    cat <<END
ssl = on
ssl_cert_file = '$1/server.crt'
ssl_key_file = '$1/server.key'
password_encryption = 'scram-sha-256'
END
}

# Prints pg_hba.conf: over TCP only with TLS.
walferry_tls_hba()
{
    cat <<'END'
local all all trust
hostssl all all 127.0.0.1/32 scram-sha-256
hostssl replication all 127.0.0.1/32 scram-sha-256
END
}

# walferry_rds_roles MASTER_PASSWORD CAPTURE_PASSWORD: SQL for roles as RDS has them. Membership of
# rds_replication is what gives the right there; in PostgreSQL it is the attribute.
walferry_rds_roles()
{
    cat <<END
CREATE ROLE rds_superuser;
CREATE ROLE rds_replication;
CREATE ROLE rds_iam;
GRANT pg_monitor, pg_signal_backend TO rds_superuser;
CREATE ROLE master LOGIN CREATEDB CREATEROLE PASSWORD '$1';
GRANT rds_superuser TO master;
GRANT rds_replication TO master WITH ADMIN OPTION;
CREATE ROLE capture LOGIN REPLICATION PASSWORD '$2';
GRANT rds_replication TO capture;
END
}
