"""Recognize the notice that a site gives in place of a text that only subscribers may read.

Such a notice is the same below every article of a site, so equal notices prove nothing.
"""

from __future__ import annotations

import re

LONGEST = 600
"""Characters of the longest notice."""

_ACCESS = re.compile(
    r"subscri(?:be|ption)|log(?:ged)?[ -]?in\b|sign(?:ed)? in\b|paywall|members? only|for members"
    r"|premium|registered (?:users|readers)|paying readers|unlock"
    r"|\babo\b|abonn|anmeld|einlogg|registrier|kostenpflichtig|bezahlschranke|freischalten"
    r"|identifi(?:ez|er)|connectez|réservé"
    r"|suscri(?:pt|b|t)|regístr|inicia(?:r)? sesión|assin(?:e|ant|atura)|exclusivo para"
    r"|abbona|accedi|riservat|ingelogd|inloggen|prenumer|logga in|logg inn|zaloguj|subskryp"
    r"|předplat|přihlas|előfizet|bejelentkez|abone|giriş yap|tilaaj|συνδρομ"
    r"|подпис(?:к|чик|ат)|войдите|платн|передплат|абонамент"
    r"|订阅|訂閱|登录|登錄|登入|会员|會員|付费|付費|購読|有料|ログイン|구독|로그인|유료|회원"
    r"|اشتراك|المشتركين|مشترك|تسجيل الدخول|सदस्यता|सब्सक्राइब|लॉग ?इन|langganan|đăng nhập|thuê bao"
)
"""The wording of access."""
_READ = re.compile(
    r"\bread|article|story|content|full text|continue|access|lesen|artikel|beitrag|inhalt|zugang"
    r"|weiter|\blire\b|lecture|contenu|accès|la suite|leer|lectura|artículo|contenido|acceso"
    r"|noticia|\bler\b|leitura|artigo|conteúdo|acesso|matéria|legg|articolo|contenut|lezen|läs"
    r"|les |czyta|artykuł|treś|číst|článek|cikk|olvas|oku|haber|lue|artikkel|άρθρ|чита|стать"
    r"|материал|доступ|зміст|阅读|閱讀|全文|文章|内容|內容|続き|記事|読|기사|전문|콘텐츠|읽"
    r"|المقال|قراءة|محتوى|लेख|पढ़|baca|bài|đọc"
)
"""The wording of what is to be read."""


def is_paywall_notice(text: str) -> bool:
    """Say whether a whole text is a notice that its article is for subscribers.

    >>> is_paywall_notice("This article is for subscribers only. Please log in to read on.")
    True
    >>> is_paywall_notice("The library lends bicycles from Monday on.")
    False
    """
    if len(text) > LONGEST:
        return False
    folded = text.casefold()
    return len(set(_ACCESS.findall(folded))) >= 2 and _READ.search(folded) is not None
