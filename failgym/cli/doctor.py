"""stub."""
from dataclasses import dataclass
@dataclass(frozen=True)
class Doctor:
    """Stub."""
    x: int = 0
