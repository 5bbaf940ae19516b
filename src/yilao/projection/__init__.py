"""Projection: labelled population and rates in, labelled population, sums and gradients out."""

from yilao.projection.expand import expand_rates
from yilao.projection.project import Projection, project
from yilao.projection.sums import project_sums, sensitivity

__all__ = ["Projection", "expand_rates", "project", "project_sums", "sensitivity"]
