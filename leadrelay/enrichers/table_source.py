"""Tables as text columns: CSV, Parquet, Excel, or a table or query of a SQL database; only the columns asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import sqlalchemy as sa

from leadrelay.core.toml_text import nearest
from leadrelay.errors import ConfigError, Problem
from leadrelay.optional import needs

_BETWEEN = ";"
_CURE = "Mend the path; it starts at the configuration's folder."


@dataclass(frozen=True)
class Source:
    """Where a table stands: a file, or a `table` or `query` of the database at `url`.

    `place`: where the configuration says so. `shown`: the file's name as it has it.
    """

    place: str
    file: Path | None = None
    shown: str = ""
    url: str = ""
    table: str = ""
    query: str = ""

    def columns(self) -> list[str]:
        """The names of its columns; raises `ConfigError` where it cannot be read."""
        return list(self._opened(lambda: self._scan().collect_schema().names()))

    def read(self, columns: Sequence[str]) -> pl.DataFrame:
        """These columns as text; raises `ConfigError` where it cannot be read, or lacks one."""
        problems = self.lacking(columns)
        if problems:
            raise ConfigError(problems)
        frame: pl.DataFrame = self._opened(lambda: self._scan().select(columns).collect())
        return frame.select(_as_text(name, dtype) for name, dtype in frame.schema.items())

    def lacking(self, columns: Sequence[str]) -> list[Problem]:
        """Those of the columns that it does not have."""
        known = self.columns()
        return [
            Problem(
                self.place, f"{self._name} has no column '{name}'.", nearest(name, known) or f"It has: {_told(known)}"
            )
            for name in columns
            if name not in known
        ]

    @property
    def at(self) -> datetime:
        """How old what it says is: when the file was changed last; of a database, now."""
        return datetime.fromtimestamp(self.file.stat().st_mtime, UTC) if self.file else datetime.now(UTC)

    @property
    def _name(self) -> str:
        return f"'{self.shown}'" if self.file else f"the table '{self.table}'" if self.table else "the query"

    def _scan(self) -> pl.LazyFrame:
        if self.file is None:
            return self._from_database()
        return _SCANS[self.file.suffix.lower()](self.file)

    def _from_database(self) -> pl.LazyFrame:
        """The admin's own query, or every row of a table; nothing of a lead goes into it."""
        self._expect_file()
        engine = sa.create_engine(self.url)
        try:
            with engine.connect() as connection:
                query = (
                    sa.text(self.query)
                    if self.query
                    else sa.select(sa.Table(self.table, sa.MetaData(), autoload_with=connection))
                )
                return pl.read_database(query, connection, infer_schema_length=None).lazy()
        finally:
            engine.dispose()

    def _expect_file(self) -> None:
        """SQLite would make an empty one where there is none."""
        url = sa.make_url(self.url)
        path = url.database or ""
        if (
            url.get_backend_name() == "sqlite"
            and not path.startswith(("file:", ":memory:"))
            and not Path(path).exists()
        ):
            raise ConfigError([Problem(self.place, f"there is no file '{Path(path).name}'.", _CURE)])

    def _opened(self, read: Callable[[], Any]) -> Any:
        """What `read` gives; what goes wrong is told without content of the table or a password in its address."""
        try:
            return read()
        except ConfigError:
            raise
        except FileNotFoundError:
            raise ConfigError([Problem(self.place, f"there is no file {self._name}.", _CURE)]) from None
        except OSError as error:
            why = error.strerror or type(error).__name__
            raise ConfigError([Problem(self.place, f"{self._name} cannot be read: {why}.", _CURE)]) from None
        except (pl.exceptions.PolarsError, sa.exc.SQLAlchemyError, ValueError, KeyError, ImportError) as error:
            raise ConfigError(
                [Problem(self.place, f"{self._name} cannot be read ({type(error).__name__}).", self._cure)]
            ) from None

    @property
    def _cure(self) -> str:
        if self.file:
            return "Save it as .csv (in UTF-8), .parquet or .xlsx, with the names of its columns in the first line."
        return "Mend url, and table or query; the driver of the database has to be installed."


def version(file: Path) -> str:
    """Changes when the file does."""
    try:
        stat = file.stat()
    except (OSError, ValueError):  # what is wrong with it is told when it is read
        return "absent"
    return f"{stat.st_size} {stat.st_mtime_ns}"


def _csv(file: Path) -> pl.LazyFrame:
    return pl.scan_csv(file, infer_schema=False, truncate_ragged_lines=True)


def _excel(file: Path) -> pl.LazyFrame:
    with needs("excel", "a table in Excel's form"):
        import fastexcel
    try:
        return pl.read_excel(file, engine="calamine").lazy()
    except fastexcel.FastExcelError as error:
        raise ValueError(type(error).__name__) from None


_SCANS: Mapping[str, Callable[[Path], pl.LazyFrame]] = {
    ".csv": _csv,
    ".parquet": pl.scan_parquet,
    ".xlsx": _excel,
    ".xls": _excel,
}
SUFFIXES = tuple(_SCANS)


def _as_text(name: str, dtype: pl.DataType) -> pl.Expr:
    """As CRMs spell it: whole numbers without a point, lists parted by semicolons."""
    column = pl.col(name)
    if isinstance(dtype, pl.List):
        return column.cast(pl.List(pl.String)).list.join(_BETWEEN)
    if dtype.is_float():
        whole = column.cast(pl.Int64, strict=False)
        return (
            pl.when(whole.cast(dtype) == column)
            .then(whole.cast(pl.String))
            .otherwise(column.cast(pl.String))
            .alias(name)
        )
    return column.cast(pl.String)


def _told(names: Sequence[str] | Mapping[str, Any]) -> str:
    shown = list(names)[:12]
    return ", ".join(shown) + (", ..." if len(names) > len(shown) else "")
