"""Find the people in another service's export who are no longer on its list.

Services mark them in many ways: by a state ("cleaned"), a flag that must not be set
(`blacklisted`), a flag that must be set (`subscribed_to_emails`), the time of an end (`UNSUB_TIME`)
or a word in any other column.  A person is left out as soon as one column says so, whatever the
others say: mail to a person who left is worse than a subscriber whom the operator adds by hand.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

_UNSET = frozenset(
    (  # noqa: SIM905 - a table of words, to be read and lengthened
        "|0|0.0|false|f|no|n|off|none|null|nil|nan|na|n/a|-|--|–|never|nein|non|nee|nej|nei|nie|"
        "não|nao|ne|nem|ei|allow|allowed|όχι|לא|hayır|нет|ні|لا|否|无|無|いいえ|なし|아니오|아니요|×|✗|✘|\\n|[]|{}"
    ).split("|")
)
"""The values of flags that are not set; a date of zeros alone is such a value, too."""

_NO_WORDS = _UNSET - frozenset("|none|null|nil|nan|na|n/a|-|--|–|无|無|なし|\\n|[]|{}".split("|"))  # noqa: SIM905
"""The values of `_UNSET` that answer no, without those that are only an empty cell."""

_SUBSCRIBED_WORDS = frozenset(
    (  # noqa: SIM905 - a table of words, to be read and lengthened
        "|1|true|t|yes|y|on|ja|oui|si|sí|x|✓|✔|да|是|active|subscribed|confirmed|enabled|"
        "member|subscriber|normal|ok|valid|verified|live|current|opted in|opt in|optin|"
        "double opt in|single opt in|confirmed opt in|explicit|express|implied|granted|"
        "consented|express consent|implied consent|regular|premium|gifted|free|paid|comped|"
        "trial|trialed|trialing|churning|past due|active patron|active subscriber|"
        "active member|email|each email|individual|digest|abridged|all email|deliverable|"
        "engaged|approved|registered|aktiv|angemeldet|bestätigt|actif|abonné|inscrit|activo|"
        "suscrito|attivo|iscritto|ativo|inscrito|actief|aangemeld|aktywny|zapisany|активен|"
        "подписан|подписана|активный|підписаний|abonnée|inscrite|activa|suscrita|attiva|iscritta|"
        "ativa|inscrita|subscrito|assinante|ingeschreven|geabonneerd|aktywna|zapisana|tilmeldt|"
        "påmeldt|prenumererar|prenumerant|tilaaja|přihlášen|feliratkozott|abone|aktif|evet|tak|"
        "sim|ano|igen|ναι|כן|مشترك|نشط|نعم|是|已訂閱|订阅|訂閱|已确认|已確認|有効|購読|購読中|配信中|配信|希望する|はい|"
        "有効|○|◯|〇|已订阅|有效|正常|구독|구독중|예|네|동의|수신|mail|html|txt|summary|notice|urlize|"
        "not me|attachment|unlocked"
    ).split("|")
)
"""The states of people who are on the list; every other state means that they are not."""

_GONE_CELL = re.compile(
    r"(?:un|de)[ -]?subscribed?|not subscribed|never subscribed|opt(?:ed)?[ -]?out|clean(?:ed)?"
    r"|(?:hard |soft )?bounc(?:ed|ing|e)|complain(?:ed|t)|spam complaint|do not (?:contact|e?mail)"
    r"|dnc|no e?-?mail|black ?listed|block ?listed|blocked|banned|suppressed|undeliverable"
    r"|deleted|removed|cancell?ed|deactivated|un ?confirmed|inactive|suspended|former patron"
    r"|abgemeldet|ausgetragen|abbestellt|gesperrt|désabonnée?|désinscrite?|desinscrite?|desabonnée?"
    r"|dad[oa] de baja|de baja|baja|cancelad[oa]|disiscritt[oa]|cancellat[oa]|descadastrad[oa]"
    r"|afgemeld|uitgeschreven|wypisan[ya]|odhlášen[ýá]?|avregistrerad|отписан[а]?|отписался"
    r"|已退订|退订|退訂|取消订阅|已取消|退会|解除|配信停止|配信解除|購読解除|수신거부|구독취소|해지",
    re.IGNORECASE,
)
"""A cell of any column that says, as a whole, that the person left or cannot be reached."""

_GONE_REMARK = re.compile(
    r"\bunsubscribed\b|\bopted[ -]out\b|\bdo(?:es)? not (?:contact|e?-?mail|want)\b"
    r"|\bno (?:more )?(?:e-?mails?|mails?|newsletters?)\b|\b(?:abgemeldet|ausgetragen|abbestellt"
    r"|widerrufen)\b|\bkeine? (?:e-?mails?|mails?|newsletter|werbung|post)\b|désabonn|désinscri"
    r"|\bplus d'e-?mails?|\bdado de baja|\bdada de baja|no quiere (?:m[aá]s )?(?:correos|emails)"
    r"|descadastr|disiscri|\buitgeschreven\b|\bafgemeld\b|wypisa[nł]|отписал|退订|退訂|取消订阅"
    r"|不再接收|不想收|拒收|配信停止|配信不要|購読解除|退会|수신거부|구독취소|ألغى الاشتراك",
    re.IGNORECASE,
)
"""Words in a remark that say that the person left."""
_LONGEST_REMARK = 200

_STATE_NAMES = re.compile(
    r"\b(?:state|status|subscriber type|subscription type|member type|marketing consent"
    r"|reception)\b"
    r"|\b(?:zustand|statut|état|estado|situación|situação|stato|stan|tilstand|tila|durum|статус"
    r"|состояние|الحالة)\b|状态|狀態|状態|상태|^(?:status|state)",
    re.IGNORECASE,
)
"""The names of columns that hold a state."""
_UNRELATED_STATE_NAMES = re.compile(
    r"\b(?:order|payment|billing|marital|attendee|event"
    r"|ticket|rsvp|booking|civil|delivery address|shipping|stripe|plan|job|tax|invoice)\b"
)
"""Columns whose states do not concern the list; a cell that matches `_GONE_CELL` still counts."""

_OPT_OUT_NAMES = re.compile(
    r"\b(?:unsub(?:scrib\w*)?|opt(?:ed)? ?outs?|optout|clean(?:ed)?|deleted?|deletion|removed?"
    r"|removal"
    r"|disabled?|black ?list(?:ed)?|block ?list(?:ed)?|blocked|banned|bounced|hard bounces?"
    r"|complain(?:ed|ts?)|suppress(?:ed|ions?)?|do not \w+|dnc|no ?e?mail|excluded?|cancell?ed"
    r"|cancellation|left|stop(?:ped)?|quit|inactive|suspended|undeliverable|deactivated"
    r"|un ?confirmed"
    r"|revoked|withdrawn|withdrew|forgotten|erased|spam|abuse|deceased|archived|paused|muted"
    r"|suspend|pending|on hold|npai|global unsubscribe"
    r"|abgemeldet|abmelde\w*|abbestell\w*|ausgetragen|austrag\w*"
    r"|widerr[uo]f\w*|deaktivier\w*|gekündigt|kündig\w*|gelöscht|gesperrt|sperr\w*|schwarze liste"
    r"|désabonn\w+|désinscri\w+|desabonn\w+|desinscri\w+|résili\w+|liste noire|rejet\w*"
    r"|bajas?|cancel\w*|lista negra|descadastr\w*|desinscr\w*|disiscri\w+|disdett\w*"
    r"|afgemeld|afmeld\w*|uitgeschreven|uitschrij\w*|opgezegd|wypisan\w*|wypis\w*|rezygn\w*"
    r"|avregistrer\w*|avslut\w*|avanmäl\w*|avmeld\w*|afmeldt|frameld\w*|odhlášen\w*|leiratkoz\w*"
    r"|отпис\w*|отказ\w*|відпис\w*|peruut\w*|διαγρ\w*|απεγγρ\w*|çıktı|iptal\w*)\b|ألغى|إلغاء"
    r"|退订|退訂|取消|退会|解除|停止|拒否|拒收|不要|הוסר|בוטל|수신거부|구독취소|해지",
    re.IGNORECASE,
)
"""The names of columns in which every value but those of `_UNSET` says that a person left."""
_NOT_A_FLAG = re.compile(
    r"\b(?:url|link|href|token|key|hash|ip|count|counts|number|rate|rating|score|page|template"
    r"|hits?)\b"
)

_OPT_OUT_NAMES_JOINED = re.compile(
    r"unsubscri|hardbounce|optout|optedout|blacklist|blocklist|excludedfrom|optinpending|donot(?:e?mail|contact)"
)
"""The same names with their words joined: ``isexcludedfromcampaigns``."""

_CONSENT_NAMES = re.compile(
    r"newsletter|\babo(?:nn\w*)?\b|einwillig|zustimm|consent|opt[ -]?in\b|accord\b|consenso|suscri"
    r"|inscri[ctp]|iscri[tz]|toestemming|zgoda|samtycke|samtykke|souhlas|соглас|подписк|onay"
    r"|同意|購読|订阅|訂閱|配信可否|メルマガ|配信希望|수신동의|수신여부|구독|اشتراك",
    re.IGNORECASE,
)
"""The names of columns in which a plain no says that a person is not on the list."""

_UNRELATED_CONSENT_NAMES = re.compile(
    r"track|sms|phone|telefon|whatsapp|cookie|profil|push|fax|\bpost\b"
)
"""Other things that people consent to, beside mail."""

_CONSENT_FLAG_NAMES = re.compile(
    r"(?:(?:is|has|are|e ?mail|email|newsletter|marketing|currently|user|member|contact|gdpr|mail)"
    r" )*(?:subscribed|confirmed|confirmation|active|enabled|opted ?in|opt ?in|verified"
    r"|consent(?:ed)?"
    r"|subscription|accepts?(?: e ?mail)? marketing|accepts? e ?mails?|e ?mail marketing|mailable"
    r"|receives? (?:e ?)?mails?|double opt ?in|contactable|approved|send (?:e ?mails?|newsletters?)"
    r"|delivery|delivery settings|permission|wants? (?:e ?mails?|newsletters?)|allow(?:ed"
    r"|s)? e ?mails?"
    r"|angemeldet|bestätigt|aktiv(?:iert)?|confirmé|actif|confirmado|activo|confermato|attivo)"
    r"(?: (?:at|on|time|date|to (?:e ?mails?|newsletters?|list|all)|e ?mails?|newsletters?))?",
    re.IGNORECASE,
)
"""The names of columns in which an empty cell or a no says that a person is not on the list."""
_MAY_BE_EMPTY = re.compile(
    r"(?:subscribed|opted ?in|opt ?in|consent\w*|delivery|permission|active|subscription)\b.*"
    r"|.* (?:at|on|time|date)"
)
"""The columns among these that a service leaves empty where it did not ask for consent."""
_CONFIRMATION = re.compile(r"\b(?:confirm\w*|verified|bestätigt)\b")
_A_DATE_OR_NUMBER = re.compile(r"[1-9]\d*(?:\.\d+)?|.*\d{1,4}[ /.]\d{1,2}[ /.]\d{1,4}.*")
_ZEROS = re.compile(r"[0\s:./TZ+-]*")

_CellTest = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class ConsentColumns:
    """The columns of a table, with tests of the cells that say that a person left the list."""

    names: tuple[str, ...]
    tests: tuple[tuple[int, _CellTest], ...]
    address: int

    def left_by(self, cells: Sequence[str]) -> str | None:
        """Return the column that says that a row's person left; ``None`` where none does."""
        for at, is_gone in self.tests:
            if at < len(cells) and is_gone(_cell(cells[at])):
                return self._name(at)
        for at, cell in enumerate(cells):
            if at != self.address and _is_gone(_cell(cell)):
                return self._name(at)
        return None

    def _name(self, at: int) -> str:
        return self.names[at] if at < len(self.names) and self.names[at] else f"column {at + 1}"


def consent_columns(
    names: Sequence[str], rows: Iterable[Sequence[str]], address: int
) -> ConsentColumns:
    """Return the columns that tell who is on a list; `rows` are the rows below the names, which are
    iterated over several times.

    >>> rows = [("a@example.org", "2020-01-01"), ("b@example.org", "")]
    >>> columns = consent_columns(("Email", "UNSUB_TIME"), rows, 0)
    >>> [columns.left_by(row) for row in rows]
    ['UNSUB_TIME', None]
    """
    tests = []
    for at, name in enumerate(names):
        if at != address and (test := _test(_words(name), at, rows)):
            tests.append((at, test))
    return ConsentColumns(tuple(name.strip() for name in names), tuple(tests), address)


def _test(name: str, at: int, rows: Iterable[Sequence[str]]) -> _CellTest | None:
    if _STATE_NAMES.search(name):
        return None if _UNRELATED_STATE_NAMES.search(name) else _is_off
    if _CONSENT_FLAG_NAMES.fullmatch(name):
        used = any(at < len(row) and _cell(row[at]) for row in rows)
        needed = bool(_CONFIRMATION.search(name)) or not _MAY_BE_EMPTY.fullmatch(name)
        return _is_denied_or_empty if used and needed else _is_denied
    joined = name.replace(" ", "")
    if _OPT_OUT_NAMES.search(name) or _OPT_OUT_NAMES_JOINED.search(joined):
        return None if _NOT_A_FLAG.search(name) else _is_set
    is_of_mail = _CONSENT_NAMES.search(name) and not _UNRELATED_CONSENT_NAMES.search(name)
    return _says_no if is_of_mail else None


def _is_gone(cell: str) -> bool:
    """Return whether a cell of any column says that the person left."""
    if _GONE_CELL.fullmatch(cell):
        return True
    return len(cell) <= _LONGEST_REMARK and "://" not in cell and bool(_GONE_REMARK.search(cell))


def _says_no(cell: str) -> bool:
    return cell in _NO_WORDS


def _is_off(cell: str) -> bool:
    return cell not in _SUBSCRIBED_WORDS


def _is_set(cell: str) -> bool:
    return not (cell in _UNSET or _ZEROS.fullmatch(cell))


def _is_denied(cell: str) -> bool:
    return bool(cell) and _is_denied_or_empty(cell)


def _is_denied_or_empty(cell: str) -> bool:
    is_yes = cell != "" and cell in _SUBSCRIBED_WORDS
    return not (is_yes or (_A_DATE_OR_NUMBER.fullmatch(cell) and not _ZEROS.fullmatch(cell)))


def _words(name: str) -> str:
    """Return a column's name as words: ``subscribedToEmails``, ``UNSUB_TIME``, ``is-active``."""
    parted = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name.strip())
    return " ".join(re.sub(r"[\W_]+", " ", parted).casefold().split())


def _cell(cell: str) -> str:
    return " ".join(re.sub(r"[_-]+", " ", cell).casefold().split()) if cell.strip("-") else ""
