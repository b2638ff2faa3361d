"""The rules of the canonical URL, as data. To support a new parameter or form, add a line here.

Sources: the parameters are those that the named tools document as their own; the AMP forms are
those of the AMP project's "AMP Cache URL format" and the forms publishers use for paired pages.
"""

# Parameters that say where the reader came from and never select the content.
TRACKING_PARAMETERS = frozenset(
    """
    _ga _gl _hsenc _hsmi _openstat __hsfp __hssc __hstc __s __twitter_impression cmpid cvid
    dclid dicbo ef_id epik fb_action_ids fb_action_types fb_comment_id fb_ref fb_source
    fbclid ftag gaa_at gbraid gclid gclsrc guccounter guce_referrer guce_referrer_sig
    hsctatracking icid igsh igshid intcid mbid mc_cid mc_eid mkt_tok mkwid msclkid ncid
    ns_campaign ns_linkname ns_mchannel ns_source ocid oly_anon_id oly_enc_id rb_clickid
    recruiter s_cid sc_cid smid soc_src soc_trk spm srnd sref taid trk trkcampaign twclid
    vero_conv vero_id wbraid wickedid wt.mc_id xtor yclid ysclid
    """.split()  # noqa: SIM905 -- most readable as data
)
TRACKING_PREFIXES = ("at_", "hsa_", "matomo_", "mtm_", "pk_", "piwik_", "utm_", "utm-")

# Parameters whose value may say that the reader came from a feed: `source=rss-...` of
# Medium, `partner=rss` and `emc=rss` of the New York Times, `.tsrc=rss` of Yahoo, `mod=rss_...` of
# Dow Jones, `feedType=RSS` and `feedName=...` of Reuters, `traffic_source=rss` of Al Jazeera,
# `siteid=rss` of MarketWatch. With other values the same names may select the content.
FEED_PARAMETERS = frozenset(
    """
    .tsrc tsrc campaign campaign_id channel cid cmp cmpid content_source emc feed feedname
    feedtype from ftcamp ito mc medium mod origin partner ref ref_src referer referrer rss siteid
    source source_id src taid traffic_source traffic_medium via xid
    """.split()  # noqa: SIM905 -- most readable as data
)
FEED_VALUE_PREFIXES = ("rss", "feedburner", "atom_feed", "feed_rss")
# Parameters whose value may say that the reader followed a shared link, such as `ref=twitter`.
REFERRERS: dict[str, frozenset[str]] = {"rss": frozenset({"", "1", "true", "yes"})} | dict.fromkeys(
    ("ref", "ref_src", "referer", "referrer", "source", "src", "via", "share", "from", "cmp"),
    frozenset(
        """
        email facebook fb feed feeds flipboard googlenews hackernews hn linkedin mastodon newsletter
        pocket reddit share social telegram twitter twsrc%5etfw whatsapp
        """.split()  # noqa: SIM905
    ),
)

# Beginnings of fragments by which a page selects its content in the browser.
ROUTE_PREFIXES = ("!", "/")

# Parameters that select the AMP form of the same page: name -> values (None: any value).
AMP_PARAMETERS: dict[str, frozenset[str] | None] = {
    "amp": frozenset({"", "1", "true"}),
    "amp_js_v": None,
    "amp_gsa": None,
    "usqp": None,
    "outputtype": frozenset({"amp"}),
    "output": frozenset({"amp"}),
    "mode": frozenset({"amp"}),
    "view": frozenset({"amp"}),
}

# Pages that redirect to the URL in their query: host and path -> names of the parameter.
REDIRECT_PAGES = {
    "google.com/url": ("url", "q"),
    "bing.com/news/apiclick.aspx": ("url",),
    "l.facebook.com/l.php": ("u",),
    "duckduckgo.com/l": ("uddg",),
    "youtube.com/redirect": ("q",),
}

# Hosts of AMP caches: the path contains the article's own URL.
AMP_CACHE_SUFFIXES = (".cdn.ampproject.org", ".ampproject.net", ".bing-amp.com")
AMP_CACHE_KINDS = frozenset({"a", "c", "i", "r", "v", "wp"})

# Endings, prefixes and segments of a path that name the AMP form of the same page.
AMP_PATH_ENDINGS = ("/amp", "/amp.html", "/amp/index.html")
AMP_FILE_ENDINGS = {".amp.html": ".html", ".amphtml": "", ".amp": ""}
AMP_SEGMENT_PREFIX = "amp_"  # .../amp_articleshow/76336325.cms is .../articleshow/76336325.cms
AMP_HOST_PREFIXES = ("amp.", "www.amp.")

# Prefixes of a host that never change the content.
HOST_PREFIXES = ("www.",)
MOBILE_HOSTS = {"m.youtube.com": "youtube.com", "mobile.twitter.com": "twitter.com"}

# Short forms of a host: https://youtu.be/ID is https://youtube.com/watch?v=ID.
SHORT_VIDEO_HOST = "youtu.be"
VIDEO_HOST = "youtube.com"
VIDEO_PATHS = ("/embed/", "/shorts/", "/live/")
VIDEO_PARAMETERS = frozenset({"v", "list"})

DEFAULT_PORTS = {"http": 80, "https": 443}
