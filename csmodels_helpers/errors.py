"""The package's own exceptions: each says what is wrong, where, what is allowed and what to do."""

from __future__ import annotations

from csmodels_helpers.language import join, text

__all__ = ["ArgumentError", "CourseError", "DataError", "UnknownNameError"]


class CourseError(Exception):
    """Base of every error that this package raises on purpose.

    Catch it to treat all of them alike; its message is one plain sentence in the chosen language.
    """


class ArgumentError(CourseError, ValueError):
    """A parameter has a value that it cannot have.

    Parameters
    ----------
    name : str
        The parameter.
    value : object
        What was given.
    allowed : str
        What is allowed, in words.
    advice : str, optional
        What to do instead.

    Examples
    --------
    >>> print(ArgumentError("confidence", 95, "a number between 0 and 1", "Write 0.95 for 95 %."))
    confidence=95 is not allowed: it takes a number between 0 and 1. Write 0.95 for 95 %.
    """

    def __init__(self, name: str, value: object, allowed: str, advice: str = "") -> None:
        self.name, self.value, self.allowed = name, value, allowed
        message = text("errors.argument", name=name, value=repr(value), allowed=allowed)
        super().__init__(join(message, advice))


class DataError(CourseError, ValueError):
    """A frame holds values that the model cannot take.

    Parameters
    ----------
    column : str
        The column.
    rows : int
        How many rows are concerned; 0 if there are no rows at all.
    row : object
        Index label of the first of them; "—" if the rows are wrong together and none of them alone.
    value : object
        The value found there.
    allowed : str
        What is allowed, in words.
    advice : str, optional
        What to do.

    Examples
    --------
    >>> print(DataError("csat", 3, 17, 9, "a whole number from 1 to 5"))
    Column "csat": 3 rows hold a value that is not allowed, first row 17 with 9. Allowed: a whole number
    from 1 to 5.
    """

    def __init__(
        self, column: str, rows: int, row: object, value: object, allowed: str, advice: str = ""
    ) -> None:
        self.column, self.rows, self.row, self.value = column, rows, row, value
        self.allowed, self.advice = allowed, advice
        # A segment in which nobody answered is wrong as a whole; no row of it is the first wrong one.
        wrong = "together_{}" if row == "—" else "{}"
        key = "errors.data." + ("empty" if rows == 0 else wrong.format("one" if rows == 1 else "many"))
        found = "" if value is None else text("errors.data.found", value=repr(value))
        message = text(
            key, column=column, rows=rows, row=row, value=repr(value), found=found, allowed=allowed
        )
        super().__init__(join(message, advice))


class UnknownNameError(CourseError, LookupError):
    """A name (of a data set, a column, a check) does not exist; the nearest ones are offered.

    Parameters
    ----------
    kind : str
        What was looked for, such as "data set" or "column".
    name : str
        The name that does not exist.
    known : list of str
        The names that do.

    Examples
    --------
    >>> print(UnknownNameError("data set", "retail_orders", ["retailer_orders", "telco_churn"]))
    There is no data set "retail_orders". Did you mean "retailer_orders"? There are:
    retailer_orders, telco_churn.
    """

    def __init__(self, kind: str, name: object, known: list[str]) -> None:
        import difflib

        self.kind, self.name, self.known = kind, name, known
        near = difflib.get_close_matches(str(name), known, n=3, cutoff=0.5)
        parts = [text("errors.unknown.none", kind=kind, name=name)]
        if near:
            parts.append(text("errors.unknown.near", names=", ".join(f'"{n}"' for n in near)))
        parts.append(text("errors.unknown.known", names=", ".join(known) or "—"))
        super().__init__(join(*parts))
