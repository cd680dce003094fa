"""What English writes in short."""

from __future__ import annotations

from gemma_events.action_output.speech.lexicon import Lexicon, forms, table, words

ENGLISH = Lexicon(
    abbreviations=table(
        'e.g. = for example; eg. = for example; i.e. = that is; approx. = approximately; vs. = versus; cf. = compare;'
        'dr. = doctor; mr. = mister; mrs.; ms.; messrs.; prof. = professor; mt. = mount; gen. = general;'
        'sgt. = sergeant; lt. = lieutenant; capt. = captain; col. = colonel; rev. = reverend; gov. = governor;'
        'sen. = senator; rep. = representative; hon. = honourable; incl. = including; excl. = excluding; resp.;'
        'est. = estimated; dept. = department; ca. = circa; avg. = average; esp. = especially; w/ = with;'
        'w/o = without; b/c = because; temp. = temperature; misc. = miscellaneous; a.k.a. = also known as;'
        'govt. = government;'
        'w.r.t. = with respect to; orig. = originally; sq. = square'
    ),
    before_numbers=table(
        'no. = number; nos. = numbers; fig. = figure; figs. = figures; vol. = volume; p. = page; pp. = pages;'
        'ch. = chapter; sec. = section; eq. = equation; art. = article; ed. = edition; max. = maximum; min. = minimum'
    ),
    before_names=table('st. = saint'),
    ambiguous=table(
        'st. = street; etc.; a.m.; p.m.; al.; min.; max.; sec.; hrs.; hr.; ft.; lbs.; lb.; oz.; yrs.; yr.; b.c.; '
        'a.d.; ext.;'
        'jan. = January; feb. = February; mar. = March; apr. = April; aug. = August; sep. = September;'
        'sept. = September; oct. = October; nov. = November; dec. = December; mon. = Monday; tue. = Tuesday;'
        'wed. = Wednesday; thu. = Thursday; fri. = Friday'
    ),
    names=words('u.s. u.k. u.s.a. u.n. e.u. d.c. inc. ltd. co. corp. jr. sr. ph.d. m.d. b.a. m.a. ave. blvd. rd.'),
    starters=words(
        'a an the this that these those there here it its he she we they you i my your his her our their who what '
        'when where why how which if in on at as for but and so or no yes then now please let do does did is are was '
        'were can could will would should may not after before while once every all some many most both'
    ),
    continuing=words(
        'monday tuesday wednesday thursday friday saturday sunday january february march april june july august '
        'september october november december jan feb mar apr jun jul aug sep sept oct '
        'nov dec mon tue wed thu fri sat sun eastern central pacific mountain gmt utc et pt est edt pst pdt cet cest'
    ),
    units=forms(
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
    currencies=forms('$ = dollar|dollars; € = euro|euros; £ = pound|pounds; ¥ = yen; ₹ = rupee|rupees'),
    scales=words('thousand million billion trillion'),
    to='to',
    minus='minus',
    about='about',
    number='number',
    magnitudes=table('k = thousand; m = million; mn = million; b = billion; bn = billion; t = trillion'),
    clock=("{0} o'clock", '{0} oh {1}'),
)
