"""Measure the matching: what it finds, what it confuses, what it costs.

    .venv/bin/python bench/duplicates.py [--corpus PATH] [--index 1000000] [--claims]

`PATH` is a folder with any of `dedupe/minhash-articles`, `dedupe/sts-headlines`, `feeds` and
`pairs`; what is not there is left out.  The labelled groups are our own.  `--claims` prints every
merge across sites, to be read.
"""

from __future__ import annotations

import argparse
import csv
import os
import random
import resource
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

import _aggregators
import _chains
import _events
import _groups
import _index
import _matching
import _templates
import _variants
from digest import match
from digest.errors import ParseError
from digest.match import events as newsrooms
from digest.model import Document, Entry
from digest.parse import parse
from digest.sift import identify

EACH = 600
"""Corpus entries that variants are made of, beside the articles."""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--corpus", type=Path, default=os.environ.get("DIGEST_CORPUS"))
    parser.add_argument("--index", type=int, default=1_000_000)
    parser.add_argument("--seeds", type=int, default=10, help="of the chains, in each language")
    parser.add_argument("--claims", action="store_true")
    parser.add_argument("--only", nargs="*", default=[])
    asked = parser.parse_args()
    parts = {
        "articles": lambda: articles(asked.corpus),
        "variants": lambda: variants(asked.corpus, asked.claims),
        "feeds": lambda: feeds(asked.corpus, asked.claims),
        "pairs": lambda: pairs(asked.corpus, asked.claims),
        "headlines": lambda: headlines(asked.corpus),
        "groups": lambda: labelled(_groups.make(), asked.claims),
        "own words": lambda: labelled(_events.told(), asked.claims),
        "events": lambda: events(asked.claims),
        "templates": lambda: templates(asked.claims),
        "aggregators": aggregators,
        "chains": lambda: chains(asked.seeds),
        "speed": lambda: speed(asked.index),
    }
    for name, part in parts.items():
        if not asked.only or name in asked.only:
            print(f"\n{name}")
            part()


def line(name: str, figures: str) -> None:
    print(f"  {name:48}{figures}", flush=True)


def aggregators() -> None:
    for name, cut in _aggregators.CUTS.items():
        found = list(_aggregators.cut_headlines(cut))
        joined, false = (sum(row[at] for row in found) for at in (0, 1))
        line(
            f"headlines cut {name}",
            f"joined {joined} of {len(_aggregators.HEADLINES)}  false {false}",
        )
    for count in (7, 60, 240):
        line(f"one link of {count} feeds", f"{_aggregators.one_link(count)} stories")


# --- articles ------------------------------------------------------------------------------------


def read_articles(folder: Path, count: int) -> tuple[dict[str, str], set[frozenset[str]]]:
    """Read the texts by name, and the pairs of names that are true duplicates."""
    base = folder / "dedupe" / "minhash-articles" / f"articles_{count}"
    texts = dict(
        line.split(" ", 1) for line in base.with_suffix(".train").read_text().splitlines() if line
    )
    truth = {
        frozenset(line.split()) for line in base.with_suffix(".truth").read_text().splitlines()
    }
    return texts, truth


def articles(folder: Path) -> None:
    for count in (100, 1000):
        texts, truth = read_articles(folder, count)
        names = list(texts)
        entries = [
            _matching.clean(at, name, "", f"<p>{texts[name]}</p>") for at, name in enumerate(names)
        ]
        found = {
            frozenset((names[one], names[other]))
            for story in _matching.stories(entries)
            for at, one in enumerate(story)
            for other in story[at + 1 :]
        }
        right = len(found & truth)
        line(
            f"{count} articles",
            f"precision {right / len(found) if found else 1:.3f}  recall {right / len(truth):.3f}",
        )


# --- variants ------------------------------------------------------------------------------------


def variants(folder: Path, claims: bool) -> None:
    texts, truth = read_articles(folder, 1000)
    same = {max(pair): min(pair) for pair in truth}
    originals = [
        (same.get(name, name), " ".join(text.split()[:8]), text) for name, text in texts.items()
    ]
    measure("articles", originals, claims)
    measure("articles without titles", [(who, "", text) for who, _, text in originals], claims)
    chosen = [
        (str(at), entry.title, entry.body.text)
        for at, entry in enumerate(
            entry for site in sorted_sites(folder) for entry in site if _is_text(entry)
        )
        if entry.body
    ]
    random.Random(7).shuffle(chosen)
    unique: dict[str, tuple[str, str, str]] = {}
    for name, title, text in chosen:
        unique.setdefault(text[:200], (name, title, text))
    several = list(unique.values())[: 2 * EACH]
    wide = [one for one in several if _variants.is_wide(one[2])][: EACH // 2]
    narrow = [one for one in several if not _variants.is_wide(one[2])][: EACH // 2]
    measure("feeds, Latin and Cyrillic", narrow, claims)
    measure("feeds, Chinese and Japanese", wide, claims)


def _is_text(entry: Entry) -> bool:
    text = entry.body.text if entry.body else ""
    return len(text) > (250 if _variants.is_wide(text) else 600)


def sorted_sites(folder: Path) -> Iterator[list[Entry]]:
    for at, path in enumerate(sorted((folder / "feeds").iterdir())):
        yield read_feed(path, at)


def measure(name: str, originals: Sequence[tuple[str, str, str]], claims: bool) -> None:
    begins = Counter(text[:60] for _, _, text in originals)
    originals = [one for one in originals if begins[one[2][:60]] == 1]  # whose teaser is its own
    pool = sorted({word for _, _, text in originals for word in _pool(text)})
    label = {}
    for kind, (_, bar) in _variants.MAKERS.items():
        entries, labels = [], []
        for at, (who, title, text) in enumerate(originals):
            entries.append(_matching.clean(at, f"o{at}", title, f"<p>{_escaped(text)}</p>"))
            labels.append(who)
        for at, (who, title, text) in enumerate(originals):
            new_title, html = _variants.make(kind, at, title, text, pool)
            entries.append(_matching.clean(10**6 + at % 40, f"v{at}", new_title, html))
            labels.append(who)
        together, wrong = 0, 0
        for story in _matching.stories(entries):
            held = Counter(labels[one] for one in story)
            ours = {one for one in story if one < len(originals)}
            together += sum(
                one >= len(originals) and any(labels[other] == labels[one] for other in ours)
                for one in story
            )
            if claims and len(story) == 1 and story[0] >= len(originals):
                at = story[0] - len(originals)
                print("missed", kind, originals[at][1][:60], "|", entries[story[0]].title[:40])
                for one in (at, story[0]):
                    print(
                        "       ",
                        entries[one].body.text[:500].replace("\n", " "),
                        len(entries[one].body.text),
                    )
            if len(held) > 1:
                wrong += 1
                if claims:
                    for one in story:
                        text = entries[one].body.text if entries[one].body else ""
                        print(
                            "     ",
                            labels[one],
                            one >= len(originals),
                            entries[one].title[:50],
                            "|",
                            text[:100].replace("\n", " "),
                        )
                    print()
        label[kind] = together / len(originals)
        missed = "" if label[kind] >= bar else "   below"
        line(
            f"{name}: {kind} ",
            f"recall {label[kind]:.3f} (bar {bar})  false {wrong} of {len(originals)}{missed}",
        )


def _pool(text: str) -> list[str]:
    return list(text[:300]) if _variants.is_wide(text) else text.split()[:40]


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")


# --- feeds and pairs -----------------------------------------------------------------------------


def read_feed(path: Path, feed: int) -> list[Entry]:
    document = Document(url=path.as_uri(), media_type=None, body=path.read_bytes())
    try:
        parsed = parse(document)
    except ParseError:
        return []
    found = []
    seen = set()
    for one in identify(parsed.entries):
        if one.uid not in seen:
            seen.add(one.uid)
            link = parsed.link or "https://example.org/"
            found.append(_matching.clean_parsed(feed, one.uid, one.entry, link, parsed.language))
    return found


def feeds(folder: Path, claims: bool) -> None:
    entries: list[Entry] = []
    names: dict[int, str] = {}
    for at, path in enumerate(sorted((folder / "feeds").iterdir())):
        names[at] = path.name
        entries += read_feed(path, at)
    across, merged = report(entries, names, claims)
    line(
        f"{len(names)} feeds, {len(entries)} entries",
        f"{merged} stories of several entries, {across} across sites",
    )


def site(entry: Entry, name: str) -> str:
    host = urlsplit(entry.link or "").hostname or ""
    return name.split("__")[0] + "/" + ".".join(host.split(".")[-3:])


def report(entries: Sequence[Entry], names: dict[int, str], claims: bool) -> tuple[int, int]:
    across = merged = 0
    for group in _matching.groups(entries):
        if len(group.members) < 2:
            continue
        merged += 1
        own = [entries[member - 1] for member in group.members]
        titles = {entry.title for entry in own}
        if len({names[entry.feed_id].split("__")[0] for entry in own}) > 1 or len(titles) > 1:
            across += 1
            if claims:
                for entry, member in zip(own, group.members, strict=True):
                    text = entry.body.text if entry.body else ""
                    print(
                        "    ",
                        names[entry.feed_id][:40],
                        group.ties.get(member) and str(group.ties[member]),
                        "|",
                        entry.title[:60],
                        "|",
                        (entry.link or "")[:70],
                        "|",
                        entry.published,
                        len(text),
                        text[:60].replace("\n", " "),
                    )
                print()
    return across, merged


def pairs(folder: Path, claims: bool) -> None:
    base = folder / "pairs"
    with (base / "PAIRS.tsv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    total = hit = wrong = 0
    for row in rows:
        one = read_feed(base / row["folder"] / row["file_a"], 1)
        other = read_feed(base / row["folder"] / row["file_b"], 2)
        entries = one + other
        truth = _truth(one, other)
        found = {
            (a, b)
            for story in _matching.stories(entries)
            for a in story
            for b in story
            if a < len(one) <= b
        }
        extra = {(a, b) for a, b in found - truth if not _is_copy(entries[a], entries[b])}
        total += len(truth)
        hit += len(found & truth)
        wrong += len(extra)
        if claims and (truth - found or extra):
            print(
                f"    {row['folder'][:40]} {row['file_a']} {row['file_b']}:",
                f"{len(truth)} true, {len(found & truth)} found, {len(extra)} others",
            )
            for mark, shown in (("missed", truth - found), ("extra", extra)):
                for a, b in sorted(shown)[:4]:
                    x, y = entries[a], entries[b]
                    print(
                        "       ",
                        mark,
                        x.title[:50],
                        "|",
                        y.title[:50],
                        "|",
                        (x.link or "")[-40:],
                        (y.link or "")[-40:],
                        x.published,
                        y.published,
                        len(x.body.text),
                        len(y.body.text),
                    )
    line(f"{len(rows)} pairs of files", f"recall {hit / total:.4f} of {total}, others {wrong}")


def _is_copy(one: Entry, other: Entry) -> bool:
    """Tell whether two entries bear one title and one text, as a file may have a post twice."""
    return (one.title, one.fingerprint) == (other.title, other.fingerprint) and bool(one.title)


def _truth(one: Sequence[Entry], other: Sequence[Entry]) -> set[tuple[int, int]]:
    """Pair what is the same post: one link, or one title and date that neither file has twice."""
    truth = set()
    for key in (
        lambda entry: entry.canonical_link,
        lambda entry: entry.title and (entry.title, entry.published and entry.published.date()),
        lambda entry: entry.title,
    ):
        mine, theirs = (_unique(entries, key) for entries in (one, other))
        truth |= {(mine[value], len(one) + theirs[value]) for value in mine.keys() & theirs.keys()}
    firsts, seconds = set(), set()
    best = set()
    for a, b in sorted(truth):
        if a not in firsts and b not in seconds:
            best.add((a, b))
            firsts.add(a)
            seconds.add(b)
    return best


def _unique(entries: Sequence[Entry], key) -> dict[object, int]:
    at = defaultdict(list)
    for number, entry in enumerate(entries):
        if key(entry):
            at[key(entry)].append(number)
    return {value: numbers[0] for value, numbers in at.items() if len(numbers) == 1}


# --- headlines of one event ----------------------------------------------------------------------


def headlines(folder: Path) -> None:
    """Measure on pairs that people judged from 0 to 5: 4 is the same, below 3 is not."""
    for year in (2013, 2014):
        rows = [
            line.split("\t")
            for line in (folder / "dedupe" / "sts-headlines" / f"{year}.tsv")
            .read_text()
            .splitlines()
        ]
        read = [
            (float(score), newsrooms.read(one), newsrooms.read(other)) for score, one, other in rows
        ]
        weights = newsrooms.Weights(half for _, *pair in read for half in pair)
        judged = sorted(
            ((newsrooms.likeness(one, other, weights), score) for score, one, other in read),
            reverse=True,
        )
        same = sum(score >= 4 for _, score in judged)
        best = recall = 0.0
        right = wrong = 0
        for at, (_, score) in enumerate(judged, 1):
            right += score >= 4
            wrong += score < 3
            best = max(best, 2 * right / (at + same))
            if right and wrong / (right + wrong) <= 0.01:
                recall = right / same
        claimed = [score for likeness, score in judged if likeness >= newsrooms.BAR]
        told = sum(score >= 4 for score in claimed)
        others = sum(score < 3 for score in claimed)
        line(
            f"headlines of {year}",
            f"best F1 {best:.3f}  recall at precision 0.99 {recall:.3f}  "
            f"at our bar: recall {told / same:.3f}, {others} of {len(claimed)} below 3",
        )


# --- templates -----------------------------------------------------------------------------------


def templates(claims: bool) -> None:
    """Count the pairs of two stories that are merged, and the pairs of copies that are."""
    counts: defaultdict[str, Counter[tuple[bool, bool]]] = defaultdict(Counter)
    for pair in _templates.make():
        entries = [
            _matching.clean(at, f"t{at}", told.title, f"<p>{told.text}</p>")
            for at, told in enumerate((pair.one, pair.other))
        ]
        merged = len(_matching.stories(entries)) == 1
        for language in (pair.language, "all"):
            counts[language][pair.same, merged] += 1
        if claims and merged is not pair.same:
            print("   ", pair.language, pair.name, "|", pair.one.title, "|", pair.other.title)
    for language in (*(one for one in counts if one != "all"), "all"):
        count = counts[language]
        copies = count[True, True] + count[True, False]
        line(
            f"{language}, {count.total()} pairs",
            f"false {count[False, True]} of {count.total() - copies}  "
            f"recall {count[True, True] / copies:.3f} of {copies}",
        )


# --- chains over editions ------------------------------------------------------------------------


def chains(seeds: int) -> None:
    """Count what five editions hide of what one edition tells, arrivals being at random."""
    for language in _groups.BANKS:
        told = lost = hidden = once = over = 0
        for seed in range(seeds):
            links = _chains.make(seed, language)
            entries = [
                _matching.clean(link.feed, f"l{at}", link.title, link.html)
                for at, link in enumerate(links)
            ]
            every = {name for link in links for name in link.tells}
            whole = _matching.leads(entries, [range(len(entries))])
            names = {name for at in whole for name in links[at].tells}
            parts = _matching.leads(entries, _chains.split(seed, len(entries), 5))
            told += len(every)
            lost += len(every - names)
            hidden += len(names.difference(*(links[at].tells for at in parts)))
            once += len(whole)
            over += len(parts)
        line(
            language,
            f"{told} to tell, {lost} hidden in one edition, {hidden} in five;  "
            f"stories: {once} in one edition, {over} in five",
        )


# --- speed ---------------------------------------------------------------------------------------


def speed(largest: int) -> None:
    for size in (10_000, 100_000, 1_000_000, 10_000_000):
        if size > largest:
            break
        with TemporaryDirectory(prefix="digest-bench-") as name:
            path = Path(name) / "index.db"
            store = _index.fill(path, size)
            each = path.stat().st_size / size
            made = _index.texts(2000)
            _index.cost(store, made[:1000])
            cost, _ = _index.cost(store, made[1000:])
            store.close()
            found = 1 / (cost.keys + cost.look_up)
            line(
                f"index of {size} entries",
                f"{found:.0f} entries a CPU second fingerprinted and looked up, "
                f"{1 / (cost.keys + cost.look_up + cost.group):.0f} grouped as well; "
                f"{each:.0f} bytes an entry, {cost.rows:.1f} keys",
            )
    line("peak memory", f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


# --- our own groups and events -------------------------------------------------------------------


def labelled(told: Sequence[_groups.Told], claims: bool) -> None:
    """Measure pairs of tellings, language by language."""
    entries = [
        _matching.clean(at % 97, f"t{at}", one.title, one.html) for at, one in enumerate(told)
    ]
    found: set[tuple[int, int]] = set()
    for story in _matching.stories(entries):
        found |= set(combinations(story, 2))
    by_group = defaultdict(list)
    for at, one in enumerate(told):
        by_group[one.group].append(at)
    truth = {pair for group in by_group.values() for pair in combinations(group, 2)}
    by_language([one.language for one in told], found, truth)
    if claims:
        print(Counter((told[a].edit, told[b].edit) for a, b in truth - found).most_common(30))
        for a, b in sorted(found - truth):
            print("     wrong", told[a][2:4], told[b][2:4])


def events(claims: bool) -> None:
    """Measure which tellings of one event are related, among all those of all events."""
    every = _events.read()
    entries = [
        replace(_matching.clean(at, f"e{at}", title, f"<p>{text}</p>"), id=at)
        for at, (title, text) in enumerate(telling for one in every for telling in one.tellings)
    ]
    near = match.relate(entries, {one.id: one.body.text for one in entries if one.body})
    found = {(one, other) for one, others in near.items() for other in others if one < other}
    truth = {(3 * at, 3 * at + 1) for at in range(len(every))}
    by_language([one.language for one in every for _ in one.tellings], found, truth)
    if claims:
        for mark, shown in (("missed", truth - found), ("wrong", found - truth)):
            for a, b in sorted(shown):
                print("    ", mark, entries[a].title, "|", entries[b].title)


def by_language(
    languages: Sequence[str], found: set[tuple[int, int]], truth: set[tuple[int, int]]
) -> None:
    for language in (*dict.fromkeys(languages), ""):
        mine = {pair for pair in truth if languages[pair[0]] == (language or languages[pair[0]])}
        claimed = {pair for pair in found if languages[pair[0]] == (language or languages[pair[0]])}
        right = len(mine & claimed)
        line(
            f"{language or 'all'}, {len(mine)} pairs",
            f"precision {right / len(claimed) if claimed else 1:.3f}  "
            f"recall {right / len(mine):.3f}",
        )


if __name__ == "__main__":
    sys.exit(main())
