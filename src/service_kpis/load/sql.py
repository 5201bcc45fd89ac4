"""Small SQL pieces: quoting, and the conversion of a landing value to its raw type."""

from __future__ import annotations

from dataclasses import dataclass

INTEGERS = {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT"} | {
    "UTINYINT",
    "USMALLINT",
    "UINTEGER",
    "UBIGINT",
    "UHUGEINT",
}
FLOATS = {"FLOAT", "DOUBLE"}


def identifier(name: str) -> str:
    """Quote a name for SQL."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Quote a text for SQL."""
    return "'" + text.replace("'", "''") + "'"


@dataclass(frozen=True)
class Conversion:
    """How one landing column becomes a raw column.

    `value` is what was delivered, NULL where nothing was; `converted` is the same in the raw type,
    NULL where it does not fit. A value that is there but cannot be converted is an error.
    """

    value: str
    converted: str
    data_type: str

    @property
    def fails(self) -> str:
        """Condition: a value was delivered and does not fit."""
        return f"({self.value} is not null and {self.converted} is null)"

    @property
    def strict(self) -> str:
        """Expression: the converted value; a value that does not fit stops the statement."""
        if self.value == self.converted:
            return self.value
        # `coalesce` converts once, and looks for the reason only where that gave NULL.
        stop = f"cast(error('value does not fit') as {self.data_type})"
        return f"coalesce({self.converted}, case when {self.value} is not null then {stop} end)"


def conversion(column: str, source_type: str, data_type: str) -> Conversion:
    """Return how the SQL expression `column` of type `source_type` becomes a `data_type`.

    Whatever has no obvious conversion goes through its text, so that text, CSV and odd Parquet
    types follow the same rules. Nothing is rounded to a whole number, no time of day is cut off a
    date, and NaN and infinity are not values.
    """
    source_type = source_type.upper()
    target = data_type.partition("(")[0]
    is_integer = source_type in INTEGERS
    is_number = is_integer or source_type in FLOATS or source_type.startswith("DECIMAL")
    is_time = source_type == "DATE" or source_type.startswith("TIMESTAMP")

    if target == "varchar":
        text = column if source_type == "VARCHAR" else f"cast({column} as varchar)"
        return Conversion(text, text, data_type)

    direct = (
        (target == "boolean" and (source_type == "BOOLEAN" or is_number))
        or (target in {"integer", "bigint", "decimal", "double"} and is_number)
        or (target == "date" and source_type == "DATE")
        or (target == "timestamptz" and is_time)
    )
    if direct:
        delivered = value = column
    else:
        text = column if source_type == "VARCHAR" else f"cast({column} as varchar)"
        delivered = f"trim({text})"
        value = f"nullif({delivered}, '')"

    cast = f"try_cast({delivered} as {data_type})"
    if target == "boolean" and is_number:
        converted = f"case {delivered} when 1 then true when 0 then false end"
    elif target in {"integer", "bigint"} and not is_integer:
        number = f"try_cast({delivered} as double)"
        converted = f"case when {number} = trunc({number}) then {cast} end"
    elif target == "date":
        # Midnight in the value's own offset: the day as it was written.
        written = f"try_cast({delivered} as timestamp)"
        converted = f"case when isfinite({cast}) and {written} = {cast} then {cast} end"
    elif target in {"timestamptz", "double"}:
        converted = f"case when isfinite({cast}) then {cast} end"
    else:
        converted = cast
    return Conversion(value, converted, data_type)
