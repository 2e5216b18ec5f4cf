"""Send one message through apprise, in a process of its own that `digest.deliver.chat` starts.

Standard input is a JSON object: ``address`` (in apprise's form), ``title``, ``body`` and
``body_format``.  Standard output is another: ``taken``, whether the service accepted the message,
and ``words``, its reason or that of apprise.

The address is never an argument, because other users of the machine can read arguments.  The
environment does not decide where a message goes: no proxy is used, and no login from ``.netrc``.  A
redirect is no delivery, because its target was not configured.  The process may be killed at any
time; its memory is limited, so an endless answer ends only this process.  It imports nothing of
this program, so that it starts fast.
"""

from __future__ import annotations

import json
import logging
import os
import sys
from typing import Any

_MEMORY = 2**30
"""The limit of the address space, in bytes."""


def main() -> None:
    request = json.load(sys.stdin)
    _isolate()
    json.dump(answer(request), sys.stdout)


def answer(request: dict[str, str]) -> dict[str, Any]:
    """Send the message that `request` describes; whatever a plugin raises is an answer too."""
    from apprise import Apprise, LogCapture

    service = Apprise.instantiate(request["address"], suppress_exceptions=True)
    with LogCapture(level=logging.WARNING, fmt="%(message)s") as said:
        try:
            taken = service.notify(
                title=request["title"], body=request["body"], body_format=request["body_format"]
            )
        except Exception as error:  # a plugin of apprise may raise anything
            return {"taken": False, "words": f"{type(error).__name__} {error}".strip()}
        return {"taken": bool(taken), "words": said.getvalue().partition("\n")[0]}


def _isolate() -> None:
    """Leave the way of a message to its address alone, and bound what an answer may take."""
    import requests

    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        del os.environ[name]
    os.environ |= {"NO_PROXY": "*", "NETRC": os.devnull}
    setattr(requests.Session, "resolve_redirects", lambda *_, **__: iter(()))  # noqa: B010
    logging.getLogger("apprise").addHandler(logging.NullHandler())
    try:
        import resource
    except ImportError:  # not on Windows
        return
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    limit = _MEMORY if most == resource.RLIM_INFINITY else min(most, _MEMORY)
    resource.setrlimit(resource.RLIMIT_AS, (limit, most))


if __name__ == "__main__":
    main()
