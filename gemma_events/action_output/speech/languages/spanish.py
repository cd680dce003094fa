"""What Spanish writes in short."""

from __future__ import annotations

from gemma_events.action_output.speech.lexicon import Lexicon, forms, table, words

SPANISH = Lexicon(
    abbreviations=table(
        'p.ej. = por ejemplo; ee.; sr. = señor; sra. = señora; srta. = señorita; sres. = señores; dr. = doctor;'
        'dra. = doctora; dña. = doña; aprox. = aproximadamente; ud. = usted; uds. = ustedes; vd. = usted;'
        'máx. = máximo; mín. = mínimo; prof. = profesor; avda. = avenida; av. = avenida; tel. = teléfono; vs. = contra'
    ),
    before_numbers=table('núm. = número; nº. = número; pág. = página; págs. = páginas; fig. = figura; art. = artículo'),
    ambiguous=table('etc. = etcétera; a.m.; p.m.'),
    names=words('ee.uu. s.a. s.l. u.s.'),
    starters=words(
        'el la los las un una unos unas yo tú él ella nosotros ellos ellas usted ustedes es son y pero o si no sí '
        'entonces luego en de con por para que qué quién cómo cuándo dónde este esta esto ese esa mi tu su nuestro hay'
    ),
    continuing=frozenset(),
    units=forms(
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
    currencies=forms('$ = dólar|dólares; € = euro|euros; £ = libra|libras; ¥ = yen|yenes; ₹ = rupia|rupias'),
    scales=words('mil millón millones'),
    to='a',
    minus='menos',
    about='aproximadamente',
    number='número',
)
