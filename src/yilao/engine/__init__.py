"""The cohort-component kernels, on plain arrays: they know no labels, files or cities."""

from yilao.engine.reference import Flows, Rates, project_arrays

__all__ = ["Flows", "Rates", "project_arrays"]
