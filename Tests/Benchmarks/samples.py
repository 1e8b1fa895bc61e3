"""How samples are summed up and two of them compared."""

import statistics
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
# On a small shared machine the same binary differs from itself by that much.
TIE = 1.2


def milliseconds(began: float) -> float:
    return round((time.perf_counter() - began) * 1e3, 2)


def summary(samples: list[float]) -> dict:
    return {"median": statistics.median(samples), "min": min(samples), "max": max(samples), "samples": samples}


def verdict(ratio: float) -> str:
    if 1 / TIE < ratio < TIE:
        return "tie"
    return "faster" if ratio > 1 else "slower"
