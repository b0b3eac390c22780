"""Writes fitted scikit-learn estimators as bundles that Swerve scores with the same numbers."""

from .bundle import Exported, export
from .errors import ExportError

__all__ = ["Exported", "ExportError", "export"]
__version__ = "1.0.0"
