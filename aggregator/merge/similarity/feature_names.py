"""The features of a pair of articles: their names, in the order of the columns, and meanings.

Similarity is the cosine of two vectors (0 to 1), worth is in nats (``rarity``). Where a headline
is compared with the other article's text, there are two values, one for each headline: a feature is
the smaller or the larger of them.
"""

from __future__ import annotations

MEANING = {
    "cosine": "similarity of the whole texts (0 to 1)",
    "title_cosine": "similarity of the headlines (0 to 1)",
    "spelling_cosine": "similarity of the headlines' spelling (0 to 1)",
    "title_in_title_least": "share of one headline that the other contains, the smaller",
    "title_in_title_most": "share of one headline that the other contains, the larger",
    "title_in_text_least": "share of one headline that the other text contains, the smaller",
    "title_in_text_most": "share of one headline that the other text contains, the larger",
    "title_shared": "worth of the words that both headlines contain (nats)",
    "shared": "worth of all shared words (nats)",
    "title_in_text": "worth of one headline's words that the other text contains (nats)",
    "shared_1": "worth of the rarest shared word",
    "shared_2": "worth of the second rarest shared word",
    "shared_3": "worth of the third rarest shared word",
    "title_shared_1": "worth of the rarest word that both headlines contain",
    "title_shared_2": "worth of the second rarest word that both headlines contain",
    "title_shared_3": "worth of the third rarest word that both headlines contain",
    "rare_shared": "number of rare shared words",
    "beyond_usual": "worth of the shared words beyond the usual",
    "general_1": "rarity in the language of the rarest shared word",
    "general_2": "rarity in the language of the second rarest shared word",
    "general": "rarity in the language of all shared words",
    "elsewhere": "nothing rare in the language is shared, and each headline names something rare",
    "documents_1": "number of articles with the rarest shared word (log)",
    "documents_2": "number of articles with the second rarest shared word (log)",
    "only_few": "number of shared words that hardly any other article contains",
    "names_shared": "worth of the shared names",
    "name_shared_1": "worth of the rarest shared name",
    "names_apart_1": "worth of the rarest name of one headline that the other text lacks",
    "names_apart": "worth of the names of one headline that the other text lacks",
    "words_apart_1": "worth of the rarest word of one headline that the other text lacks",
    "words_apart": "worth of the words of one headline that the other text lacks",
    "title_lead": "rarest shared word of the headlines minus the rarest unshared one",
    "rarest_is_shared": "rarest shared word relative to the rarest of the two texts",
    "rarest_of_title_is_shared": "rarest shared word of the headlines relative to their rarest",
    "units_least": "names and words of one headline that the other text contains, the fewer",
    "units_most": "names and words of one headline that the other text contains, the more",
    "units_worth_least": "their worth, a name of several words counted once, the smaller",
    "units_worth_most": "their worth, a name of several words counted once, the larger",
    "unit_2_least": "worth of the second best of them, the smaller",
    "unit_2_most": "worth of the second best of them, the larger",
    "unit_3_most": "worth of the third best of them, the larger",
    "numbers_shared": "shared numbers",
    "numbers_apart": "numbers of one headline that the other text lacks",
    "same_publisher": "both have the same publisher",
    "same_publisher_cosine": "same publisher: similarity of the texts",
    "same_publisher_title_cosine": "same publisher: similarity of the headlines",
    "same_publisher_shared": "same publisher: worth of the shared words",
    "same_publisher_hours": "same publisher: time apart",
    "same_publisher_numbers": "same publisher: numbers of one headline that the other text lacks",
    "next_in_series": "the headlines differ in their numbers only, and are at least 18 hours apart",
    "repeated": "the same publisher repeats the same text within half a day",
    "template": "share of the publisher's headlines that contain the shared words",
    "publisher_size": "same publisher: number of its articles (log)",
    "hours": "time apart (log of 1 + hours)",
    "hours_cosine": "time apart, weighted by the similarity of the texts",
    "length_least": "different words of the shorter text",
    "length_most": "different words of the longer text",
    "length_ratio": "length of the shorter text relative to the longer one",
    "excerpts": "at least one of the two has an excerpt",
}
"""What each feature measures, for ``aggregator explain``. The column order is the dict's order."""

NAMES = tuple(MEANING)
