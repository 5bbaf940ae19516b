"""Pictures for people: arrays in, matplotlib Axes out, in Chinese or English."""

from yilao.plot.fonts import number_text
from yilao.plot.gap import plot_gap
from yilao.plot.parts import plot_parts
from yilao.plot.paths import plot_paths
from yilao.plot.pyramid import plot_pyramid

__all__ = ["number_text", "plot_gap", "plot_parts", "plot_paths", "plot_pyramid"]
