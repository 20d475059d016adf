"""Names and values as SQL writes them: the one place where a quotation mark is doubled."""


def identifier(name: str) -> str:
    """The name of a table, view or column between double quotation marks."""
    return '"' + name.replace('"', '""') + '"'


def literal(value: object) -> str:
    """A value as text between quotation marks."""
    return "'" + str(value).replace("'", "''") + "'"
