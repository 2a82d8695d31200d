-- Roles and databases, run once by psql as a superuser; running it again changes nothing.
--
--   hd_owner   owns every table; used by the migrate step only; forced row security binds it too
--   hd_app     web, sockets and workers: data only, never a table's definition, never past row security
--   hd_operator  the operators' admin: fewer tables, no sealed column, one organisation at a time
--   hd_lookup  cannot sign in; owns the functions that look across organisations, and those that seal the audit trail
--
-- Passwords are read from HD_OWNER_PASSWORD_FILE, HD_APP_PASSWORD_FILE and HD_OPERATOR_PASSWORD_FILE where those are
-- set; the embedded servers need none, because only their owner can reach the socket.

\set ON_ERROR_STOP on
\set owner_password `cat "${HD_OWNER_PASSWORD_FILE:-/dev/null}"`
\set app_password `cat "${HD_APP_PASSWORD_FILE:-/dev/null}"`
\set operator_password `cat "${HD_OPERATOR_PASSWORD_FILE:-/dev/null}"`

SELECT 'CREATE ROLE hd_owner' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'hd_owner') \gexec
SELECT 'CREATE ROLE hd_app' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'hd_app') \gexec
SELECT 'CREATE ROLE hd_operator' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'hd_operator') \gexec
SELECT 'CREATE ROLE hd_lookup' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'hd_lookup') \gexec

ALTER ROLE hd_owner LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION;
ALTER ROLE hd_app LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION;
ALTER ROLE hd_operator LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION;
ALTER ROLE hd_lookup NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION;
GRANT hd_lookup TO hd_owner;

SELECT :'owner_password' <> '' AS has_owner_password, :'app_password' <> '' AS has_app_password,
       :'operator_password' <> '' AS has_operator_password \gset
\if :has_owner_password
ALTER ROLE hd_owner PASSWORD :'owner_password';
\endif
\if :has_app_password
ALTER ROLE hd_app PASSWORD :'app_password';
\endif
\if :has_operator_password
ALTER ROLE hd_operator PASSWORD :'operator_password';
\endif

SELECT 'CREATE DATABASE hushdesk OWNER hd_owner'
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'hushdesk') \gexec
SELECT 'CREATE DATABASE hushdesk_keys OWNER hd_owner'
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'hushdesk_keys') \gexec

REVOKE ALL ON DATABASE hushdesk, hushdesk_keys FROM PUBLIC;
GRANT CONNECT ON DATABASE hushdesk, hushdesk_keys TO hd_owner, hd_app, hd_operator;

-- What the application role may do with a table is granted by the migration that makes it, and nothing by default.
\connect hushdesk
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE, CREATE ON SCHEMA public TO hd_owner;
GRANT USAGE ON SCHEMA public TO hd_app, hd_operator, hd_lookup;

\connect hushdesk_keys
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE, CREATE ON SCHEMA public TO hd_owner;
GRANT USAGE ON SCHEMA public TO hd_app, hd_operator;
