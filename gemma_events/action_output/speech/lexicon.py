"""What is written in short and read aloud in full, by language: abbreviations, units, currencies, times.

Whole numbers, decimals and most times a synthesiser reads by itself, better than rules here could.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

Forms = tuple[str, str]  # for one, and for any other number


@dataclass(frozen=True)
class Lexicon:
    """One language. Keys are in lower case and without spaces.

    What an abbreviation stands for is empty where a synthesiser knows it, dots included ("7 p.m.").
    """

    abbreviations: dict[str, str]  # what follows belongs to the same sentence
    before_numbers: dict[str, str]  # abbreviations only there: "no. 5"
    ambiguous: dict[str, str]  # may end a sentence: they do where `continues` does not say otherwise
    names: frozenset[str]  # may end one, too, but only where a starter follows: the "U.S. Navy"
    starters: frozenset[str]  # words that begin a sentence, and rarely stand for anything else
    continuing: frozenset[str]  # words with a capital that do not begin one behind an ambiguous abbreviation
    units: dict[str, Forms]
    currencies: dict[str, Forms]
    before_names: dict[str, str] = field(default_factory=dict)  # only before a capital: St. Louis, Downing St.
    scales: frozenset[str] = frozenset()  # of money: "$5 million"
    to: str = ''  # between two numbers: 5-10
    minus: str = ''
    about: str = ''  # ~5
    ordinal: Callable[[int, str], str] | None = None  # where a dot makes one of a number: 3. Mai; by the word before
    clock: tuple[str, str] = ('', '')  # how a synthesiser has to be told 10:00 and 10:05; empty: it knows


def _table(text: str) -> dict[str, str]:
    """Entries `short = in full`, or only `short`, between semicolons."""
    rows = (row.partition('=') for row in text.split(';'))
    return {short.strip().replace(' ', ''): full.strip() for short, _, full in rows}


def _list(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def _words(text: str) -> frozenset[str]:
    return frozenset(_list(text))


def _forms(text: str) -> dict[str, Forms]:
    """Entries `symbol = one | any other number`, or one form for both."""
    forms = {symbol: full.split('|') for symbol, full in _table(text).items()}
    return {symbol: (both[0].strip(), both[-1].strip()) for symbol, both in forms.items()}


_GERMAN = _list(
    'null ers zwei drit vier fünf sechs sieb ach neun zehn elf zwölf dreizehn vierzehn fünfzehn sechzehn siebzehn '
    'achtzehn neunzehn zwanzig'
)
_GERMAN_ONES = _list('- einund zweiund dreiund vierund fünfund sechsund siebenund achtund neunund')
_GERMAN_DATIVE = _words('am vom zum im beim dem den des ab bis seit einem einen eines ihrem seinem')
_GERMAN_WEAK = _words('der die das')


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


ENGLISH = Lexicon(
    abbreviations=_table(
        'e.g. = for example; eg. = for example; i.e. = that is; approx. = approximately; vs. = versus; cf. = compare;'
        'dr. = doctor; mr. = mister; mrs.; ms.; messrs.; prof. = professor; mt. = mount; gen. = general;'
        'sgt. = sergeant; lt. = lieutenant; capt. = captain; col. = colonel; rev. = reverend; gov. = governor;'
        'sen. = senator; rep. = representative; hon. = honourable; incl. = including; excl. = excluding; resp.;'
        'est. = estimated; dept. = department; ca. = circa; avg. = average; esp. = especially; w/ = with;'
        'w/o = without; b/c = because; temp. = temperature; misc. = miscellaneous; a.k.a. = also known as;'
        'govt. = government;'
        'w.r.t. = with respect to; orig. = originally; sq. = square'
    ),
    before_numbers=_table(
        'no. = number; nos. = numbers; fig. = figure; figs. = figures; vol. = volume; p. = page; pp. = pages;'
        'ch. = chapter; sec. = section; eq. = equation; art. = article; ed. = edition; max. = maximum; min. = minimum'
    ),
    before_names=_table('st. = saint'),
    ambiguous=_table(
        'st. = street; etc.; a.m.; p.m.; al.; min.; max.; sec.; hrs.; hr.; ft.; lbs.; lb.; oz.; yrs.; yr.; b.c.; '
        'a.d.; ext.;'
        'jan. = January; feb. = February; mar. = March; apr. = April; aug. = August; sep. = September;'
        'sept. = September; oct. = October; nov. = November; dec. = December; mon. = Monday; tue. = Tuesday;'
        'wed. = Wednesday; thu. = Thursday; fri. = Friday'
    ),
    names=_words('u.s. u.k. u.s.a. u.n. e.u. d.c. inc. ltd. co. corp. jr. sr. ph.d. m.d. b.a. m.a. ave. blvd. rd.'),
    starters=_words(
        'a an the this that these those there here it its he she we they you i my your his her our their who what '
        'when where why how which if in on at as for but and so or no yes then now please let do does did is are was '
        'were can could will would should may not after before while once every all some many most both'
    ),
    continuing=_words(
        'monday tuesday wednesday thursday friday saturday sunday january february march april june july august '
        'september october november december jan feb mar apr jun jul aug sep sept oct '
        'nov dec mon tue wed thu fri sat sun eastern central pacific mountain gmt utc et pt est edt pst pdt cet cest'
    ),
    units=_forms(
        'mm = millimetre|millimetres; cm = centimetre|centimetres; m = metre|metres; km = kilometre|kilometres;'
        'mg = milligram|milligrams; g = gram|grams; kg = kilogram|kilograms; t = ton|tons; ml = millilitre|millilitres;'
        'l = litre|litres; ms = millisecond|milliseconds; s = second|seconds; min = minute|minutes; h = hour|hours;'
        'hz = hertz; khz = kilohertz; mhz = megahertz; ghz = gigahertz; v = volt|volts; mv = millivolt|millivolts;'
        'a = amp|amps; ma = milliamp|milliamps; mah = milliamp hour|milliamp hours; w = watt|watts;'
        'kw = kilowatt|kilowatts; kwh = kilowatt hour|kilowatt hours; kb = kilobyte|kilobytes; mb = megabyte|megabytes;'
        'gb = gigabyte|gigabytes; tb = terabyte|terabytes; db = decibel|decibels; m/s = metre per second|metres per '
        'second; km/h = kilometre per hour|kilometres per hour; kmh = kilometre per hour|kilometres per hour;'
        'kph = kilometre per hour|kilometres per hour; mph = mile per hour|miles per hour; m² = square metre|square '
        'metres; m2 = square metre|square metres; km² = square kilometre|square kilometres; m³ = cubic metre|cubic '
        'metres; m/s² = metre per second squared|metres per second squared; mbit/s = megabit per second|megabits per '
        'second; gbit/s = gigabit per second|gigabits per second; µm = micrometre|micrometres; µs = microsecond|'
        'microseconds; ω = ohm|ohms; kω = kilohm|kilohms; cm³ = cubic centimetre|cubic centimetres; ° = '
        'degree|degrees; °c = degree Celsius|degrees Celsius;'
        '°f = degree Fahrenheit|degrees Fahrenheit; % = percent; px = pixel|pixels; rpm = revolution per minute|'
        'revolutions per minute; rad/s = radian per second|radians per second; n = newton|newtons; nm = newton metre|'
        'newton metres; ft = foot|feet; lb = pound|pounds; lbs = pound|pounds; oz = ounce|ounces; hr = hour|hours;'
        'hrs = hour|hours; sec = second|seconds; secs = second|seconds; mins = minute|minutes; fps = frame per second|'
        'frames per second'
    ),
    currencies=_forms('$ = dollar|dollars; € = euro|euros; £ = pound|pounds; ¥ = yen; ₹ = rupee|rupees'),
    scales=_words('thousand million billion trillion'),
    to='to',
    minus='minus',
    about='about',
    clock=("{0} o'clock", '{0} oh {1}'),
)
GERMAN = Lexicon(
    abbreviations=_table(
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
    before_names=_table('fr. = Frau'),
    before_numbers=_table('s. = Seite; kap. = Kapitel; art. = Artikel; abs. = Absatz; bd. = Band'),
    ambiguous=_table(
        'usw. = und so weiter; u.s.w. = und so weiter; etc. = et cetera; usf. = und so fort;'
        'ff. = folgende; jh. = Jahrhundert; jhd. = Jahrhundert; jan. = Januar; feb. = Februar; apr. = April; aug. = '
        'August;'
        'sept. = September; okt. = Oktober; nov. = November; dez. = Dezember; mo. = Montag; di. = Dienstag;'
        'mi. = Mittwoch; do. = Donnerstag; fr. = Freitag; sa. = Samstag'
    ),
    names=_words('str. ag. gmbh. e.v. u.s. n.chr. v.chr.'),
    starters=_words(
        'der die das ein eine einen einem einer ich du er sie es wir ihr man und aber oder wenn dann da dort hier '
        'dies diese dieser dieses was wer wie wo wann warum ja nein bitte jetzt danach in im am auf an mit für nach '
        'vor zum zur bei auch nicht nun so alle mein dein sein unser'
    ),
    continuing=frozenset(),
    units=_forms(
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
    currencies=_forms('$ = Dollar; € = Euro; £ = Pfund; ¥ = Yen; ₹ = Rupie|Rupien'),
    scales=_words('tausend million millionen milliarde milliarden'),
    to='bis',
    minus='minus',
    about='etwa',
    ordinal=_german_ordinal,
)
FRENCH = Lexicon(
    abbreviations=_table(
        "p.ex. = par exemple; c.-à-d. = c'est-à-dire; c.-à-d = c'est-à-dire; m. = monsieur; mm. = messieurs;"
        'mme. = madame; mme = madame; mlle = mademoiselle; env. = environ; dr. = docteur; dr = docteur;'
        'pr. = professeur; n° = numéro; av.j.-c. = avant Jésus-Christ; av. = avenue; max. = maximum; min. = minimum; '
        'cf. = voir; st. = saint;'
        'ste. = sainte; vs. = contre; tél. = téléphone; bd. = boulevard; approx. = environ'
    ),
    before_numbers=_table('p. = page; pp. = pages; fig. = figure; art. = article; chap. = chapitre; vol. = volume'),
    ambiguous=_table('etc.; al.'),
    names=_words('u.s. s.a. j.-c.'),
    starters=_words(
        'le la les un une des ce cette ces il elle ils elles je tu nous vous on et mais ou si alors puis oui non dans '
        "en à au aux pour par avec c'est j'ai qui que quoi où quand comment pourquoi mon ma mes son sa ses"
    ),
    continuing=frozenset(),
    units=_forms(
        'mm = millimètre|millimètres; cm = centimètre|centimètres; m = mètre|mètres; km = kilomètre|kilomètres;'
        'mg = milligramme|milligrammes; g = gramme|grammes; kg = kilogramme|kilogrammes; t = tonne|tonnes;'
        'ml = millilitre|millilitres; l = litre|litres; ms = milliseconde|millisecondes; s = seconde|secondes;'
        'min = minute|minutes; h = heure|heures; hz = hertz; khz = kilohertz; mhz = mégahertz; ghz = gigahertz;'
        'v = volt|volts; mv = millivolt|millivolts; ma = milliampère|milliampères; w = watt|watts;'
        'kw = kilowatt|kilowatts; kwh = kilowattheure|kilowattheures; ko = kilooctet|kilooctets;'
        'mo = mégaoctet|mégaoctets; go = gigaoctet|gigaoctets; to = téraoctet|téraoctets; kb = kilooctet|kilooctets;'
        'mb = mégaoctet|mégaoctets; gb = gigaoctet|gigaoctets; db = décibel|décibels; m/s = mètre par seconde|mètres '
        'par seconde; km/h = kilomètre heure|kilomètres heure; m² = mètre carré|mètres carrés; m2 = mètre carré|mètres '
        'carrés; km² = kilomètre carré|kilomètres carrés; m³ = mètre cube|mètres cubes; ° = degré|degrés;'
        '°c = degré Celsius|degrés Celsius; °f = degré Fahrenheit|degrés Fahrenheit; % = pour cent; px = pixel|pixels'
    ),
    currencies=_forms('$ = dollar|dollars; € = euro|euros; £ = livre|livres; ¥ = yen|yens; ₹ = roupie|roupies'),
    scales=_words('mille million millions milliard milliards'),
    to='à',
    minus='moins',
    about='environ',
)
SPANISH = Lexicon(
    abbreviations=_table(
        'p.ej. = por ejemplo; ee.; sr. = señor; sra. = señora; srta. = señorita; sres. = señores; dr. = doctor;'
        'dra. = doctora; dña. = doña; aprox. = aproximadamente; ud. = usted; uds. = ustedes; vd. = usted;'
        'máx. = máximo; mín. = mínimo; prof. = profesor; avda. = avenida; av. = avenida; tel. = teléfono; vs. = contra'
    ),
    before_numbers=_table(
        'núm. = número; nº. = número; pág. = página; págs. = páginas; fig. = figura; art. = artículo'
    ),
    ambiguous=_table('etc. = etcétera; a.m.; p.m.'),
    names=_words('ee.uu. s.a. s.l. u.s.'),
    starters=_words(
        'el la los las un una unos unas yo tú él ella nosotros ellos ellas usted ustedes es son y pero o si no sí '
        'entonces luego en de con por para que qué quién cómo cuándo dónde este esta esto ese esa mi tu su nuestro hay'
    ),
    continuing=frozenset(),
    units=_forms(
        'mm = milímetro|milímetros; cm = centímetro|centímetros; m = metro|metros; km = kilómetro|kilómetros;'
        'mg = miligramo|miligramos; g = gramo|gramos; kg = kilogramo|kilogramos; t = tonelada|toneladas;'
        'ml = mililitro|mililitros; l = litro|litros; ms = milisegundo|milisegundos; s = segundo|segundos;'
        'min = minuto|minutos; h = hora|horas; hz = hercio|hercios; khz = kilohercio|kilohercios;'
        'mhz = megahercio|megahercios; ghz = gigahercio|gigahercios; v = voltio|voltios; mv = milivoltio|milivoltios;'
        'ma = miliamperio|miliamperios; w = vatio|vatios; kw = kilovatio|kilovatios; kwh = kilovatio hora|kilovatios '
        'hora; kb = kilobyte|kilobytes; mb = megabyte|megabytes; gb = gigabyte|gigabytes; tb = terabyte|terabytes;'
        'db = decibelio|decibelios; m/s = metro por segundo|metros por segundo; km/h = kilómetro por hora|kilómetros '
        'por hora; m² = metro cuadrado|metros cuadrados; m2 = metro cuadrado|metros cuadrados; km² = kilómetro '
        'cuadrado|kilómetros cuadrados; m³ = metro cúbico|metros cúbicos; ° = grado|grados; °c = grado Celsius|grados '
        'Celsius; °f = grado Fahrenheit|grados Fahrenheit; % = por ciento; px = píxel|píxeles'
    ),
    currencies=_forms('$ = dólar|dólares; € = euro|euros; £ = libra|libras; ¥ = yen|yenes; ₹ = rupia|rupias'),
    scales=_words('mil millón millones'),
    to='a',
    minus='menos',
    about='aproximadamente',
)
ITALIAN = Lexicon(
    abbreviations=_table(
        'p.es. = per esempio; ad es. = ad esempio; sig. = signor; sig.ra = signora; sigg. = signori; dott. = dottor;'
        'dott.ssa = dottoressa; ing. = ingegner; avv. = avvocato; prof. = professor; prof.ssa = professoressa;'
        'ca. = circa; max. = massimo; min. = minimo; cfr. = confronta; tel. = telefono; vs. = contro;'
        'dr. = dottor'
    ),
    before_numbers=_table('n. = numero; pag. = pagina; p. = pagina; fig. = figura; art. = articolo; cap. = capitolo'),
    ambiguous=_table('ecc. = eccetera; etc. = eccetera'),
    names=_words('s.p.a. s.r.l. u.s. a.c. d.c.'),
    starters=_words(
        'il lo la i gli le un uno una io tu lui lei noi voi loro è sono e ma o se no sì allora poi in di con per che '
        'chi cosa come quando dove perché questo questa quello quella mio tuo suo nostro ci non'
    ),
    continuing=frozenset(),
    units=_forms(
        'mm = millimetro|millimetri; cm = centimetro|centimetri; m = metro|metri; km = chilometro|chilometri;'
        'mg = milligrammo|milligrammi; g = grammo|grammi; kg = chilogrammo|chilogrammi; t = tonnellata|tonnellate;'
        'ml = millilitro|millilitri; l = litro|litri; ms = millisecondo|millisecondi; s = secondo|secondi;'
        'min = minuto|minuti; h = ora|ore; hz = hertz; khz = chilohertz; mhz = megahertz; ghz = gigahertz; v = volt;'
        'mv = millivolt; ma = milliampere; w = watt; kw = chilowatt; kwh = chilowattora; kb = kilobyte; mb = megabyte;'
        'gb = gigabyte; tb = terabyte; db = decibel; m/s = metro al secondo|metri al secondo; km/h = chilometro orario|'
        'chilometri orari; m² = metro quadrato|metri quadrati; m2 = metro quadrato|metri quadrati; km² = chilometro '
        'quadrato|chilometri quadrati; m³ = metro cubo|metri cubi; ° = grado|gradi; °c = grado Celsius|gradi Celsius;'
        '°f = grado Fahrenheit|gradi Fahrenheit; % = per cento; px = pixel'
    ),
    currencies=_forms('$ = dollaro|dollari; € = euro; £ = sterlina|sterline; ¥ = yen; ₹ = rupia|rupie'),
    scales=_words('mila milione milioni miliardo miliardi'),
    to='a',
    minus='meno',
    about='circa',
)
# Of any other language it is known that behind these a sentence goes on, and which it may end.
OTHER = Lexicon(
    abbreviations=_table(
        'sr.; sra.; dra.; dhr.; mevr.; mw.; hr.; fr.; e.g.; i.e.; dr.; mr.; mrs.; prof.; approx.; vs.; ca.; max.;'
        'min.; т.е.; т.к.; г.; bijv.; d.w.z.'
    ),
    before_numbers=_table('no.; nr.; p.; fig.; стр.'),
    ambiguous=_table('etc.; enz.; itd.; itp.; т.д.; т.п.; osv.; jne.'),
    names=frozenset(),
    starters=frozenset(),
    continuing=frozenset(),
    units={},
    currencies={},
)
LEXICONS = {'en': ENGLISH, 'de': GERMAN, 'fr': FRENCH, 'es': SPANISH, 'it': ITALIAN}


def lexicon(language: str) -> Lexicon:
    """That of a BCP 47 tag, such as en-us; of English where it is empty."""
    return LEXICONS.get(language.replace('_', '-').partition('-')[0].lower() or 'en', OTHER)
