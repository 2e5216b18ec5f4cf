"""Compute the slots of a cron line in a time zone, as local date-times.

A line has the meaning that Debian's cron gives it, and its times are wall-clock times of the zone.
A time that the clock skips in spring moves to the end of the gap; of a time that the clock shows
twice in autumn, the first counts.  So slots, instants and names ascend
together, and no local date gets a slot twice.
"""

from __future__ import annotations

import re
import zoneinfo
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from digest.text.suggestions import nearest

_ALIASES = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}

_NAME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{4}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """A cron line that has been checked: it fires at some time."""

    line: str
    """As written."""
    expression: str
    """Its five fields."""

    @property
    def by_clock(self) -> bool:
        """Return whether the line sets intervals, not times of the day (a star as minute or hour).

        Debian's cron makes up for a skipped time of the day, not for a skipped interval.
        """
        minute, hour, *_ = self.expression.split()
        return minute.startswith("*") or hour.startswith("*")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Field:
    kind: str
    low: int
    high: int
    names: tuple[str, ...] = ()

    def check(self, text: str) -> None:
        """Raise ValueError with what is wrong where `text` is not a list of ranges and steps."""
        for term in text.split(","):
            span, slash, step = term.partition("/")
            if slash and not (_is_number(step) and int(step) > 0):
                raise ValueError(f"the step of {term!r} is not a number from 1 on")
            if span == "*":
                continue
            first, dash, last = span.partition("-")
            begin = self._value(first)
            if dash and self._value(last) < begin:
                raise ValueError(
                    f"{span} runs backwards: write {first}-{self.high},{self.low}-{last}"
                )

    def _value(self, text: str) -> int:
        if text.upper() in self.names:
            return self.names.index(text.upper()) + self.low
        if not _is_number(text) or not self.low <= int(text) <= self.high:
            names = f" or {self.names[0]}-{self.names[-1]}".lower() if self.names else ""
            what = repr(text) if text else "nothing"
            raise ValueError(f"{what} is not {self.kind} ({self.low}-{self.high}{names})")
        return int(text)


_COUNTS = ("none", "one", "two", "three", "four")
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_FIELDS = (
    _Field(kind="a minute", low=0, high=59),
    _Field(kind="an hour", low=0, high=23),
    _Field(kind="a day of the month", low=1, high=31),
    _Field(kind="a month", low=1, high=12, names=_MONTHS),
    _Field(kind="a day of the week", low=0, high=7, names=_DAYS),
)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 4


# --- reading what the operator wrote -------------------------------------------------------------


def parse_schedule(line: str) -> Schedule:
    """Read a cron line: five fields, or an alias such as ``@daily`` (crontab(5) of Debian).

    Raises ValueError with a sentence that names the field and what is wrong in it.

    >>> parse_schedule("@weekly").expression
    '0 0 * * 0'
    """
    fields = line.split()
    if len(fields) == 1 and fields[0].startswith("@"):
        if (alias := fields[0].lower()) not in _ALIASES:
            raise ValueError(f"{fields[0]!r} is none of {', '.join(_ALIASES)}")
        fields = _ALIASES[alias].split()
    if len(fields) != len(_FIELDS):
        raise ValueError(
            "five fields expected (minute, hour, day of the month, month, day of the week), "
            f"got {_COUNTS[len(fields)] if len(fields) < len(_COUNTS) else len(fields)}"
        )
    for field, text in zip(_FIELDS, fields, strict=True):
        field.check(text)
    schedule = Schedule(line=line, expression=" ".join(fields))
    try:
        next(CronSim(schedule.expression, datetime(2000, 1, 1)))  # noqa: DTZ001 (any year does)
    except (CronSimError, StopIteration) as error:
        raise ValueError("this can never fire: no such month has such a day") from error
    return schedule


def check_timezone(name: str) -> ZoneInfo:
    """Return the zone that IANA knows as `name`.

    Raises ValueError with the nearest known name.
    """
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        near = _nearest_timezone(name)
        hint = f'; did you mean "{near}"?' if near else ', such as "Europe/Berlin" or "UTC"'
        raise ValueError(f"{name!r} is not the name of a time zone{hint}") from error


def _nearest_timezone(name: str) -> str | None:
    names = {zone.lower(): zone for zone in zoneinfo.available_timezones()}
    cities = {low.rpartition("/")[2]: zone for low, zone in sorted(names.items())}
    written = name.strip().lower().replace(" ", "_")
    exact = names.get(written) or cities.get(written)
    if exact or "/" not in written:  # the abbreviations are all alike
        return exact
    area, _, city = written.rpartition("/")
    near = {low.rpartition("/")[2]: zone for low, zone in names.items() if low.startswith(area)}
    meant = nearest(
        city, near, cutoff=0.75
    )  # compared by city: all cities of an area share its name
    return near[meant] if meant else nearest(written, names.values(), cutoff=0.9)


# --- slots ---------------------------------------------------------------------------------------


def latest_slot(schedule: Schedule, timezone: str, now: datetime) -> datetime:
    """Return the newest slot not after `now`: aware, in `timezone`, to the minute."""
    moment = now.astimezone(UTC)
    return next(slot for slot in _backwards(schedule, ZoneInfo(timezone), moment) if slot <= moment)


def slot_before(schedule: Schedule, timezone: str, slot: datetime) -> datetime:
    """Return the newest slot that is before `slot` (a slot, or any moment)."""
    moment = slot.astimezone(UTC)
    return next(slot for slot in _backwards(schedule, ZoneInfo(timezone), moment) if slot < moment)


def next_slot(schedule: Schedule, timezone: str, now: datetime) -> datetime:
    """Return the first slot after `now`."""
    moment = now.astimezone(UTC)
    return next(slot for slot in _forwards(schedule, ZoneInfo(timezone), moment) if slot > moment)


def slot_name(slot: datetime) -> str:
    """Return the name of a slot, which must be in its own zone.

    >>> slot_name(datetime(2026, 1, 12, 7, tzinfo=ZoneInfo("Europe/Berlin")))
    '2026-01-12T0700'
    """
    return f"{slot.date().isoformat()}T{slot:%H%M}"


def parse_slot_name(name: str, timezone: str) -> datetime:
    """Return the slot in `timezone` that has this name.

    Raises ValueError with a sentence where `name` is not like ``2026-01-12T0700``.
    """
    try:
        if not _NAME.fullmatch(name):
            raise ValueError("not of that shape")
        wall = datetime.strptime(name, "%Y-%m-%dT%H%M")  # noqa: DTZ007 (the zone comes next)
    except ValueError as error:
        raise ValueError(f"{name!r} is not the name of a slot, such as 2026-01-12T0700") from error
    return wall.replace(tzinfo=ZoneInfo(timezone))


def _backwards(schedule: Schedule, zone: ZoneInfo, moment: datetime) -> Iterator[datetime]:
    """Yield slots backwards, beginning with or a little after the newest not after `moment`."""
    local = moment.astimezone(zone)
    # In the repeated hour of autumn, the clock has already shown later times than it shows now.
    shown = (local.replace(fold=0).utcoffset() or _ZERO) - (local.utcoffset() or _ZERO)
    start = local.replace(tzinfo=None, microsecond=0) + shown + timedelta(seconds=1)
    yield from _placed(schedule, zone, CronSim(schedule.expression, start, reverse=True))


def _forwards(schedule: Schedule, zone: ZoneInfo, moment: datetime) -> Iterator[datetime]:
    start = moment.astimezone(zone).replace(tzinfo=None, fold=0)
    yield from _placed(schedule, zone, CronSim(schedule.expression, start))


def _placed(schedule: Schedule, zone: ZoneInfo, walls: Iterator[datetime]) -> Iterator[datetime]:
    """Yield the slots that the wall clock's times `walls` stand for in `zone`."""
    for wall in walls:
        if _happens(wall, zone):
            yield wall.replace(tzinfo=zone)
        elif not schedule.by_clock:
            while not _happens(wall, zone):
                wall += timedelta(minutes=1)
            yield wall.replace(tzinfo=zone)


def _happens(wall: datetime, zone: ZoneInfo) -> bool:
    local = wall.replace(tzinfo=zone)
    return local.astimezone(UTC).astimezone(zone).replace(tzinfo=None) == wall


_ZERO = timedelta()
