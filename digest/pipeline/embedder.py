"""Call the operator's embedding function; its errors stop no edition."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from importlib import import_module

from digest import match

logger = logging.getLogger(__name__)


def embedder(settings: match.Settings) -> match.Embedder | None:
    """Import the function ``match.embedder``; ``None`` if it is not set or cannot be imported."""
    if settings.embedder is None:
        return None
    module, _, name = settings.embedder.partition(":")
    try:
        embed: match.Embedder = getattr(import_module(module), name)
    except (ImportError, AttributeError) as error:
        logger.warning("match.embedder: %s cannot be imported: %s", settings.embedder, error)
        return None
    except Exception:  # the module is the operator's, and may do anything when it is imported
        logger.exception("match.embedder: %s cannot be imported", settings.embedder)
        return None

    def guarded(texts: Sequence[str], /) -> Sequence[Sequence[float]]:
        try:
            return embed(texts)
        except OSError as error:
            logger.warning("match.embedder: %s gives no vectors: %s", settings.embedder, error)
        except Exception:  # the function is the operator's, too
            logger.exception("match.embedder: %s gives no vectors", settings.embedder)
        return ()

    return guarded
