"""What German writes in short."""

from __future__ import annotations

from gemma_events.action_output.speech.lexicon import Lexicon, forms, listed, table, words

_GERMAN = listed(
    'null ers zwei drit vier fünf sechs sieb ach neun zehn elf zwölf dreizehn vierzehn fünfzehn sechzehn siebzehn '
    'achtzehn neunzehn zwanzig'
)
_GERMAN_ONES = listed('- einund zweiund dreiund vierund fünfund sechsund siebenund achtund neunund')
_GERMAN_DATIVE = words('am vom zum im beim dem den des ab bis seit einem einen eines ihrem seinem')
_GERMAN_WEAK = words('der die das')


def _german_ordinal(number: int, before: str) -> str:
    """3. as dritter, dritte or dritten; empty for what is more than a day of a month."""
    if not 1 <= number <= 31:
        return ''
    tens, ones = divmod(number, 10)
    stem = (
        _GERMAN[number] if number <= 20 else (_GERMAN_ONES[ones] if ones else '') + ('', '', 'zwanzig', 'dreißig')[tens]
    )
    ending = 'en' if before in _GERMAN_DATIVE else 'e' if before in _GERMAN_WEAK else 'er'
    return f'{stem}{"t" if number < 20 else "st"}{ending}'


GERMAN = Lexicon(
    abbreviations=table(
        'z.b. = zum Beispiel; d.h. = das heißt; bzw. = beziehungsweise; ca. = circa; u.a. = unter anderem;'
        'dr. = Doktor; prof. = Professor; nr. = Nummer; vgl. = vergleiche; evtl. = eventuell; ggf. = gegebenenfalls;'
        'inkl. = inklusive; exkl. = exklusive; hr. = Herr; abb. = Abbildung; st. = Sankt; i.d.r. = in der '
        'Regel; sog. = sogenannte; z.t. = zum Teil; z.z. = zurzeit; i.a. = im Allgemeinen; v.a. = vor allem;'
        'u.u. = unter Umständen; m.e. = meines Erachtens; bspw. = beispielsweise; insb. = insbesondere;'
        'zzgl. = zuzüglich; abzgl. = abzüglich; vllt. = vielleicht; med.;'
        'mind. = mindestens; max. = maximal; min. = minimal; allg. = allgemein; gem. = gemäß; lt. = laut;'
        'etw. = etwas; jmd. = jemand; tel. = Telefon; std. = Stunden; fam. = Familie; bzgl. = bezüglich;'
        'geb. = geboren; o.ä. = oder Ähnliches; mio. = Millionen; mrd. = Milliarden'
    ),
    before_names=table('fr. = Frau'),
    before_numbers=table('s. = Seite; kap. = Kapitel; art. = Artikel; abs. = Absatz; bd. = Band'),
    ambiguous=table(
        'usw. = und so weiter; u.s.w. = und so weiter; etc. = et cetera; usf. = und so fort;'
        'ff. = folgende; jh. = Jahrhundert; jhd. = Jahrhundert; jan. = Januar; feb. = Februar; apr. = April; aug. = '
        'August;'
        'sept. = September; okt. = Oktober; nov. = November; dez. = Dezember; mo. = Montag; di. = Dienstag;'
        'mi. = Mittwoch; do. = Donnerstag; fr. = Freitag; sa. = Samstag'
    ),
    names=words('str. ag. gmbh. e.v. u.s. n.chr. v.chr.'),
    starters=words(
        'der die das ein eine einen einem einer ich du er sie es wir ihr man und aber oder wenn dann da dort hier '
        'dies diese dieser dieses was wer wie wo wann warum ja nein bitte jetzt danach in im am auf an mit für nach '
        'vor zum zur bei auch nicht nun so alle mein dein sein unser'
    ),
    continuing=frozenset(),
    units=forms(
        'mm = Millimeter; cm = Zentimeter; m = Meter; km = Kilometer; mg = Milligramm; g = Gramm; kg = Kilogramm;'
        't = Tonne|Tonnen; ml = Milliliter; l = Liter; ms = Millisekunde|Millisekunden; s = Sekunde|Sekunden;'
        'min = Minute|Minuten; h = Stunde|Stunden; hz = Hertz; khz = Kilohertz; mhz = Megahertz; ghz = Gigahertz;'
        'v = Volt; mv = Millivolt; a = Ampere; ma = Milliampere; mah = Milliamperestunde|Milliamperestunden; w = Watt;'
        'kw = Kilowatt; kwh = Kilowattstunde|Kilowattstunden; kb = Kilobyte; mb = Megabyte; gb = Gigabyte;'
        'tb = Terabyte; db = Dezibel; m/s = Meter pro Sekunde; km/h = Kilometer pro Stunde; m² = Quadratmeter;'
        'm2 = Quadratmeter; km² = Quadratkilometer; m³ = Kubikmeter; cm³ = Kubikzentimeter; ° = Grad;'
        '°c = Grad Celsius; °f = Grad Fahrenheit; % = Prozent; px = Pixel; rpm = Umdrehungen pro Minute;'
        'n = Newton; nm = Newtonmeter;'
        'std = Stunde|Stunden; sek = Sekunde|Sekunden'
    ),
    currencies=forms('$ = Dollar; € = Euro; £ = Pfund; ¥ = Yen; ₹ = Rupie|Rupien'),
    scales=words('tausend million millionen milliarde milliarden'),
    to='bis',
    minus='minus',
    about='etwa',
    number='Nummer',
    suffixes=table('str. = straße; Str. = Straße'),
    ordinal=_german_ordinal,
)
