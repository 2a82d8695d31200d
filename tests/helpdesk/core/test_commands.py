"""What opens and closes transactions goes straight to libpq, and is what it was by a cursor."""

import os
import socket
from functools import partial

import pytest
from django.db import DatabaseError, OperationalError, ProgrammingError, connection, transaction
from django.db.transaction import TransactionManagementError
from django.test.utils import CaptureQueriesContext
from psycopg.pq import TransactionStatus

from tests.databases import superuser

pytestmark = pytest.mark.django_db(transaction=True)

SET = "SELECT set_config('app.tenant', 'somebody', true)"


def setting():
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('app.tenant', true)")
        return cursor.fetchone()[0] or ""


def status():
    return connection.connection.info.transaction_status


@transaction.atomic
def in_a_block(*acts):
    for act in acts:
        act()


def command(statement=SET):
    connection.command(statement)


def swallow_an_error():
    with connection.cursor() as cursor, pytest.raises(ProgrammingError):
        cursor.execute("SELECT * FROM nowhere")


def divide_by_zero():
    raise ZeroDivisionError


def test_a_command_begins_the_transaction_it_stands_in():
    with transaction.atomic():
        command()

        assert status() == TransactionStatus.INTRANS
        assert setting() == "somebody"

    assert (status(), setting()) == (TransactionStatus.IDLE, "")


def test_a_command_outside_a_transaction_begins_none():
    command()

    assert (status(), setting()) == (TransactionStatus.IDLE, "")


def test_what_stood_in_a_savepoint_is_undone_with_it():
    with transaction.atomic():
        with pytest.raises(ZeroDivisionError):
            in_a_block(command, divide_by_zero)

        assert setting() == ""


def test_what_stood_in_a_savepoint_that_was_left_well_stays():
    with transaction.atomic():
        in_a_block(command)

        assert setting() == "somebody"


def test_the_first_block_inside_a_transaction_that_has_sent_nothing_is_a_savepoint_too():
    with transaction.atomic():
        with pytest.raises(ZeroDivisionError):
            in_a_block(divide_by_zero)

        command()
        assert setting() == "somebody"


def test_a_command_that_fails_is_an_error_of_djangos_and_breaks_the_transaction():
    with pytest.raises(ProgrammingError, match="nowhere"):
        in_a_block(partial(command, "SELECT * FROM nowhere"))

    with pytest.raises(DatabaseError, match="aborted"):
        in_a_block(swallow_an_error, command)

    assert status() == TransactionStatus.IDLE


def test_a_block_is_not_left_well_where_a_statement_in_it_had_failed():
    with transaction.atomic():
        with pytest.raises(DatabaseError, match="aborted"):
            in_a_block(swallow_an_error)

        assert setting() == ""


def test_nothing_is_commanded_in_a_transaction_that_has_to_be_rolled_back():
    with pytest.raises(TransactionManagementError):
        in_a_block(partial(transaction.set_rollback, True), command)


def end_it_at_the_server(raw):
    superuser("DATABASE_URL").execute("SELECT pg_terminate_backend(%s, 5000)", [raw.info.backend_pid])


def cut_the_line(raw):
    with socket.socket(fileno=os.dup(raw.fileno())) as line:
        line.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize("lose", [end_it_at_the_server, cut_the_line])
def test_a_connection_that_is_lost_is_an_operational_error(lose):
    connection.ensure_connection()

    with pytest.raises(OperationalError):
        in_a_block(partial(lose, connection.connection), command)


def test_who_looks_on_at_statements_sees_commands():
    with CaptureQueriesContext(connection) as seen, transaction.atomic():
        in_a_block(command)

    words = [each["sql"].split()[0] for each in seen.captured_queries]
    assert words == ["BEGIN", "SAVEPOINT", "SELECT", "RELEASE", "COMMIT"]
