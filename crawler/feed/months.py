"""The months as feeds of many languages write them."""

from __future__ import annotations

_NAMES = (
    (
        "jan january januar jänner janvier enero gennaio janeiro ene gen янв январь января січ січня sty stycznia "
        "ocak oca led ledna január ιαν"
    ),
    (
        "feb february februar février fév fevr febrero febbraio fevereiro fev фев февр февраль февраля лют лютого "
        "lut lutego şubat şub úno února február φεβ"
    ),
    ("mar march märz mär mrz maerz mars marzo março мар март марта бер березня marca mart bře března március márc μαρ"),
    (
        "apr april avril avr abril aprile abr апр апрель апреля кві квітня kwi kwietnia nisan nis dub dubna "
        "április ápr απρ"
    ),
    "may mai mayo maggio maio mag май мая тра травня maj maja mayıs květ května május máj μαϊ μαι",
    (
        "jun june juni juin junio giugno junho giu июн июнь июня чер червня cze czerwca haziran haz čvn června "
        "június jún ιουν ιούν"
    ),
    (
        "jul july juli juillet juil julio luglio julho lug июл июль июля лип липня lip lipca temmuz tem čvc "
        "července július júl ιουλ ιούλ"
    ),
    (
        "aug august août aout agosto ago авг август августа сер серпня sie sierpnia ağustos ağu srp srpna "
        "augusztus αυγ αύγ"
    ),
    (
        "sep sept september septembre septiembre settembre setembro set сен сент сентябрь сентября вер вересня "
        "wrz września eylül eyl zář září szeptember szept σεπ"
    ),
    (
        "oct october oktober okt octobre octubre ottobre outubro ott out окт октябрь октября жов жовтня paź "
        "października ekim eki říj října október οκτ"
    ),
    ("nov november novembre noviembre novembro ноя нояб ноябрь ноября лис листопада listopada kasım kas lis νοε νοέ"),
    (
        "dec december dezember dez décembre déc diciembre dicembre dezembro dic дек декабрь декабря гру грудня "
        "gru grudnia aralık ara pro prosince δεκ"
    ),
)

MONTHS = {name: number for number, names in enumerate(_NAMES, start=1) for name in names.split()}
