"""The errors that yilao raises on purpose."""

from __future__ import annotations


class YilaoError(ValueError):
    """Base of every error that yilao raises on purpose."""


class SchemaError(YilaoError):
    """An array does not have the dimensions, labels, unit or values that are needed."""


class BasisError(SchemaError):
    """Resident (常住) and registered (户籍) figures were about to be mixed."""


class FactsError(YilaoError):
    """A data file is broken: the message names file, row and field."""


class NegativePopulationError(YilaoError):
    """More people leave a cohort than it has; the message names the first one."""


class UnknownNameError(YilaoError):
    """A place, plan, indicator or variant does not exist, or the name means more than one."""
