#!/bin/sh
# One database and one role for each service, made once; run again it only sets the passwords.
# Connects as the superuser named by libpq's PG* variables.
set -eu

for service in users posts todos; do
    variable="$(echo "$service" | tr '[:lower:]' '[:upper:]')_DATABASE_PASSWORD"
    # Read by psql itself, so that no password stands in a command line.
    SERVICE_PASSWORD=$(printenv "$variable") || {
        echo "databases: $variable is not set" >&2
        exit 64
    }
    export SERVICE_PASSWORD
    psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --set role="$service" <<'SQL'
\getenv password SERVICE_PASSWORD
select format('create role %I login', :'role')
 where not exists (select from pg_roles where rolname = :'role') \gexec
alter role :"role" login password :'password';
select format('create database %I owner %I', :'role', :'role')
 where not exists (select from pg_database where datname = :'role') \gexec
revoke all on database :"role" from public;
SQL
done
