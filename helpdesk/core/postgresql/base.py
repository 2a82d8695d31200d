"""The database backend: Django's for PostgreSQL, but that what only commands goes straight to libpq.

Every scope of a tenant sets it, and every block inside a transaction is a savepoint: with each request a handful of
statements that answer nothing. A cursor costs five times what they do, to be made, to bind nothing and to load no row.
"""

from typing import Any, Final

import psycopg
from django.db.backends.postgresql import base
from psycopg.errors import error_from_result
from psycopg.pq import ConnStatus, ExecStatus, TransactionStatus

_GOOD: Final = (ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK)


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection that takes commands."""

    def command(self, statement: str) -> None:
        """Run a statement inside the present transaction, and drop its answer.

        A transaction that has sent nothing yet begins in the same round trip. Who looks on at the statements of a
        connection, as `connection.execute_wrapper` lets them, sees this one as well.

        Args:
            statement: Without parameters: whatever stands in it is ours, or was escaped.
        """
        if self.execute_wrappers or self.queries_logged:
            with self.cursor() as cursor:
                cursor.execute(statement)
            return
        self.close_if_health_check_failed()
        self.ensure_connection()
        self.validate_thread_sharing()
        self.validate_no_broken_transaction()
        raw: Any = self.connection
        if raw.pgconn.transaction_status == TransactionStatus.IDLE and not raw.autocommit:
            # By psycopg it would be a round trip of its own, before the first statement.
            statement = f"BEGIN; {statement}"
        with self.wrap_database_errors, raw.lock:
            result = raw.pgconn.exec_(statement.encode())
            if result.status in _GOOD:
                return
            if raw.pgconn.status == ConnStatus.BAD:
                # Without a code of PostgreSQL's, by which psycopg would tell what kind of error it is.
                raise psycopg.OperationalError(result.get_error_message())
            raise error_from_result(result)

    def _savepoint(self, sid: str) -> None:
        self.command(self.ops.savepoint_create_sql(sid))

    def _savepoint_commit(self, sid: str) -> None:
        self.command(self.ops.savepoint_commit_sql(sid))
