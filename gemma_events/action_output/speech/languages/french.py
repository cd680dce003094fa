"""What French writes in short."""

from __future__ import annotations

from gemma_events.action_output.speech.lexicon import Lexicon, forms, table, words

FRENCH = Lexicon(
    abbreviations=table(
        "p.ex. = par exemple; c.-à-d. = c'est-à-dire; c.-à-d = c'est-à-dire; m. = monsieur; mm. = messieurs;"
        'mme. = madame; mme = madame; mlle = mademoiselle; env. = environ; dr. = docteur; dr = docteur;'
        'pr. = professeur; n° = numéro; av.j.-c. = avant Jésus-Christ; av. = avenue; max. = maximum; min. = minimum; '
        'cf. = voir; st. = saint;'
        'ste. = sainte; vs. = contre; tél. = téléphone; bd. = boulevard; approx. = environ'
    ),
    before_numbers=table('p. = page; pp. = pages; fig. = figure; art. = article; chap. = chapitre; vol. = volume'),
    ambiguous=table('etc.; al.'),
    names=words('u.s. s.a. j.-c.'),
    starters=words(
        'le la les un une des ce cette ces il elle ils elles je tu nous vous on et mais ou si alors puis oui non dans '
        "en à au aux pour par avec c'est j'ai qui que quoi où quand comment pourquoi mon ma mes son sa ses"
    ),
    continuing=frozenset(),
    units=forms(
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
    currencies=forms('$ = dollar|dollars; € = euro|euros; £ = livre|livres; ¥ = yen|yens; ₹ = roupie|roupies'),
    scales=words('mille million millions milliard milliards'),
    to='à',
    minus='moins',
    about='environ',
    number='numéro',
)
