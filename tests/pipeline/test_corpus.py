"""The whole program on real feeds: each is read, explained, and told once."""

from __future__ import annotations

import csv
import json
import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from lxml import etree

from support.feedserver import FeedServer
from support.house import DAY, NOW, House

pytestmark = pytest.mark.corpus

FORMATS = ["html", "text", "markdown", "json", "transmission", "atom", "jsonfeed", "epub"]
WIDE = (
    "[digests.daily]\nmax_entries = 2000\nmax_per_feed = 1000\n[digests.daily.deliver.files]\n"
    f'path = "out"\nformats = {json.dumps(FORMATS)}\n'
)


@pytest.fixture(scope="module")
def expected(corpus: Path) -> dict[str, int]:
    """How many entries the corpus says that each feed holds."""
    with (corpus / "MANIFEST.tsv").open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return {
            Path(row["path"]).name: int(row["entries"] or 0)
            for row in rows
            if row["path"].startswith("feeds/")
        }


def test_every_feed_is_read_and_a_day_later_answers_304(
    corpus: Path, expected: dict[str, int], tmp_path: Path
) -> None:
    with FeedServer(corpus / "feeds") as server:
        house = House(tmp_path, [server.url(f"/{name}") for name in sorted(expected)], more=WIDE)
        refreshed, published = house.run()
        assert refreshed.failed == ()
        assert refreshed.fetched == len(expected)
        (made,) = published.made
        assert made.stories > 500
        latest = tmp_path / "out" / "latest"
        assert {path.name for path in latest.iterdir()} == {
            "index.html",
            "edition.txt",
            "edition.md",
            "edition.json",
            f"daily-{made.slot}.epub",
            "transmission.txt",
        }
        items = json.loads((latest / "edition.json").read_bytes())["items"]
        assert len(items) == made.stories

        before = house.dump(without=("feeds", "fetches", "digests"))
        refreshed, published = house.run(NOW + timedelta(minutes=1))
        assert (refreshed.due, published.made) == (0, ())
        refreshed, published = house.run(NOW + DAY)
        assert (refreshed.unchanged, refreshed.fetched) == (len(expected), 0)
        assert published.made == ()
        assert house.dump(without=("feeds", "fetches", "digests")) == before
    schema = etree.RelaxNG(etree.parse(corpus.parent / "sketches" / "atom.rng"))
    schema.assertValid(etree.parse(tmp_path / "out" / "atom.xml"))


def test_the_transmission_pages_are_feeds_and_come_out_as_they_went_in(
    corpus: Path, tmp_path: Path
) -> None:
    shutil.copytree(corpus.parent / "seeds", tmp_path / "seeds")
    cut = '[excerpt]\nboundary = "character"\nlength = 350\nellipsis = "..."\n'
    house = House(tmp_path, ["seeds"], more='backfill = "all"\n' + cut + WIDE)
    refreshed, published = house.run()
    assert (refreshed.fetched, refreshed.new) == (5, 58)
    assert [made.stories for made in published.made] == [46]

    written = {
        line
        for path in (corpus.parent / "seeds").iterdir()
        for line in path.read_text(encoding="utf-8").split("\n")
        if len(line) > 60
    }
    page = (tmp_path / "out" / "latest" / "transmission.txt").read_text(encoding="utf-8")
    head, excerpts = page.split("\n")[:3], [line for line in page.split("\n")[3:] if line]
    assert head == ["INCOMING TRANSMISSION", "", "LATEST UPDATES"]
    assert len(excerpts) == 46
    unchanged = [line for line in excerpts if line in written]
    assert len(unchanged) == 41
    older = {line[:350] + "..." for line in written if len(line) > 400}
    assert sorted(set(excerpts) - set(unchanged)) == sorted(older)
    assert len(older) == 5
