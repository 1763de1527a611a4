"""Statements of the hot paths: written in SQLAlchemy Core, compiled once, run on the driver's own cursor.

SQLAlchemy spends 40-60 µs on each execution besides the database's own time, which is 5 on SQLite.
"""

from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import Connection, Dialect, Table, insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.expression import Executable

Values = Mapping[str, Any]
_Convert = Callable[[Any], Any]
_Converters = tuple[tuple[int, _Convert], ...]
"""By place."""
_PLACE = "place_"


class _Plan(NamedTuple):
    """A statement as one dialect's driver takes it."""

    text: str
    in_order: Callable[[Any], tuple[Any, ...]]  # its parameters
    constants: dict[str, Any]  # as the driver takes them
    to_driver: _Converters
    returns_rows: bool
    row: Callable[[Iterable[Any]], Any]
    from_driver: _Converters


class Prepared:
    """A statement whose values are all `bindparam`s, or an insert of `columns`; lists (IN) are not for it.

    One whose binds are named by `place_name` takes its values as a sequence.
    """

    def __init__(self, statement: Any, columns: Iterable[str] | None = None) -> None:
        self._statement: Any = statement
        self._columns = None if columns is None else list(columns)
        self._plans: dict[str, _Plan] = {}

    def run(self, conn: Connection, values: Values | Sequence[Any]) -> None:
        """Execute and look at no result. Raises: as `Connection.execute`."""
        self._execute(conn, values)

    def first(self, conn: Connection, values: Values) -> Any:
        """The first row, its columns as attributes, or None. Raises: as `Connection.execute`."""
        plan, found = self._execute(conn, values)
        return plan.row(_converted(found[0], plan.from_driver)) if found else None

    def all(self, conn: Connection, values: Values) -> list[Any]:
        """Every row. Raises: as `Connection.execute`."""
        plan, found = self._execute(conn, values)
        return [plan.row(_converted(row, plan.from_driver)) for row in found]

    def _execute(self, conn: Connection, values: Any) -> tuple[_Plan, list[Any]]:
        dialect = conn.dialect
        plan = self._plans.get(dialect.name)
        if plan is None:
            plan = self._plans[dialect.name] = _plan(self._statement, self._columns, dialect)
        given: Sequence[Any] = plan.in_order({**plan.constants, **values} if plan.constants else values)
        if plan.to_driver:
            given = _converted(given, plan.to_driver)
        cursor = _cursor(conn)
        if conn._has_events or conn.engine._has_events:  # whoever counts statements sees these too
            conn.dispatch.before_cursor_execute(conn, cursor, plan.text, given, None, False)
        try:
            cursor.execute(plan.text, given)
            # To the last row: one that is left would hold SQLite's view of the database beyond this call.
            return plan, cursor.fetchall() if plan.returns_rows else []
        except dialect.loaded_dbapi.Error as error:
            raise _translated(conn, cursor, plan.text, error) from error


def insert_of(table: Table, *left_out: str) -> Prepared:
    """An insert of every column but these, such as a number that the database counts."""
    names = [column.name for column in table.columns if column.name not in left_out]
    return Prepared(insert(table).inline(), names)


def place_name(place: int) -> str:
    """The name of the bind that takes the value at this place of a sequence."""
    return f"{_PLACE}{place}"


def _cursor(conn: Connection) -> Any:
    """The cursor that stays with its connection: psycopg's has learned how to write and read each type.

    A raw one takes PostgreSQL's own `$1` and has no text to rewrite. Together a sixth less CPU for a scan.
    """
    kept: dict[str, Any] = conn.connection.info
    if "cursor" not in kept:
        driver: Any = conn.connection.driver_connection
        raw = conn.dialect.name == "postgresql"
        kept["cursor"] = conn.dialect.loaded_dbapi.RawCursor(driver) if raw else driver.cursor()
    return kept["cursor"]


def _plan(statement: Executable, columns: list[str] | None, dialect: Dialect) -> _Plan:
    writer: Any = type(dialect)
    style = {"postgresql": "numeric_dollar", "sqlite": "qmark"}[dialect.name]
    compiled: Any = statement.compile(dialect=writer(paramstyle=style), column_keys=columns)  # type: ignore[attr-defined]
    results = list(statement.exported_columns) if compiled._result_columns else []  # type: ignore[attr-defined]
    order, kinds = compiled.positiontup, {name: bind.type for bind, name in compiled.bind_names.items()}
    writers = {name: kind.dialect_impl(dialect).bind_processor(dialect) for name, kind in kinds.items()}
    fixed = {name: bind.value for bind, name in compiled.bind_names.items() if not bind.required}
    return _Plan(
        text=str(compiled),
        in_order=_picker([_found_by(name) for name in order]),
        constants={name: writers[name](value) if writers[name] else value for name, value in fixed.items()},
        to_driver=_converters([None if name in fixed else writers[name] for name in order]),
        returns_rows=bool(results),
        row=_row_maker([column.key for column in results]),
        from_driver=_converters(
            [column.type.dialect_impl(dialect).result_processor(dialect, None) for column in results]
        ),
    )


def _found_by(name: str) -> str | int:
    return int(name.removeprefix(_PLACE)) if name.startswith(_PLACE) else name


def _picker(names: Sequence[Any]) -> Callable[[Any], tuple[Any, ...]]:
    """Takes these values by name or place: in C when there are two or more, where it gives a tuple."""
    return itemgetter(*names) if len(names) > 1 else lambda values: tuple(values[name] for name in names)


def _row_maker(names: list[str]) -> Callable[[Iterable[Any]], Any]:
    maker: Any = namedtuple("Row", names, rename=True)  # type: ignore[misc]  # what is no name goes by place
    make: Callable[[Iterable[Any]], Any] = maker._make
    return make


def _converters(found: Iterable[_Convert | None]) -> _Converters:
    return tuple((place, convert) for place, convert in enumerate(found) if convert is not None)


def _converted(values: Sequence[Any], converters: _Converters) -> Sequence[Any]:
    changed = list(values)
    for place, convert in converters:
        changed[place] = convert(changed[place])
    return changed


def _translated(conn: Connection, cursor: Any, text: str, error: Any) -> Exception:
    """The error as SQLAlchemy raises it; a connection that is gone leaves the pool."""
    dialect = conn.dialect
    gone = dialect.is_disconnect(error, conn.connection.dbapi_connection, cursor)
    wrapped: Exception = DBAPIError.instance(
        text,
        None,
        error,
        dialect.loaded_dbapi.Error,
        hide_parameters=True,
        connection_invalidated=gone,
        dialect=dialect,
    )
    if gone:
        conn.invalidate(error)
    return wrapped
