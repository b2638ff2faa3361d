"""Language tags that mean something (BCP 47, RFC 5646): what publishers write there is anything."""

from __future__ import annotations

import re
from functools import lru_cache

from aggregator.model import NO_WORDS, CleanText

_TAG = re.compile(r"([A-Za-z]{2,3})(?:-[A-Za-z0-9]{1,8}){0,6}")
# ISO 639-1 whole; of three letters those in which news is written, and those that have two letters
# as well. The merging keeps a row of numbers per language, so that their number must be bounded.
_CODES = """
    aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy
    da de dv dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu
    hy hz ia id ie ig ii ik io is it iu iw ja ji jv jw ka kg ki kj kk kl km kn ko kr ks ku kv kw
    ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mo mr ms mt my na nb nd ne ng nl nn no nr nv
    ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg sh si sk sl sm sn so sq sr
    ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo
    za zh zu afr amh ara ast aze bel ben bos bre bul cat ceb ces ckb cmn cym cze dan deu dsb ell
    eng epo est eus fas fil fin fra fre frr fry fur ger gle glg gre gsw guj haw heb hin hrv hsb
    hun hye ind isl ita jpn kan kat kaz khm kok kor lao lat lav lij lit lmo ltz mal mar mkd mlt
    mon msa mya nap nds nep nld nno nob nor oci pan pap pol por pus roh ron rum rus scn sco sin
    slk slo slv som spa sqi srp swa swe szl tam tel tgl tha tur ukr urd uzb vec vie wuu yid yor
    yue zho zul
"""
_LANGUAGES = frozenset(_CODES.split())


@lru_cache(maxsize=1_024)
def language_tag(text: str) -> CleanText:
    """The tag where its language is a known one, with hyphens; else ``""``."""
    tag = text.strip().replace("_", "-")
    match = _TAG.fullmatch(tag)
    return CleanText(tag) if match and match[1].lower() in _LANGUAGES else NO_WORDS
