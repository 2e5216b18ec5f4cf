"""Small plots as inline SVG: bars for the days of a feed, and its last fetches."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from markupsafe import Markup

from digest.store.fetches import FetchRecord

HEIGHT = 20


def sparkline(counts: Sequence[int]) -> Markup:
    """Return a step for each day, as high as its entries; a screen reader hears their sum."""
    total, most = sum(counts), max(counts, default=0)
    label = f"{total:,} entries in {len(counts) // 7} weeks, at most {most:,} a day"
    if not total:
        label = f"no entries in {len(counts) // 7} weeks"
    width = 2 * len(counts)
    return Markup(
        '<svg class="spark" role="img" aria-label="{}" width="{}" height="{}" viewBox="0 0 {} {}">'
        '<path d="M0 {}h{}" stroke="currentColor" stroke-opacity=".35"/>'
        '<path d="{}" fill="currentColor"/></svg>'
    ).format(label, width, HEIGHT + 1, width, HEIGHT + 1, HEIGHT + 0.5, width, _steps(counts, most))


def _steps(counts: Sequence[int], most: int) -> str:
    """Return the outline of the steps; equal days beside each other are one."""
    path, before = f"M0 {HEIGHT}", 0
    heights = [max(2, round(number * HEIGHT / most)) if number else 0 for number in counts]
    for height, days in groupby(heights):
        path += f"{f'v{before - height}' if height != before else ''}h{2 * len(list(days))}"
        before = height
    return f"{path}V{HEIGHT}z"


def fetch_plot(fetches: Sequence[FetchRecord]) -> Markup:
    """Return a bar for each fetch: its bytes; a dot for a 304, a cross for a failure."""
    most = max((fetch.received for fetch in fetches), default=0) or 1
    width, step = 12 * max(len(fetches), 1), 12
    failed = sum(fetch.error is not None for fetch in fetches)
    unchanged = sum(fetch.is_unchanged for fetch in fetches)
    read = len(fetches) - failed - unchanged
    label = f"the last {len(fetches)} fetches: {read} read, {unchanged} unchanged, {failed} failed"
    shapes = []
    for at, fetch in enumerate(fetches):
        x = step * at + step // 2
        if fetch.error is not None:
            shapes.append(
                f'<path class="failed" d="M{x - 4} 44l8 8m0 -8l-8 8" stroke="currentColor" '
                'stroke-width="2"/>'
            )
        elif fetch.is_unchanged:
            shapes.append(f'<circle cx="{x}" cy="50" r="2" fill="currentColor"/>')
        else:
            height = max(3, round(44 * fetch.received / most))
            shapes.append(f'<path d="M{x} 52v-{height}" stroke="currentColor" stroke-width="7"/>')
    return Markup(
        '<svg class="plot" role="img" aria-label="{}" width="{}" height="54" viewBox="0 0 {} 54">'
    ).format(label, width, width) + Markup("".join(shapes) + "</svg>")  # noqa: S704 - numbers only
