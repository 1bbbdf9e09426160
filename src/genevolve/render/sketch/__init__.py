"""The compositor: reads a program by plain rules, makes a scene, draws it. No weights, no network, no clock."""

from .renderer import SketchRenderer

__all__ = ["SketchRenderer"]
