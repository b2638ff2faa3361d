"""Language tags (BCP 47, RFC 5646), bounded: what names no known language is none.

Merging keeps statistics for each language that it meets, so that a feed must not be able to invent
any number of them. Known are the languages of ISO 639-1 and those of ISO 639-2 and 639-3 in which
news is published; a script (ISO 15924) and a region (ISO 3166-1, UN M.49) are kept where they
have their form, in the letter case of RFC 5646, section 2.1.1; variants and extensions are not.
"""

from __future__ import annotations

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
    """.split()  # noqa: SIM905 -- as data it reads best so
)
# Codes that were withdrawn, or that publishers write for another.
_MEANT = {"iw": "he", "in": "id", "ji": "yi", "jw": "jv", "mo": "ro", "cz": "cs", "dk": "da",
          "jp": "ja", "kr": "ko", "cn": "zh", "ua": "uk", "gr": "el", "eng": "en",
          "deu": "de", "ger": "de", "fra": "fr", "fre": "fr", "spa": "es", "ita": "it",
          "por": "pt", "nld": "nl", "dut": "nl", "rus": "ru", "jpn": "ja", "zho": "zh", "chi": "zh",
          "kor": "ko", "ara": "ar", "pol": "pl", "swe": "sv", "nor": "no", "dan": "da", "fin": "fi",
          "ces": "cs", "cze": "cs", "tur": "tr", "ukr": "uk", "ell": "el", "gre": "el", "heb": "he",
          "hin": "hi", "hun": "hu", "ron": "ro", "rum": "ro", "vie": "vi", "tha": "th", "ind": "id",
          "english": "en", "german": "de", "deutsch": "de", "french": "fr",
          "spanish": "es"}  # fmt: skip
_MAX_LENGTH = 35  # RFC 5646, section 4.4.1


@lru_cache(maxsize=1_024)
def language_tag(text: str) -> CleanText:
    """The tag of a language: ``en_us`` is ``en-US``, ``zh-hant-tw`` is ``zh-Hant-TW``; ``""`` for
    what is no known language."""
    text = text.strip()[: _MAX_LENGTH + 1].replace("_", "-")
    if len(text) > _MAX_LENGTH or not text.isascii():
        return NO_WORDS
    language, *others = text.lower().partition(".")[0].split("-")
    language = language if language in _LANGUAGES else _MEANT.get(language, "")
    if language not in _LANGUAGES:
        return NO_WORDS
    tag = language
    if others and len(others[0]) == 4 and others[0].isalpha():
        tag = f"{tag}-{others.pop(0).capitalize()}"
    if others and ((len(others[0]) == 2 and others[0].isalpha())
                   or (len(others[0]) == 3 and others[0].isdecimal())):  # fmt: skip
        tag = f"{tag}-{others[0].upper()}"
    return CleanText(tag)
