"""The numbers of a list over time as points of an SVG plot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from digest.model import SubscriberState
from digest.store.subscriber_history import SubscriberWeek

WIDTH, HEIGHT = 720, 180
"""The size of the plot in its own units."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlotLine:
    """A line of a plot."""

    name: str
    points: str
    """The attribute `points` of an SVG polyline."""
    last: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekBar:
    """The sign-ups of a week, above the axis, and its leavings below it."""

    x: int
    width: int
    joined: int
    """The height of the bar above the axis."""
    left: int
    """The height of the bar below the axis."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPlot:
    """The states of a list over time, and what came and went each week."""

    lines: tuple[PlotLine, ...]
    top: int
    """The number at the upper edge."""
    bars: tuple[WeekBar, ...]
    most: int
    """The most sign-ups or leavings of a week, which fill half of the height."""


def of_weeks(weeks: Sequence[SubscriberWeek]) -> ListPlot:
    """Return the plot of some weeks; states that nobody ever had are left out."""
    top = max((max(week.states.values(), default=0) for week in weeks), default=0)
    most = max((max(week.joined, week.left) for week in weeks), default=0)
    step = WIDTH / max(1, len(weeks) - 1)
    lines = []
    for state in SubscriberState:
        counts = [week.states.get(state, 0) for week in weeks]
        if any(counts):
            points = " ".join(
                f"{round(place * step)},{round(HEIGHT - HEIGHT * number / max(1, top))}"
                for place, number in enumerate(counts)
            )
            lines.append(PlotLine(name=state.value, points=points, last=counts[-1]))
    column = WIDTH / max(1, len(weeks))
    half = HEIGHT / 4
    bars = tuple(
        WeekBar(
            x=round(place * column),
            width=max(1, round(column) - 2),
            joined=round(half * week.joined / max(1, most)),
            left=round(half * week.left / max(1, most)),
        )
        for place, week in enumerate(weeks)
    )
    return ListPlot(lines=tuple(lines), top=top, bars=bars, most=most)
