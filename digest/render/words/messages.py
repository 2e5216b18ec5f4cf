"""The phrases for readers, by their keys, in English.

This is the source of the catalogs: `pybabel extract` reads it, and each language translates it
(``locale/LANGUAGE/LC_MESSAGES/digest.po``; docs/translating.md).  The program
fills in the values in braces; a phrase with a number, ``{n}``, has a singular and a plural form.
"""

from __future__ import annotations

from collections.abc import Mapping

Forms = tuple[str, ...]
"""A phrase, or its singular and plural forms."""


def pgettext(key: str, phrase: str) -> tuple[str, Forms]:
    """Return the key and a phrase without a number; `pybabel extract` looks for this call."""
    return key, (phrase,)


def npgettext(key: str, one: str, more: str) -> tuple[str, Forms]:
    """Return the key and a phrase with a number; `pybabel extract` looks for this call."""
    return key, (one, more)


MESSAGES: Mapping[str, Forms] = dict(
    [
        # --- editions, archives and mails ---
        pgettext("edition", "Edition {n}"),
        npgettext("stories", "{n} story", "{n} stories"),
        npgettext("entries", "{n} entry", "{n} entries"),
        npgettext("feeds", "{n} feed", "{n} feeds"),
        npgettext("minutes", "{n} min read", "{n} min read"),
        pgettext("skip", "Skip to the stories"),
        pgettext("sections", "Sections"),
        pgettext("rest", "Everything else"),
        pgettext("also", "Also in"),
        npgettext("also_more", "and {n} more", "and {n} more"),
        pgettext("related", "Related:"),
        pgettext("update", "Update"),
        pgettext("first", "first told in the edition of {date}"),
        pgettext("comma", ", "),
        npgettext("failed", "{n} feed could not be read", "{n} feeds could not be read"),
        npgettext(
            "capped",
            "{n} more entry was left out by the limits of this digest",
            "{n} more entries were left out by the limits of this digest",
        ),
        pgettext("share", "{shown} of {of}"),
        pgettext("health", "Feeds to look at"),
        pgettext("health_gone", "has closed for good: unsubscribe from it"),
        pgettext("health_unread", "could never be read: check its address"),
        pgettext("health_failing", "could not be read since {date}: see whether it has moved"),
        pgettext("health_moved", "has moved to {address}: subscribe to that instead"),
        pgettext(
            "health_losing",
            "shows its entries too briefly, some {number} may be missing since {date}: "
            "ask it every {interval}",
        ),
        pgettext(
            "health_empty",
            "shows no entries any more, though it had some: see whether it has moved",
        ),
        pgettext(
            "health_silent", "has been silent since {date}, unlike before: see whether it has moved"
        ),
        pgettext("archive", "All editions"),
        pgettext("around", "Other editions"),
        pgettext("previous", "Previous edition"),
        pgettext("next", "Next edition"),
        pgettext("nothing", "Nothing new."),
        pgettext("audio", "Audio"),
        pgettext("video", "Video"),
        pgettext("image", "Image"),
        pgettext("file", "File"),
        pgettext("imprint", "Legal notice"),
        pgettext("mail_page", "Read on the web"),
        pgettext("mail_leave", "Unsubscribe"),
        pgettext("mail_why", "You get this mail because you subscribed to {title}."),
        npgettext(
            "mail_over",
            "{n} more story did not fit into this mail",
            "{n} more stories did not fit into this mail",
        ),
        pgettext("confirm_subject", "Please confirm: {title}"),
        pgettext(
            "confirm_asked",
            "Somebody, most likely you, asked for “{title}” to be sent to {address}.",
        ),
        pgettext("confirm_act", "If it was you, follow this link:"),
        pgettext("confirm_button", "Confirm the subscription"),
        pgettext("confirm_until", "The link is good for seven days."),
        pgettext("confirm_else", "If it was not you, do nothing: no more mail will come."),
        # --- an edition that waits for its editor; what subscribers choose ---
        pgettext("approval", "For your approval"),
        pgettext("approval_subject", "For your approval: {title}, {date}"),
        pgettext("approval_waits", "This edition waits for your approval. Nobody else has it yet."),
        pgettext("approval_until", "Without your decision it goes out on {date}, {time}."),
        pgettext("approval_never", "It does not go out without your approval."),
        pgettext("approval_link", "Look at the edition and decide"),
        pgettext("approval_command", "Or on the command line:"),
        pgettext("approval_whole", "See the whole edition"),
        pgettext("approve_button", "Approve and send"),
        pgettext("skip_button", "Skip: tell these stories in a later edition"),
        pgettext("reject_button", "Reject: never tell these stories"),
        pgettext("first_button", "To the top"),
        pgettext("up_button", "One place up"),
        pgettext("drop_button", "Leave out for good"),
        pgettext("approved", "Approved"),
        pgettext("approved_what", "This edition goes out now."),
        pgettext("skipped", "Skipped"),
        pgettext("skipped_what", "This edition does not go out. A later one tells its stories."),
        pgettext("rejected", "Rejected"),
        pgettext("rejected_what", "This edition does not go out, and its stories are not told."),
        pgettext("changed", "Changed meanwhile"),
        pgettext(
            "changed_what",
            "The edition was edited after you opened this page. "
            "Look at it again before you decide.",
        ),
        pgettext("greeting", "Hello {name},"),
        pgettext("name", "Name (optional)"),
        pgettext(
            "name_wrong",
            "This cannot stand as a name in a mail. Please shorten it or leave it empty.",
        ),
        pgettext("choose", "Choose what you get"),
        pgettext("choose_what", "What comes to {address}:"),
        pgettext("choose_each", "Each edition"),
        pgettext("choose_weekly", "One mail a week"),
        pgettext("choose_nothing", "Nothing"),
        pgettext("choose_button", "Save"),
        pgettext("chosen", "Saved"),
        pgettext("weekly", "The week up to {date}"),
        # --- the pages of the web side ---
        pgettext("to_content", "Skip to the content"),
        pgettext("start", "Start page"),
        pgettext("newest", "Newest edition"),
        pgettext("no_edition", "The first edition is still to come."),
        pgettext("by_mail", "By mail"),
        pgettext("subscribe", "Get {title} by mail"),
        pgettext(
            "subscribe_how",
            "You get one message to confirm the address, and nothing more until you do. "
            "Every mail has a link by which you leave.",
        ),
        pgettext("address", "Mail address"),
        pgettext("address_hint", "Such as name@example.org"),
        pgettext(
            "address_wrong", "That is no mail address that we can send to. Please look it over."
        ),
        pgettext("subscribe_button", "Subscribe"),
        pgettext("asked", "Look into your mailbox"),
        pgettext(
            "asked_how",
            "If {title} does not come to {address} yet, a message is on its way there. "
            "Follow the link in it to confirm.",
        ),
        pgettext(
            "asked_else",
            "Nothing there after some minutes? Look among the unwanted mail, or sign up once more.",
        ),
        pgettext("confirm_what", "From then on {title} comes to {address}."),
        pgettext("confirmed", "You are subscribed"),
        pgettext("confirmed_what", "From now on {title} comes to {address}."),
        pgettext("leave", "Unsubscribe from {title}?"),
        pgettext("leave_what", "No more editions will come to {address}."),
        pgettext("leave_button", "Unsubscribe"),
        pgettext("left", "You are unsubscribed"),
        pgettext("left_what", "{title} no longer comes to {address}."),
        pgettext("again", "Subscribe again"),
        pgettext("wrong_link", "This link does not work"),
        pgettext(
            "wrong_link_why",
            "It may have been cut in two, or be too old. Open it from the mail again, or "
            "copy the whole of it.",
        ),
        pgettext("not_found", "There is nothing here"),
        pgettext("not_found_why", "The address may be mistyped, or the page may be gone."),
        pgettext("refused", "This cannot be done like this"),
        pgettext("refused_why", "The request is none that we take here. Go back and try again."),
        pgettext("foreign", "This form came from elsewhere"),
        pgettext(
            "foreign_why", "Another site has sent it. Open the page here, and send it from here."
        ),
        pgettext("busy", "Too many at once"),
        pgettext(
            "busy_why", "There were very many sign-ups just now. Please try again in a while."
        ),
        pgettext("search", "Search"),
        pgettext("search_what", "Search all editions"),
        pgettext("search_none", "Nothing was found for {words}."),
        pgettext("search_older", "Older results"),
        pgettext(
            "foreign_form",
            "Another site has filled in this form. Is the address yours? Then subscribe here.",
        ),
        pgettext("broken", "Something is wrong here"),
        pgettext("broken_why", "It is not your doing. Please try again later."),
    ]
)
