from __future__ import annotations

from datetime import date, timedelta

import pytest

from digest.model import Delivery
from digest.store import Store, deliveries, editions
from support.stored import NOW, edition

SLOT = "2026-01-12T0700"
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def two(store: Store) -> list[int]:
    """Freeze an edition of two digests, each for two recipients; return the editions' ids."""
    ids = []
    with store.write() as conn:
        for digest in ("daily", "weekly"):
            editions.name_authority(conn, digest, "example.org", date(2026, 1, 1))
            channels = [("files", ""), ("smtp", "a@example.org")]
            ids.append(editions.freeze(conn, edition(digest, SLOT, "1"), [], channels))
    return ids


def test_pending_are_given_until_they_are_sent_or_fail(store: Store, two: list[int]) -> None:
    with store.write() as conn:
        first, second, *others = deliveries.pending(conn)
        assert [one.edition_id for one in (first, second, *others)] == [two[0]] * 2 + [two[1]] * 2
        deliveries.mark(conn, first.id, "sent", receipt="250 OK", now=LATER)
        deliveries.mark(conn, second.id, "pending", error="451 later", now=LATER)
        assert [one.id for one in deliveries.pending(conn)] == [one.id for one in (second, *others)]
        deliveries.mark(conn, second.id, "failed", error="550 never", now=LATER)
        assert deliveries.pending(conn) == others
        assert deliveries.of_edition(conn, two[0]) == [
            Delivery(
                id=first.id,
                edition_id=two[0],
                channel="files",
                state="sent",
                attempts=1,
                receipt="250 OK",
                updated_at=LATER,
            ),
            Delivery(
                id=second.id,
                edition_id=two[0],
                channel="smtp",
                recipient="a@example.org",
                state="failed",
                attempts=2,
                error="550 never",
                updated_at=LATER,
            ),
        ]


def test_a_requeued_edition_is_as_if_never_tried(store: Store, two: list[int]) -> None:
    with store.write() as conn:
        before = deliveries.of_edition(conn, two[0])
        deliveries.mark(conn, before[0].id, "sent", receipt="250 OK", now=NOW)
        deliveries.mark(conn, before[1].id, "failed", error="550 never", now=NOW)
        assert deliveries.requeue(conn, two[0], now=NOW) == 2
        assert deliveries.of_edition(conn, two[0]) == before
        assert deliveries.requeue(conn, 99, now=NOW) == 0


def test_a_delivery_that_is_not_there_cannot_be_marked(store: Store) -> None:
    with store.write() as conn, pytest.raises(AssertionError, match="no delivery 5"):
        deliveries.mark(conn, 5, "sent", now=NOW)
