"""What is written in short and read aloud in full, by language: abbreviations, units, currencies.

Numbers, times and most of what else is written in digits a synthesiser reads itself.
"""

from __future__ import annotations

from dataclasses import dataclass

Forms = tuple[str, str]  # for one, and for any other number


@dataclass(frozen=True)
class Lexicon:
    """One language."""

    # Lower case, without spaces: what is read instead (empty: as it is, without its last dot). None of these dots ends
    # a sentence.
    abbreviations: dict[str, str]
    # These may end one: they do where a capital letter follows.
    ambiguous: dict[str, str]
    units: dict[str, Forms]
    currencies: dict[str, Forms]
    ordinals: bool = False  # whether a dot behind a number makes it one: 3. Mai


def _same(*words: str) -> dict[str, str]:
    return dict.fromkeys(words, '')


_METRIC = ('mm', 'cm', 'm', 'km', 'mg', 'g', 'kg', 't', 'ml', 'l', 'ms', 's', 'min', 'h', 'hz', 'khz', 'mhz', 'ghz')
_ELECTRIC = ('v', 'mv', 'a', 'ma', 'mah', 'ah', 'w', 'kw', 'kwh', 'kb', 'mb', 'gb', 'tb', 'db')
_COMPOUND = ('m/s', 'km/h', 'm²', 'm³', '°', '°c', '°f', '%', 'px', 'rpm')


def _units(*forms: str) -> dict[str, Forms]:
    """`forms` for _METRIC, _ELECTRIC and _COMPOUND in this order, each as "one|other", or one for both."""
    pairs = (form.split('|') for form in forms)
    names = (*_METRIC, *_ELECTRIC, *_COMPOUND)
    return {name: (pair[0], pair[-1]) for name, pair in zip(names, pairs, strict=True)}


def _plural(*words: str) -> list[str]:
    return [f'{word}|{word}s' for word in words]


ENGLISH = Lexicon(
    abbreviations={
        **{'e.g.': 'for example', 'eg.': 'for example', 'i.e.': 'that is', 'approx.': 'approximately', 'vs.': 'versus'},
        **{'dr.': 'doctor', 'mr.': 'mister', 'mrs.': 'missus', 'ms.': 'miz', 'prof.': 'professor', 'st.': 'saint'},
        **{'no.': 'number', 'fig.': 'figure', 'dept.': 'department', 'est.': 'estimated', 'incl.': 'including'},
        **{'max.': 'maximum', 'min.': 'minimum', 'resp.': 'respectively', 'gen.': 'general', 'capt.': 'captain'},
        **{
            'mt.': 'mount',
            'sgt.': 'sergeant',
            'lt.': 'lieutenant',
            'rev.': 'reverend',
            'vol.': 'volume',
            'ca.': 'circa',
        },
        **{'cf.': 'compare', 'ed.': 'edition', 'w/o': 'without', 'w/': 'with', 'b/c': 'because'},
    },
    ambiguous={
        **{'etc.': 'et cetera', 'inc.': 'incorporated', 'ltd.': 'limited', 'co.': 'company', 'jr.': 'junior'},
        **{'sr.': 'senior', 'a.m.': 'a m', 'p.m.': 'p m', 'am.': 'a m', 'pm.': 'p m', 'u.s.': 'U S', 'u.k.': 'U K'},
        **{'ph.d.': 'P H D', 'b.c.': 'B C', 'a.d.': 'A D', 'u.s.a.': 'U S A'},
        **{'jan.': 'January', 'feb.': 'February', 'aug.': 'August', 'sept.': 'September', 'oct.': 'October'},
        **{'nov.': 'November', 'dec.': 'December', 'al.': 'al'},
    },
    units=_units(
        *_plural('millimetre', 'centimetre', 'metre', 'kilometre', 'milligram', 'gram', 'kilogram', 'ton'),
        *_plural('millilitre', 'litre', 'millisecond', 'second', 'minute', 'hour'),
        *('hertz', 'kilohertz', 'megahertz', 'gigahertz'),
        *_plural('volt', 'millivolt', 'amp', 'milliamp', 'milliamp hour', 'amp hour', 'watt', 'kilowatt'),
        *_plural('kilowatt hour', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte', 'decibel'),
        *('metre per second|metres per second', 'kilometre per hour|kilometres per hour'),
        *('square metre|square metres', 'cubic metre|cubic metres', 'degree|degrees', 'degree Celsius|degrees Celsius'),
        *('degree Fahrenheit|degrees Fahrenheit', 'percent', 'pixel|pixels', 'rpm'),
    )
    | {
        **{'mph': ('mile per hour', 'miles per hour'), 'ft': ('foot', 'feet'), 'lb': ('pound', 'pounds')},
        **{
            'lbs': ('pound', 'pounds'),
            'oz': ('ounce', 'ounces'),
            'hrs': ('hour', 'hours'),
            'sec': ('second', 'seconds'),
        },
        **{'mins': ('minute', 'minutes'), 'am': ('a m', 'a m'), 'pm': ('p m', 'p m')},
    },
    currencies={'$': ('dollar', 'dollars'), '€': ('euro', 'euros'), '£': ('pound', 'pounds'), '¥': ('yen', 'yen')},
)
GERMAN = Lexicon(
    abbreviations={
        **{
            'z.b.': 'zum Beispiel',
            'd.h.': 'das heißt',
            'bzw.': 'beziehungsweise',
            'ca.': 'circa',
            'u.a.': 'unter anderem',
        },
        **{'dr.': 'Doktor', 'prof.': 'Professor', 'nr.': 'Nummer', 'vgl.': 'vergleiche', 'evtl.': 'eventuell'},
        **{'ggf.': 'gegebenenfalls', 'inkl.': 'inklusive', 'max.': 'maximal', 'min.': 'mindestens', 'hr.': 'Herr'},
        **{
            'fr.': 'Frau',
            'abb.': 'Abbildung',
            'st.': 'Sankt',
            'i.d.r.': 'in der Regel',
            'sog.': 'sogenannte',
            'o.ä.': 'oder ähnlich',
        },
    },
    ambiguous={**{'usw.': 'und so weiter', 'etc.': 'et cetera', 'u.s.w.': 'und so weiter', 'str.': 'Straße'}},
    units=_units(
        *('Millimeter', 'Zentimeter', 'Meter', 'Kilometer', 'Milligramm', 'Gramm', 'Kilogramm', 'Tonne|Tonnen'),
        *('Milliliter', 'Liter', 'Millisekunde|Millisekunden', 'Sekunde|Sekunden', 'Minute|Minuten', 'Stunde|Stunden'),
        *('Hertz', 'Kilohertz', 'Megahertz', 'Gigahertz', 'Volt', 'Millivolt', 'Ampere', 'Milliampere'),
        *('Milliamperestunde|Milliamperestunden', 'Amperestunde|Amperestunden', 'Watt', 'Kilowatt'),
        *('Kilowattstunde|Kilowattstunden', 'Kilobyte', 'Megabyte', 'Gigabyte', 'Terabyte', 'Dezibel'),
        *('Meter pro Sekunde', 'Kilometer pro Stunde', 'Quadratmeter', 'Kubikmeter', 'Grad', 'Grad Celsius'),
        *('Grad Fahrenheit', 'Prozent', 'Pixel', 'Umdrehungen pro Minute'),
    ),
    currencies={'$': ('Dollar', 'Dollar'), '€': ('Euro', 'Euro'), '£': ('Pfund', 'Pfund'), '¥': ('Yen', 'Yen')},
    ordinals=True,
)
FRENCH = Lexicon(
    abbreviations={
        **{'p.ex.': 'par exemple', 'c.-à-d.': "c'est-à-dire", 'm.': 'monsieur', 'mm.': 'messieurs', 'env.': 'environ'},
        **{'dr.': 'docteur', 'n°': 'numéro', 'av.': 'avenue', 'max.': 'maximum', 'min.': 'minimum'},
    },
    ambiguous={'etc.': 'et cetera'},
    units=_units(
        *_plural('millimètre', 'centimètre', 'mètre', 'kilomètre', 'milligramme', 'gramme', 'kilogramme', 'tonne'),
        *_plural('millilitre', 'litre', 'milliseconde', 'seconde', 'minute', 'heure'),
        *('hertz', 'kilohertz', 'mégahertz', 'gigahertz', *_plural('volt', 'millivolt', 'ampère', 'milliampère')),
        *('milliampère-heure|milliampères-heures', 'ampère-heure|ampères-heures', *_plural('watt', 'kilowatt')),
        *('kilowattheure|kilowattheures', 'kilooctet|kilooctets', 'mégaoctet|mégaoctets', 'gigaoctet|gigaoctets'),
        *('téraoctet|téraoctets', 'décibel|décibels', 'mètre par seconde|mètres par seconde'),
        *('kilomètre heure|kilomètres heure', 'mètre carré|mètres carrés', 'mètre cube|mètres cubes', 'degré|degrés'),
        *(
            'degré Celsius|degrés Celsius',
            'degré Fahrenheit|degrés Fahrenheit',
            'pour cent',
            'pixel|pixels',
            'tours par minute',
        ),
    ),
    currencies={'$': ('dollar', 'dollars'), '€': ('euro', 'euros'), '£': ('livre', 'livres'), '¥': ('yen', 'yens')},
)
SPANISH = Lexicon(
    abbreviations={
        **{
            'p.ej.': 'por ejemplo',
            'sr.': 'señor',
            'sra.': 'señora',
            'dr.': 'doctor',
            'dra.': 'doctora',
            'aprox.': 'aproximadamente',
        },
        **{'ud.': 'usted', 'uds.': 'ustedes', 'núm.': 'número', 'pág.': 'página', 'máx.': 'máximo', 'mín.': 'mínimo'},
    },
    ambiguous={'etc.': 'etcétera', 'ee.uu.': 'Estados Unidos', 'a.m.': 'a m', 'p.m.': 'p m'},
    units=_units(
        *_plural('milímetro', 'centímetro', 'metro', 'kilómetro', 'miligramo', 'gramo', 'kilogramo', 'tonelada'),
        *_plural('mililitro', 'litro', 'milisegundo', 'segundo', 'minuto', 'hora'),
        *('hercio|hercios', 'kilohercio|kilohercios', 'megahercio|megahercios', 'gigahercio|gigahercios'),
        *_plural('voltio', 'milivoltio', 'amperio', 'miliamperio'),
        *('miliamperio hora|miliamperios hora', 'amperio hora|amperios hora', *_plural('vatio', 'kilovatio')),
        *(
            'kilovatio hora|kilovatios hora',
            *_plural('kilobyte', 'megabyte', 'gigabyte', 'terabyte'),
            'decibelio|decibelios',
        ),
        *('metro por segundo|metros por segundo', 'kilómetro por hora|kilómetros por hora'),
        *('metro cuadrado|metros cuadrados', 'metro cúbico|metros cúbicos', 'grado|grados'),
        *('grado Celsius|grados Celsius', 'grado Fahrenheit|grados Fahrenheit', 'por ciento', 'píxel|píxeles'),
        'revoluciones por minuto',
    ),
    currencies={'$': ('dólar', 'dólares'), '€': ('euro', 'euros'), '£': ('libra', 'libras'), '¥': ('yen', 'yenes')},
)
ITALIAN = Lexicon(
    abbreviations={
        **{
            'p.es.': 'per esempio',
            'es.': 'esempio',
            'cioè': '',
            'sig.': 'signor',
            'sig.ra': 'signora',
            'dott.': 'dottor',
        },
        **{
            'ca.': 'circa',
            'n.': 'numero',
            'pag.': 'pagina',
            'max.': 'massimo',
            'min.': 'minimo',
            'ad es.': 'ad esempio',
        },
    },
    ambiguous={'ecc.': 'eccetera'},
    units=_units(
        *('millimetro|millimetri', 'centimetro|centimetri', 'metro|metri', 'chilometro|chilometri'),
        *('milligrammo|milligrammi', 'grammo|grammi', 'chilogrammo|chilogrammi', 'tonnellata|tonnellate'),
        *(
            'millilitro|millilitri',
            'litro|litri',
            'millisecondo|millisecondi',
            'secondo|secondi',
            'minuto|minuti',
            'ora|ore',
        ),
        *('hertz', 'chilohertz', 'megahertz', 'gigahertz', 'volt', 'millivolt', 'ampere', 'milliampere'),
        *('milliamperora|milliamperore', 'amperora|amperore', 'watt', 'chilowatt', 'chilowattora|chilowattore'),
        *('kilobyte', 'megabyte', 'gigabyte', 'terabyte', 'decibel', 'metro al secondo|metri al secondo'),
        *(
            'chilometro orario|chilometri orari',
            'metro quadrato|metri quadrati',
            'metro cubo|metri cubi',
            'grado|gradi',
        ),
        *('grado Celsius|gradi Celsius', 'grado Fahrenheit|gradi Fahrenheit', 'per cento', 'pixel', 'giri al minuto'),
    ),
    currencies={'$': ('dollaro', 'dollari'), '€': ('euro', 'euro'), '£': ('sterlina', 'sterline'), '¥': ('yen', 'yen')},
)
# Of any other language nothing is known but that these end no sentence.
OTHER = Lexicon(
    _same('e.g.', 'i.e.', 'dr.', 'mr.', 'mrs.', 'prof.', 'approx.', 'vs.', 'ca.', 'max.', 'min.'), _same('etc.'), {}, {}
)
LEXICONS = {'en': ENGLISH, 'de': GERMAN, 'fr': FRENCH, 'es': SPANISH, 'it': ITALIAN}


def lexicon(language: str) -> Lexicon:
    """That of a BCP 47 tag, such as en-us; of English where it is empty."""
    return LEXICONS.get((language or 'en').partition('-')[0].partition('_')[0].lower(), OTHER)
