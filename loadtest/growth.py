"""Whether a figure that was read again and again stays as it is."""

from __future__ import annotations

import dataclasses
import statistics
from collections.abc import Sequence

MIB = 1024 * 1024
MEMORY_BYTES_MIN = 4 * MIB
MEMORY_SHARE = 0.02
COUNT_MAX = 2
# A line through more points is no better, and takes their square.
POINTS_MAX = 400

# Seconds, and what was read then.
Sample = tuple[float, float]


@dataclasses.dataclass(frozen=True)
class Growth:
    median: float
    gained: float  # along the fitted line, from the first sample to the last
    bound: float
    an_hour: float  # the same line, as a rate

    @property
    def flat(self) -> bool:
        return self.gained <= self.bound


def slope(samples: Sequence[Sample]) -> float:
    """The median of the slopes of all pairs (Theil 1950, Sen 1968); 0 of fewer than two samples."""
    points = samples[:: -(-len(samples) // POINTS_MAX)] if samples else []
    slopes = [
        (later - earlier) / (t2 - t1)
        for i, (t1, earlier) in enumerate(points)
        for t2, later in points[i + 1 :]
        if t2 > t1
    ]
    return statistics.median(slopes) if slopes else 0.0


def growth_of(samples: Sequence[Sample], bound: float) -> Growth:
    rate = slope(samples)
    return Growth(
        median=statistics.median(value for _, value in samples),
        gained=rate * (samples[-1][0] - samples[0][0]),
        bound=bound,
        an_hour=3_600 * rate,
    )


def growth_of_memory(samples: Sequence[Sample]) -> Growth:
    """Growth of a number of bytes."""
    median = statistics.median(value for _, value in samples)
    return growth_of(samples, max(MEMORY_BYTES_MIN, MEMORY_SHARE * median))


def growth_of_count(samples: Sequence[Sample]) -> Growth:
    """Growth of a number of file descriptors or threads."""
    return growth_of(samples, COUNT_MAX)
