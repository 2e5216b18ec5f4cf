"""Why something is or is not in an edition, and what a person says about two stories."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException
from starlette.responses import Response

from digest.diagnostics import explain
from digest.diagnostics.explain import DigestOutcome, EntryNames, NamedEntry
from digest.diagnostics.explain.sentences import facts, outcome_lines, tie
from digest.errors import DigestError
from digest.model import Decision, Entry, Judgment, Verdict
from digest.pipeline import story_verdicts
from digest.pipeline.story_verdicts import JudgedStories
from digest.store import omissions, stories
from digest.store import story_verdicts as verdict_rows
from digest.web.admin import pages
from digest.web.admin.request import AdminRequest, AdminRoute

if TYPE_CHECKING:
    from sqlalchemy import Connection

SHOWN = 50
"""The entries of a page."""

_COPIES = 50
"""The most copies of a story that its page names."""

REASONS = {
    Verdict.CAPPED: "over the limit",
    Verdict.FILTERED: "filtered by",
    Verdict.TOO_OLD: "too old:",
    Verdict.DUPLICATE: "told by another entry",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeRow:
    """What a digest made of an entry, in words, with the entries that it speaks of."""

    digest: str
    lines: tuple[str, ...]
    edition: str | None
    others: tuple[NamedEntry, ...]
    copies: tuple[NamedEntry, ...]
    """The entries that were left out as copies of this one."""
    copy_of: NamedEntry | None


def search(request: AdminRequest) -> Response:
    """Find an entry by its number, its link, or words of its title."""
    needle = request.asked("q").strip()[:500]
    found = []
    if needle:
        with request.store.read() as connection:
            found = explain.look_up(request.config, connection, needle)
        if len(found) == 1:
            return pages.redirect(request, f"why/{found[0][0].id}")
    return pages.show(
        request,
        "why_search.html",
        title="Why is it there, or not?",
        needle=needle,
        found=found,
        among=explain.AMONG,
    )


def trail(request: AdminRequest, id: int) -> Response:
    """Show the trail of an entry."""
    return _trail_page(request, id, {})


def _trail_page(request: AdminRequest, entry_id: int, errors: dict[str, str]) -> Response:
    with request.store.read() as connection:
        found = explain.follow(request.config, connection, str(entry_id), request.now)
        if not found or found[0].entry.id != entry_id:
            raise HTTPException(404)
        names = EntryNames(request.config, connection)
        outcomes = [_outcome(connection, names, entry_id, each) for each in found[0].outcomes]
    return pages.show(
        request,
        "why.html",
        422 if errors else 200,
        title=found[0].title,
        trail=found[0],
        facts=facts(found[0], request.config.timezone),
        outcomes=outcomes,
        state=request.form_state("same", errors),
    )


def _outcome(
    connection: Connection, names: EntryNames, entry_id: int, outcome: DigestOutcome
) -> OutcomeRow:
    copies: list[NamedEntry] = []
    if outcome.verdict == Verdict.TOLD.value:
        ids = stories.duplicates(connection, outcome.digest, [entry_id]).get(entry_id, [])
        copies = list(names.entries(sorted(ids)[:_COPIES]).values())
    mentioned = [outcome.of, outcome.tied_to]
    mentioned += [item.other for item in (outcome.into, *outcome.took) if item]
    others = {item.id: item for item in mentioned if item is not None}
    return OutcomeRow(
        digest=outcome.digest,
        lines=tuple(outcome_lines(outcome)),
        edition=outcome.edition or outcome.told,
        others=tuple(others.values()),
        copies=tuple(copies),
        copy_of=outcome.of,
    )


def judge(request: AdminRequest) -> Response:
    """Store a verdict about two entries, and return to the trail of the first."""
    one = _number(request.sent("one"))
    if one is None:
        raise HTTPException(422)
    if request.restored:
        return _trail_page(request, one, {})
    try:
        judgment = Judgment(request.sent("judgment"))
        other = _other(request)
        judged = story_verdicts.judge(request.store, one, other, judgment, request.now)
    except ValueError:
        raise HTTPException(422) from None
    except DigestError as error:
        return _trail_page(request, one, {"other": str(error)})
    return pages.redirect(request, f"why/{one}", _told(judgment, judged))


def _other(request: AdminRequest) -> int:
    """Return the other entry of a verdict; raise DigestError unless exactly one is named."""
    needle = request.sent("other").strip()[:500]
    if (number := _number(needle)) is not None:
        return number
    with request.store.read() as connection:
        found = explain.look_up(request.config, connection, needle) if needle else []
    if not found:
        raise DigestError("no entry has this number, link or title")
    if len(found) > 1:
        some = "; ".join(f"{entry.id} {title} ({feed})" for entry, title, feed in found[:5])
        raise DigestError(f"it names {len(found)} entries, such as {some}; give the number of one")
    return found[0][0].id or 0


def _number(text: str) -> int | None:
    fits = text.isascii() and text.isdigit() and len(text) < 19
    return int(text) if fits else None


def _told(judgment: Judgment, judged: JudgedStories) -> str:
    said = {
        Judgment.SAME: "They are the same story from now on.",
        Judgment.APART: "They are not the same story from now on.",
        Judgment.WITHDRAWN: "The verdict is withdrawn: the texts decide again.",
    }[judgment]
    for pairs, words in (
        (judged.eligible, "The next edition may tell what was left out as a copy"),
        (judged.separated, "Two stories that were joined are separate again"),
        (judged.joined, "The later story goes on under the earlier"),
    ):
        if pairs:
            names = sorted({digest for digest, _ in pairs})
            said += f" {words}: {', '.join(names)}."
    return said


def left_out(request: AdminRequest, name: str, slot: str) -> Response:
    """List what an edition left out: by reason, with words of titles, a page at a time."""
    verdict = next((each for each in REASONS if each.value == request.asked("reason")), None)
    rule = request.asked("rule")[:500] or None
    before = _number(request.asked("before"))
    with request.store.read() as connection:
        edition_id = omissions.edition_id(connection, name, slot)
        if edition_id is None:
            raise HTTPException(404)
        counts = omissions.counts(connection, name, edition_id)
        rows = omissions.page(
            connection,
            name,
            edition_id,
            verdict=verdict,
            rule=rule,
            words=request.asked("q")[:200],
            before=before,
            most=SHOWN + 1,
        )
        shown = rows[:SHOWN]
        names = EntryNames(request.config, connection)
        names.read(entry for _, entry in shown)
        leads = names.entries({decision.of for decision, _ in shown if decision.of})
        items = [_omitted(decision, entry, names, leads) for decision, entry in shown]
    return pages.show(
        request,
        "left_out.html",
        title=f"Left out: {name} {slot}",
        name=name,
        slot=slot,
        counts=counts,
        reasons=REASONS,
        verdict=verdict,
        rule=rule,
        items=items,
        more=shown[-1][1].id if len(rows) > SHOWN else None,
        total=sum(each.entries for each in counts),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class OmissionRow:
    """An entry that an edition left out, and the reason in words."""

    entry: NamedEntry
    reason: str
    lead: NamedEntry | None


def _omitted(
    decision: Decision, entry: Entry, names: EntryNames, leads: dict[int, NamedEntry]
) -> OmissionRow:
    lead = leads.get(decision.of or 0)
    reason = f"{REASONS[decision.verdict]} {decision.rule or ''}".strip()
    if lead is not None:
        reason = f"a copy, by {tie(decision.rule, decision.score)}"
    return OmissionRow(entry=names.entry(entry), reason=reason, lead=lead)


def verdicts(request: AdminRequest) -> Response:
    """List what people have said about stories, the newest first."""
    with request.store.read() as connection:
        before = _number(request.asked("before"))
        pairs = verdict_rows.page(connection, before=before, most=SHOWN + 1)
    return pages.show(
        request,
        "verdicts.html",
        title="Verdicts about stories",
        pairs=pairs[:SHOWN],
        more=pairs[SHOWN - 1].verdict.id if len(pairs) > SHOWN else None,
        words={
            Judgment.SAME: "the same story",
            Judgment.APART: "not the same story",
            Judgment.WITHDRAWN: "withdrawn",
        },
    )


ROUTES = (
    AdminRoute(path="/why", page=search, nav="digests"),
    AdminRoute(path="/why/{id:int}", page=trail, nav="digests"),
    AdminRoute(
        path="/left-out/{name:digest_name}/{slot:edition_slot}", page=left_out, nav="digests"
    ),
    AdminRoute(path="/verdicts", page=verdicts, nav="digests"),
    AdminRoute(path="/verdicts/judge", page=judge, methods=("POST",)),
)
