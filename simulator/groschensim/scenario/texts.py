# SPDX-License-Identifier: Apache-2.0
"""The catalogue: what is said about a scenario that cannot be played, in German and in English."""

from groschensim.language import Text, pick

_TEXTS: dict[str, Text] = {
    # files
    "missing_file": ("die Datei gibt es nicht", "there is no such file"),
    "directory": ("das ist ein Verzeichnis, keine Datei", "this is a directory, not a file"),
    "no_permission": ("die Datei darf nicht gelesen werden", "there is no permission to read this file"),
    "unreadable": ("die Datei ist nicht lesbar ({reason})", "the file cannot be read ({reason})"),
    "too_long": ("die Datei ist größer als {limit} MiB", "the file is larger than {limit} MiB"),
    "not_utf8": ("die Datei ist nicht in UTF-8 gespeichert", "the file is not saved as UTF-8"),
    "empty_file": (
        "die Datei ist leer; ein Szenario hat mindestens [meter] und [load]",
        "the file is empty; a scenario has at least [meter] and [load]",
    ),
    "not_a_directory": (
        "ein Teil des Pfads ist eine Datei, kein Verzeichnis",
        "a part of the path is a file, not a directory",
    ),
    "long_name": ("der Name der Datei ist zu lang", "the name of the file is too long"),
    "link_loop": ("der Verweis führt im Kreis", "the link leads in a circle"),
    "read_failed": ("beim Lesen meldet der Datenträger einen Fehler", "the medium reports an error on reading"),
    "syntax": (
        "kein gültiges TOML in Zeile {line}; {advice} (tomllib: {reason})",
        "not valid TOML in line {line}; {advice} (tomllib: {reason})",
    ),
    "syntax_twice_at": (
        "{name} steht schon in Zeile {before}, eine der beiden muss weg",
        "{name} stands in line {before} already, one of the two must go",
    ),
    "syntax_twice": (
        "{name} hat schon einen Wert, einer der beiden muss weg",
        "{name} has a value already, one of the two must go",
    ),
    "syntax_section": (
        "jeder Abschnitt darf nur einmal vorkommen, nur [[event]] mehrmals",
        "each section may occur only once, [[event]] alone more often",
    ),
    "syntax_form": (
        'richtig wäre [abschnitt] oder schlüssel = wert: Texte in "...", Zahlen mit Punkt, Klammern geschlossen',
        '[section] or key = value would be right: texts in "...", decimals with a point, brackets closed',
    ),
    "too_many_digits": (
        "eine Zahl hat mehr Ziffern, als irgendein Wert hier haben darf",
        "a number has more digits than any value here may have",
    ),
    "too_deep": ("Klammern sind zu tief geschachtelt", "brackets are nested too deeply"),
    # keys and tables
    "unknown_table": ("diesen Abschnitt gibt es nicht{hint}", "there is no such section{hint}"),
    "unknown_key": ("diesen Schlüssel gibt es hier nicht{hint}", "there is no such key here{hint}"),
    "hint": ("; gemeint ist vielleicht {guess}", "; perhaps {guess} is meant"),
    "known": ("; möglich sind: {names}", "; possible are: {names}"),
    "missing_key": ("fehlt; ein Beispiel: {name} = {example}", "is missing; an example: {name} = {example}"),
    "missing_table": ("der Abschnitt fehlt", "the section is missing"),
    "not_a_table": (
        "muss ein Abschnitt sein, nicht {value}; richtig wäre {example}",
        "must be a section, not {value}; {example} would be right",
    ),
    "problems_left": ("... und {count} weitere Fehler", "... and {count} more errors"),
    # values
    "not_text": (
        "muss ein Text in Anführungszeichen sein, nicht {value}",
        "must be a text in quotes, not {value}",
    ),
    "not_bool": ("muss true oder false sein, nicht {value}", "must be true or false, not {value}"),
    "not_whole": (
        "muss eine ganze Zahl von {low} bis {high} sein, nicht {value}",
        "must be a whole number from {low} to {high}, not {value}",
    ),
    "not_number": (
        "muss eine Zahl {above}{low} bis {high} sein, nicht {value}",
        "must be a number {above}{low} to {high}, not {value}",
    ),
    "from": ("von ", "from "),
    "above": ("über ", "above "),
    "decimals": (
        "{value} hat zu viele Nachkommastellen; höchstens {limit} sind erlaubt",
        "{value} has too many decimals; at most {limit} are allowed",
    ),
    "not_a_choice": (
        "{value} gibt es nicht; möglich sind: {names}{hint}",
        "there is no {value}; possible are: {names}{hint}",
    ),
    "serial": (
        "muss 1 bis 20 druckbare ASCII-Zeichen haben, nicht {value}",
        "must have 1 to 20 printable ASCII characters, not {value}",
    ),
    "zone": (
        'muss "Europe/Berlin" sein oder ein Vielfaches von 15 Minuten, "-12:00" bis "+14:00", nicht {value}',
        'must be "Europe/Berlin" or a multiple of 15 minutes, "-12:00" to "+14:00", not {value}',
    ),
    "shares_table": (
        "muss {example} sein, nicht {value}",
        "must be like {example}, not {value}",
    ),
    "share_missing": (
        "es fehlt {name}; richtig wäre {example}",
        "{name} is missing; {example} would be right",
    ),
    "share_unknown": (
        "{name} ist keine Sparte; richtig wäre {example}",
        "{name} is no division; {example} would be right",
    ),
    "share_value": (
        "{name} muss eine ganze Zahl von 0 bis 100 sein, nicht {value}",
        "{name} must be a whole number from 0 to 100, not {value}",
    ),
    "share_sum": (
        "die Anteile ergeben zusammen {total}; richtig wäre 100",
        "the shares sum to {total}; 100 would be right",
    ),
    # instants, dates, times of day
    "not_instant": (
        "muss ein Zeitpunkt mit Abstand zu UTC sein wie 2026-01-20T10:00:00+01:00, nicht {value}",
        "must be an instant with its offset from UTC like 2026-01-20T10:00:00+01:00, not {value}",
    ),
    "no_offset": (
        "{value} fehlt der Abstand zu UTC; richtig wäre {right}",
        "{value} lacks the offset from UTC; {right} would be right",
    ),
    "no_offset_known": (
        "{value} fehlt der Abstand zu UTC; richtig wäre ein Abstand wie +01:00 (MEZ) oder +02:00 (MESZ)",
        "{value} lacks the offset from UTC; an offset such as +01:00 (CET) or +02:00 (CEST) would be right",
    ),
    "or": (" oder ", " or "),
    "fraction": ("{value} ist keine ganze Sekunde", "{value} is not a whole second"),
    "whole_minute": (
        "{value} ist keine volle Minute; die Inbetriebnahme ist an einer",
        "{value} is not a whole minute; commissioning is on one",
    ),
    "years": (
        "{value} liegt außerhalb der Jahre 2020 bis 2099",
        "{value} is outside the years 2020 to 2099",
    ),
    "end_before_start": (
        "{end} liegt nicht nach dem Beginn {start}",
        "{end} is not after the start {start}",
    ),
    "not_a_date": (
        "muss ein Datum wie 2026-12-24 sein, nicht {value}",
        "must be a date like 2026-12-24, not {value}",
    ),
    "not_dates": (
        "muss eine Liste von Tagen sein wie [2026-12-24, 2026-12-31], nicht {value}",
        "must be a list of dates like [2026-12-24, 2026-12-31], not {value}",
    ),
    "date_twice": ("{value} steht zweimal in der Liste", "{value} is in the list twice"),
    "credit_days": (
        "im Jahr {year} sind es {count} Kredittage; höchstens zehn sind erlaubt",
        "in {year} there are {count} credit days; at most ten are allowed",
    ),
    "not_holidays": (
        'muss das Kürzel eines Bundeslandes wie "BY" sein, eine Liste von Tagen oder "", nicht {value}',
        'must be the code of a Bundesland like "BY", a list of dates, or "", not {value}',
    ),
    "not_span": (
        '{value} ist keine Zeitspanne wie "06:00-22:00"; Uhrzeiten sind 00:00 bis 23:59, 24:00 nur als Ende',
        '{value} is no span like "06:00-22:00"; times of day are 00:00 to 23:59, and 24:00 only as an end',
    ),
    "not_spans": (
        'muss eine Liste von höchstens vier Zeitspannen sein wie ["06:00-22:00"], nicht {value}',
        'must be a list of at most four spans like ["06:00-22:00"], not {value}',
    ),
    "too_many_spans": (
        "{count} Zeitspannen; höchstens vier sind erlaubt",
        "{count} spans; at most four are allowed",
    ),
    "no_length": ("{value} hat keine Länge", "{value} has no length"),
    "wraps": (
        "{value} geht über Mitternacht; richtig sind zwei Zeitspannen, bis 24:00 und ab 00:00",
        "{value} passes midnight; two spans would be right, to 24:00 and from 00:00",
    ),
    "not_weekend": (
        "muss {example} sein oder {{}}, nicht {value}",
        "must be like {example} or {{}}, not {value}",
    ),
    "weekend_missing": (
        "es fehlt {name}; richtig wäre {example} oder {{}}",
        "{name} is missing; {example} or {{}} would be right",
    ),
    "weekend_unknown": (
        "{name} gehört nicht hierher; richtig wäre {example} oder {{}}",
        "{name} does not belong here; {example} or {{}} would be right",
    ),
    "not_clock": (
        '{name} muss eine Uhrzeit wie "12:00" sein, nicht {value}',
        '{name} must be a time of day like "12:00", not {value}',
    ),
    "not_credit_span": (
        "muss aus zwei Zeitpunkten bestehen wie {example}, nicht {value}",
        "must be two instants like {example}, not {value}",
    ),
    # load
    "load_missing": (
        'hier fehlt csv = "load.csv" oder profile = "H0" mit kwh_per_year = 3500',
        'csv = "load.csv" is missing here, or profile = "H0" with kwh_per_year = 3500',
    ),
    "load_both": (
        "csv und {name} schließen einander aus; eins von beiden muss weg",
        "csv and {name} exclude each other; one of them must go",
    ),
    "load_half": (
        "ein Profil braucht beides, profile und kwh_per_year",
        "a profile needs both, profile and kwh_per_year",
    ),
    "not_a_path": (
        "muss der Name einer Datei sein, nicht {value}",
        "must be the name of a file, not {value}",
    ),
    "csv_unreadable": (
        "{file}: {reason}; richtig wäre eine Datei mit den Spalten start,pulses, vom Ordner des Szenarios aus benannt",
        "{file}: {reason}; a file of columns start,pulses would be right, named as seen from the scenario's folder",
    ),
    "csv_empty": (
        "die Datei ist leer; die erste Zeile muss start,pulses sein",
        "the file is empty; the first line must be start,pulses",
    ),
    "csv_header": (
        "die erste Zeile muss start,pulses sein, nicht {value}",
        "the first line must be start,pulses, not {value}",
    ),
    "csv_extra": (
        "überzählige Spalte {value}; richtig sind genau start,pulses",
        "surplus column {value}; exactly start,pulses would be right",
    ),
    "csv_missing": ("es fehlt die Spalte {value}", "the column {value} is missing"),
    "csv_fields": (
        "{count} Felder statt zwei (start,pulses)",
        "{count} fields instead of two (start,pulses)",
    ),
    "csv_broken": ("kein gültiges CSV: {reason}", "not valid CSV: {reason}"),
    "csv_line": (
        "die Zeile ist länger als {limit} Zeichen",
        "the line is longer than {limit} characters",
    ),
    "csv_start": (
        "start muss ein Zeitpunkt mit Abstand zu UTC sein wie 2026-01-01T00:00:00+01:00, nicht {value}",
        "start must be an instant with its offset from UTC like 2026-01-01T00:00:00+01:00, not {value}",
    ),
    "csv_quarter": (
        "start {value} ist kein Beginn einer Viertelstunde (:00, :15, :30, :45)",
        "start {value} does not begin a quarter hour (:00, :15, :30, :45)",
    ),
    "csv_early": (
        "start {value} liegt vor der Viertelstunde, in der das Szenario beginnt; richtig wäre ab {first} und vor {end}",
        "start {value} is before the quarter hour of the scenario's start; right is from {first} on and before {end}",
    ),
    "csv_late": (
        "start {value} liegt nicht vor dem Ende des Szenarios; richtig wäre ab {first} und vor {end}",
        "start {value} is not before the end of the scenario; from {first} on and before {end} would be right",
    ),
    "csv_twice": ("start {value} kommt zweimal vor", "start {value} occurs twice"),
    "csv_order": (
        "start {value} steht nach einer späteren Viertelstunde; die Zeilen müssen aufsteigen",
        "start {value} stands after a later quarter hour; rows must ascend",
    ),
    "csv_pulses": (
        "pulses muss eine ganze Zahl von 0 bis 1000000000 sein, nicht {value}",
        "pulses must be a whole number from 0 to 1000000000, not {value}",
    ),
    # events
    "no_change": (
        "ändert nichts; richtig wäre mindestens einer von: {names}",
        "changes nothing; give at least one of: {names}",
    ),
    "outside_run": (
        "{value} liegt außerhalb des Laufs; richtig wäre ab {start} und vor {end}",
        "{value} is outside the run; from {start} on and before {end} would be right",
    ),
    "power_first": (
        "power_on ohne power_off davor; beide wechseln einander ab",
        "power_on without a power_off before it; they alternate",
    ),
    "power_twice": (
        "power_off, während der Zähler schon ohne Strom ist; davor fehlt power_on",
        "power_off while the meter is already without power; power_on is missing before it",
    ),
    "while_off": (
        "{value} geschieht, während der Zähler ohne Strom ist; richtig wäre vor power_off oder nach power_on",
        "{value} happens while the meter is without power; before power_off or after power_on would be right",
    ),
    "card_holidays": (
        "{count} Feiertage von {year} an passen mit diesen HT-Zeiten nicht auf die Karte; höchstens {most}",
        "{count} holidays from {year} on do not fit on the card with these HT spans; at most {most}",
    ),
    "card_days": (
        "{count} Kredittage von diesem Ereignis an passen nicht auf die Karte; höchstens {most}",
        "{count} credit days from this event on do not fit on the card; at most {most}",
    ),
    "card_total": (
        "mit {value} EUR werden es bis hier {total} EUR; eine Karte kann insgesamt höchstens {most} EUR bringen",
        "{value} EUR make {total} EUR so far; a card can bring at most {most} EUR in all",
    ),
    # kinds of values in the texts above
    "a_list": ("eine Liste", "a list"),
    "a_table": ("eine Tabelle", "a table"),
    "a_huge_number": ("eine riesige Zahl", "a huge number"),
}


def say(key: str, **fields: object) -> str:
    """Return a text of the catalogue in the language that is set, its fields filled in."""
    return pick(_TEXTS[key]).format(**fields)
