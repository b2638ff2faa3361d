"""Names in dates: months of many languages, zones by their abbreviations, halves of the day.

Months are looked up by the whole name, then by its first four and three letters, so ``sep`` covers
``september`` and ``sept.``. Names that mean different months in two languages are left out. Zones
are those that feeds use; an ambiguous abbreviation has the meaning of RFC 822, or that of most
publishers.
"""

from __future__ import annotations

# One text per month: English names, then others where they differ in their first three letters.
_MONTHS = (
    "jan january janvier januar ene enero gen gennaio jän jänner ian ianuarie sty stycznia "
    "stycznień led ledna oca ocak янв января ιαν ιανουαρίου yan tam tammikuuta gener січ "
    "січня siječnja jaan јан يناير yanv",
    "feb february fév février fev fevereiro fevr febbraio február lut lutego úno února şub "
    "şubat фев февраля φεβ φεβρουαρίου hel helmikuuta feb. luty лют лютого veljače febr "
    "veebr veebruar феб فبراير",
    "mar march mars mär märz maa marzo março mrt maart mrz marec már márc březen bře března "
    "мар марта μαρ μαρτίου maaliskuuta maret бер березня ožujka märts març مارس",
    "apr april avr avril abr abril aprile kwi kwietnia dub dubna nis nisan апр апреля απρ "
    "απριλίου huh huhtikuuta ápr квіт квітня travnja aprill أبريل",
    "may mai mag maggio mayo maio mei maj kvě května май мая μαϊ μαΐου toukokuuta tou máj "
    "majus трав травня svibnja mayıs maig maí мај مايو",
    "jun june juin juni giu giugno junho junio cze czerwca červen června haz haziran июн "
    "июня ιουν ιουνίου kes kesäkuuta jún чер червня lipnja iun iunie juny juuni júní юни "
    "јун يونيو giug",
    "jul july juil juillet juli lug luglio julho julio lip lipca července červenec tem "
    "temmuz июл июля ιουλ ιουλίου hei heinäkuuta júl лип липня srpnja iul iulie juliol "
    "juuli júlí юли јул يوليو lugl",
    "aug august aoû août ago agosto agt agustus sie sierpnia srp srpna ağu ağustos авг "
    "августа αυγ αυγούστου elo elokuuta серп серпня kolovoza agu avg avgust agost ágú ágúst "
    "أغسطس",
    "sep september sept septembre set settembre setembro septiembre wrz września září zář "
    "eyl eylül сен сентября σεπ σεπτεμβρίου syy syyskuuta szept верес вересня rujna сеп "
    "سبتمبر",
    "oct october octobre okt oktober ott ottobre out outubro octubre paź października říj "
    "října eki ekim окт октября οκτ οκτωβρίου lok lokakuuta жовт жовтня октябрь أكتوبر",
    "nov november novembre noviembre novembro lis listopada listopadu kas kasım ноя ноября "
    "νοε νοεμβρίου marraskuuta marr лист листопада studenoga noi nóv ное нов نوفمبر",
    "dec december déc décembre dez dezember dezembro dic dicembre diciembre gru grudnia pro "
    "prosince ara aralık дек декабря δεκ δεκεμβρίου jou joulukuuta des desember груд грудня "
    "prosinca dets дец ديسمبر",
)
MONTHS: dict[str, int] = {}
for _number, _names in enumerate(_MONTHS, 1):
    for _name in _names.split():
        MONTHS.setdefault(_name.casefold().rstrip("."), _number)

MERIDIANS = {"am": 0, "pm": 12}

# Hours east of UTC.
ZONES: dict[str, float] = {
    "UTC": 0,
    "UT": 0,
    "GMT": 0,
    "Z": 0,
    "WET": 0,
    "WEST": 1,
    "BST": 1,
    "IST": 5.5,
    "CET": 1,
    "CEST": 2,
    "MEZ": 1,
    "MESZ": 2,
    "MET": 1,
    "MEST": 2,
    "EET": 2,
    "EEST": 3,
    "SAST": 2,
    "CAT": 2,
    "EAT": 3,
    "WAT": 1,
    "MSK": 3,
    "MSD": 4,
    "TRT": 3,
    "AST": -4,
    "ADT": -3,
    "EST": -5,
    "EDT": -4,
    "ET": -5,
    "CST": -6,
    "CDT": -5,
    "CT": -6,
    "MST": -7,
    "MDT": -6,
    "MT": -7,
    "PST": -8,
    "PDT": -7,
    "PT": -8,
    "AKST": -9,
    "AKDT": -8,
    "HST": -10,
    "HAST": -10,
    "NST": -3.5,
    "NDT": -2.5,
    "BRT": -3,
    "BRST": -2,
    "ART": -3,
    "CLT": -4,
    "CLST": -3,
    "COT": -5,
    "PET": -5,
    "VET": -4,
    "GST": 4,
    "PKT": 5,
    "NPT": 5.75,
    "BDT": 6,
    "ICT": 7,
    "WIB": 7,
    "WITA": 8,
    "WIT": 9,
    "HKT": 8,
    "SGT": 8,
    "MYT": 8,
    "PHT": 8,
    "AWST": 8,
    "JST": 9,
    "KST": 9,
    "ACST": 9.5,
    "ACDT": 10.5,
    "AEST": 10,
    "AEDT": 11,
    "NZST": 12,
    "NZDT": 13,
    "IRST": 3.5,
    "IDT": 3,
}
