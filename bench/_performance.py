"""Tables and a plot of what bench/refresh.py has measured; docs/performance.md made of them."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

Key = tuple[int, str, str]
COLORS = {"floor": "#8a8f98", "digest": "#2f7ed8", "newsboat": "#c2703d", "reader": "#3d9a6a"}
WIDTH, ROW, LEFT = 720, 22, 190

DOCUMENT = """# Performance

What a refresh costs, measured by `bench/refresh.py`, which made this page. The floor is the least
that a Python program could do: fetch with validators, walk the tree for five fields, insert; no
cleaning, no dates, no duplicates, no politeness. Compare ratios, not seconds: these depend on the
machine and on what else it does.

Measured on {day} with Python {python} on {machine}, {rounds}. The feeds are
made up: RSS and Atom, full texts and summaries, two of ten in Chinese, each at a host of its own on
loopback. CPU seconds are those of the whole process, start-up and imports included.

![CPU seconds of each program, on a logarithmic scale](performance.svg)

{tables}

## Where the time goes

An unchanged refresh of 1,000 feeds spends about two fifths of its CPU time on starting (Python
itself, SQLAlchemy, the configuration), two fifths on 1,000 connections and answers, and the rest on
planning the next polls and keeping them. A first fetch spends a third on parsing, a third on
cleaning what an edition may tell, a tenth on what only recognizes the other entries, a tenth on the
database.

## What does not matter

How many entries are stored: `bench/stored.py` refreshes the same feeds beside a million of them,
and shows how each query is answered: none reads a table of entries whole. Those of feeds, hosts and
editions are looked through once for times that lie in the future.
"""


class Run(Protocol):
    """What one run of a program took."""

    @property
    def cpu(self) -> float: ...
    @property
    def wall(self) -> float: ...
    @property
    def memory(self) -> float: ...


def tables(middle: Mapping[Key, Run], entries: Mapping[int, int]) -> str:
    """Return a table in Markdown for each number of feeds."""
    found = []
    for count, held in entries.items():
        rows = [
            f"{count:,} feeds, {held:,} entries:",
            "",
            "| | program | CPU s | x floor | wall s | peak MB |",
            "|---|---|--:|--:|--:|--:|",
        ]
        for (size, program, phase), run in middle.items():
            if size != count:
                continue
            floor = middle.get((count, "floor", phase))
            ratio = f"{run.cpu / floor.cpu:.1f}" if floor and floor.cpu else ""
            rows.append(
                f"| {phase} | {program} | {run.cpu:.2f} | {ratio} | {run.wall:.1f}"
                f" | {run.memory:.0f} |"
            )
        found.append("\n".join(rows))
    return "\n\n".join(found)


def write(folder: Path, middle: Mapping[Key, Run], entries: Mapping[int, int], rounds: int) -> None:
    """Write the page and its plot into `folder`."""
    (folder / "performance.svg").write_text(plot(middle))
    machine = f"{os.cpu_count()} cores, {platform.system()}"
    text = DOCUMENT.format(
        day=datetime.now(UTC).strftime("%d %B %Y").lstrip("0"),
        python=platform.python_version(),
        machine=machine,
        rounds=f"the median of {rounds} rounds, the largest once" if rounds > 1 else "once",
        tables=tables(middle, entries),
    )
    (folder / "performance.md").write_text(text)


def plot(middle: Mapping[Key, Run]) -> str:
    """Draw a bar for each program and phase; the scale is logarithmic, from 0.01 to 1,000 s."""
    from math import log10

    def length(seconds: float) -> float:
        return (log10(max(seconds, 0.011)) + 2) / 5 * (WIDTH - LEFT - 70)

    parts: list[str] = []
    y = 10
    heading = ""
    for (count, program, phase), run in sorted(middle.items(), key=_order):
        if heading != (heading := f"{count:,} feeds, {phase}"):
            y += 10
            parts.append(f'<text class="name" x="0" y="{y + 15}">{heading}</text>')
        color = COLORS.get(program, "#888888")
        bar = length(run.cpu)
        parts.append(
            f'<rect x="{LEFT}" y="{y + 3}" width="{bar:.1f}" height="{ROW - 6}" fill="{color}"/>'
            f'<text x="{LEFT + bar + 6:.1f}" y="{y + 15}">{program} {run.cpu:.2f} s</text>'
        )
        y += ROW
    style = (
        "text{font:12px system-ui,sans-serif;fill:#1c1e21}.name{font-weight:600}"
        "@media(prefers-color-scheme:dark){text{fill:#e8e9eb}}"
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y + 10}" role="img">'
        "<title>CPU seconds of a refresh, by program and number of feeds</title>"
        f"<style>{style}</style>{''.join(parts)}</svg>\n"
    )


def _order(item: tuple[Key, Run]) -> tuple[int, int, float]:
    (count, _, phase), run = item
    phases = ("first fetch", "unchanged", "5 % changed")
    return count, phases.index(phase) if phase in phases else len(phases), run.cpu
