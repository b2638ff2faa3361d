"""Language tags (BCP 47, RFC 5646), restricted to known languages.

Merging keeps statistics per language, so feeds must not be able to invent any number of them. Known
are the languages of ISO 639-1 and those of ISO 639-2 and 639-3 in which
news is published; a script (ISO 15924) and a region (ISO 3166-1, UN M.49) are kept where they
have their form, in the letter case of RFC 5646, section 2.1.1; variants and extensions are not.
"""

from __future__ import annotations

import re
from functools import lru_cache

from aggregator.model import NO_WORDS, CleanText

_LANGUAGES = frozenset(
    """
    aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da
    de dv dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz
    ia id ie ig ii ik io is it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln
    lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no nr nv ny oc oj om or os pa pi
    pl ps pt qu rm rn ro ru rw sa sc sd se sg sh si sk sl sm sn so sq sr ss st su sv sw ta te tg th
    ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu
    ast bar bho ceb ckb cmn csb dsb fil frp fur gsw haw hak hsb ilo kab kmr lad lmo mai mni nan nap
    nds pap pcm pms prs rue sat scn sco sgs szl tet tpi vec vls war wuu yue zgh
    """.split()  # noqa: SIM905 -- most readable as data
)
# Withdrawn codes (ISO 639-1), codes of ISO 639-2, country codes and names that publishers write.
_ALIASES = dict(
    pair.split("=")
    for pair in """
    iw=he in=id ji=yi jw=jv mo=ro cz=cs dk=da jp=ja kr=ko cn=zh ua=uk gr=el eng=en deu=de ger=de
    fra=fr fre=fr spa=es ita=it por=pt nld=nl dut=nl rus=ru jpn=ja zho=zh chi=zh kor=ko ara=ar
    pol=pl swe=sv nor=no dan=da fin=fi ces=cs cze=cs tur=tr ukr=uk ell=el gre=el heb=he hin=hi
    hun=hu ron=ro rum=ro vie=vi tha=th ind=id english=en german=de deutsch=de french=fr spanish=es
    """.split()  # noqa: SIM905
)
_REGION = re.compile("[a-z]{2}|[0-9]{3}")  # ISO 3166-1, UN M.49
_MAX_LENGTH = 35  # RFC 5646, section 4.4.1


@lru_cache(maxsize=1_024)
def language_tag(text: str) -> CleanText:
    """The normalised tag: ``en_us`` gives ``en-US``, ``zh-hant-tw`` gives ``zh-Hant-TW``; ``""``
    for an unknown language."""
    text = text.strip()[: _MAX_LENGTH + 1].replace("_", "-")
    if len(text) > _MAX_LENGTH or not text.isascii():
        return NO_WORDS
    language, *subtags = text.lower().partition(".")[0].split("-")
    language = language if language in _LANGUAGES else _ALIASES.get(language, "")
    if language not in _LANGUAGES:
        return NO_WORDS
    tag = language
    if subtags and len(subtags[0]) == 4 and subtags[0].isalpha():
        tag = f"{tag}-{subtags.pop(0).capitalize()}"
    if subtags and _REGION.fullmatch(subtags[0]):
        tag = f"{tag}-{subtags[0].upper()}"
    return CleanText(tag)
