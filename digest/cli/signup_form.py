"""`digest subscribers form`: a sign-up form for a page of any site."""

from __future__ import annotations

import click

from digest.cli.completion import complete_digest
from digest.cli.context import Context, common_options, named_digests, pass_context
from digest.errors import ConfigError


@click.command()
@click.argument("digest", metavar="DIGEST", shell_complete=complete_digest)
@common_options
@pass_context
def form(context: Context, digest: str) -> None:
    """Print a sign-up form as HTML, for a page of another site.

    The form needs no script.  People who send it get one message to confirm their address.
    """
    from digest import render
    from digest.pipeline.output import Audience, sign_up, site_of

    config = context.config()
    (named,) = named_digests(config, (digest,))
    if sign_up(config, named) is None:
        raise ConfigError(
            f"nobody can sign up for {named.name}: it needs web.url, a channel that mails it to "
            "subscribers, and public = true"
        )
    site = site_of(config, named, None, (), audience=Audience(), now=context.now)
    html = render.signup_form(site)
    context.report({"digest": named.name, "html": html})
    if not context.as_json:
        context.put(html)
        context.complain(
            "digest: name the site that the page is of in web.forms_from; otherwise its readers "
            "are shown our own form first, filled in."
        )
