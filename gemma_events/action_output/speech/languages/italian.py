"""What Italian writes in short."""

from __future__ import annotations

from gemma_events.action_output.speech.lexicon import Lexicon, forms, table, words

ITALIAN = Lexicon(
    abbreviations=table(
        'p.es. = per esempio; ad es. = ad esempio; sig. = signor; sig.ra = signora; sigg. = signori; dott. = dottor;'
        'dott.ssa = dottoressa; ing. = ingegner; avv. = avvocato; prof. = professor; prof.ssa = professoressa;'
        'ca. = circa; max. = massimo; min. = minimo; cfr. = confronta; tel. = telefono; vs. = contro;'
        'dr. = dottor'
    ),
    before_numbers=table('n. = numero; pag. = pagina; p. = pagina; fig. = figura; art. = articolo; cap. = capitolo'),
    ambiguous=table('ecc. = eccetera; etc. = eccetera'),
    names=words('s.p.a. s.r.l. u.s. a.c. d.c.'),
    starters=words(
        'il lo la i gli le un uno una io tu lui lei noi voi loro è sono e ma o se no sì allora poi in di con per che '
        'chi cosa come quando dove perché questo questa quello quella mio tuo suo nostro ci non'
    ),
    continuing=frozenset(),
    units=forms(
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
    currencies=forms('$ = dollaro|dollari; € = euro; £ = sterlina|sterline; ¥ = yen; ₹ = rupia|rupie'),
    scales=words('mila milione milioni miliardo miliardi'),
    to='a',
    minus='meno',
    about='circa',
    number='numero',
)
# Of any other language it is known that behind these a sentence goes on, and which it may end.
