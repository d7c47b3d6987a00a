"""T42 to T50: wires, parts, translations and lists."""

from __future__ import annotations

import pytest

from crawler.lineage.compliance import Case, criteria
from crawler.model import Policy, Source
from tests.builders import a_claim, an_article
from tests.scenarios.test_false_friends import SERBIAN
from tests.scenarios.world import DAM, FERRY, GLASS, MILL, OWLS, SENSORS, TENDER, VAULT, World, at, html

PAPERS = tuple(
    Source(id=f"paper-{n}", name=f"{name} Paper", domains=(f"paper-{n}.example",))
    for n, name in enumerate(("Alder", "Birch", "Cedar", "Dogwood", "Elder", "Fir"))
)
MIDDAY = Source(id="mid-day", name="Mid-Day", domains=("mid-day.com",), aliases=("mid-day.com",))
KALA = Source(id="kalaajkal", name="Kala Aajkal", domains=("kalaajkal.com",), kind="aggregator")


def wired(text: tuple[str, ...], lede: str) -> tuple[str, ...]:
    return (lede + text[0], *text[1:])


def paper(n: int) -> str:
    return f"https://paper-{n}.example/2024/03/01/sensors"


def test_t42_an_agencys_text_in_six_papers_makes_six_siblings() -> None:
    world = World(*PAPERS)
    for n in range(6):
        text = wired(SENSORS, "GULL HARBOUR (Reuters) - ") if n in (1, 4) else SENSORS
        world.put(paper(n), html(text, published=at(n / 18).isoformat()), seen=at(0.5), absent=at(-0.5))
    pages = [world.look(paper(n)) for n in range(6)]
    assert {page.origin for page in pages} == {"reuters"}
    assert all(page.parents == ["reuters"] for page in pages)
    assert len({page.edge.parent.id for page in pages if page.lineage.parents}) == 1


def test_t42_no_paper_is_said_to_have_copied_another() -> None:
    world = World(*PAPERS)
    for n in range(6):
        text = wired(SENSORS, "GULL HARBOUR (Reuters) - ") if n in (1, 4) else SENSORS
        world.put(paper(n), html(text, published=at(n / 18).isoformat()), seen=at(0.5), absent=at(-0.5))
    assert all(parent == "reuters" for _, parent in world.edges())
    for n in (1, 4):
        assert world.look(paper(n)).parents == ["reuters"]


def test_t43_without_any_credit_and_any_order_in_time_nobody_is_the_origin() -> None:
    world = World(*PAPERS)
    for n in range(6):
        world.put(paper(n), html(SENSORS), seen=at(0.5), absent=at(-0.5))
    assert world.edges() == []
    assert all(world.look(paper(n)).rivals for n in range(6))


def test_t44_an_agencys_sign_off_and_a_papers_disclaimer_stay_in_their_order() -> None:
    world = World(MIDDAY, KALA)
    disclaimer = (
        "<p>This story has been sourced from a third party syndicated feed, agencies. Mid-day accepts no "
        "responsibility for its dependability, trustworthiness and reliability.</p>"
    )
    there, here = "https://www.mid-day.com/sensors-23337", "https://kalaajkal.com/item/1"
    page = world.story(here, SENSORS, 6, foot=f"<p>-- ANI, PTI</p>{disclaimer}")
    assert {c.source_id for c in page.said("wire")} >= {"ani", "pti"}
    assert any(c.source_id == "mid-day" for c in page.said("residue"))
    world.story(there, SENSORS, 0, foot=f"<p>-- ANI, PTI</p>{disclaimer}")
    page = world.look(here)
    assert page.parents[:1] == ["mid-day"]
    assert page.origin in ("ani", "pti")


def test_t45_inputs_from_an_agency_are_a_part_and_no_copy() -> None:
    world = World(*PAPERS)
    page = world.story(paper(0), SENSORS, 0, foot="<p>With inputs from PTI</p>")
    assert [c.source_id for c in page.said("partial")] == ["pti"]
    world.story("https://www.ptinews.com/news/sensors-1", (*SENSORS[:3], *MILL[:4]), -4)
    page = world.look(paper(0))
    assert page.parents == ["pti"]
    assert page.edge.kind == "partial"


def test_t46_a_piece_stitched_of_two_has_both_as_parents_with_their_shares() -> None:
    world = World()
    rt, tds = "https://www.rt.com/news/1-sensors/", "https://thedailysheeple.com/mill"
    world.story(rt, SENSORS, 0, seen_after=1)
    world.story(tds, MILL, 0, seen_after=1)
    text = (*SENSORS[:6], *MILL[:4], "The editors of this paper have walked the pier twice since and saw no diver.")
    page = world.story("https://21stcenturywire.com/2024/03/02/both/", text, 30, top="<p>21WIRE + RT + TDS | News</p>")
    assert set(page.parents) == {"rt", "dailysheeple"}
    shares = {edge.parent.source.id: edge.coverage or 0 for edge in page.lineage.parents}
    assert shares["rt"] > shares["dailysheeple"] > 0.15
    assert 0.7 < sum(shares.values()) <= 1.0


@pytest.mark.parametrize("parts", [2, 3, 6])
def test_t46_each_word_of_a_piece_is_counted_for_one_of_its_parents(parts: int) -> None:
    """What two of them have in common is not counted twice."""
    texts = (SENSORS, MILL, DAM, GLASS, VAULT, OWLS)[:parts]
    shared = FERRY[0]
    world = World(*PAPERS)
    for n, text in enumerate(texts):
        world.story(paper(n), (*text[:5], shared) if n < 2 else text[:5], 0)
    piece = (*texts[0][:3], shared, *(one for text in texts[1:] for one in text[:3]))
    page = world.story("https://collector.example/piece/1", piece, 30, title="A piece of many parts")
    assert len(page.parents) == parts
    shares = [edge.coverage or 0.0 for edge in page.lineage.parents]
    assert 0.95 < sum(shares) <= 1.0
    assert all(share > 0 for share in shares)
    assert {edge.kind for edge in page.lineage.parents} == ({"digest"} if parts > 2 else {"partial"})


NYT = Source(id="nytimes", name="The New York Times", domains=("nytimes.com",), aliases=("NYT", "New York Times"))
LUFT = Source(id="luftpost", name="Luftpost", domains=("luftpost-kl.de",), kind="translator", language="de")
LIHE = Source(id="lihe", name="li-he", domains=("li-he.bplaced.net",), kind="blog", language="de")
UNCUT = Source(id="uncut", name="uncut-news", domains=("uncut-news.ch",), kind="translator", language="de")
GERMAN = (
    "Der alte Wellenbrecher bewegt sich viermal so schnell, wie es die Hafenverwaltung bisher angenommen hatte. Das "
    "zeigen sieben kleine Fühler, die Taucher im Januar an der seeseitigen Mauer befestigt haben.",
    "Alle zehn Minuten schickt jeder von ihnen eine Zahl an Land. In diesem Winter waren die Zahlen größer als je "
    "zuvor, und in der Nacht des Sturms fielen zwei der Geräte ganz aus.",
    "Die Verwaltung sagt, vor dem Frühjahr könne mit der Ausbesserung nicht begonnen werden, weil das Geld dafür noch "
    "nicht im Haushalt der Stadt stehe. Der Rat will im April darüber beraten.",
    "Die Fischer behaupten, sie hätten das seit Jahren gewusst, und niemand habe sie je gefragt, was sie sehen, wenn "
    "sie vor dem Morgengrauen hinausfahren.",
    "Kommentar der Übersetzer: Wir haben den Artikel komplett übersetzt und die Zahlen am Hafen selbst nachgelesen.",
)


def test_t47_two_copies_of_a_translation_are_siblings_below_the_translator() -> None:
    world = World(NYT, LUFT, LIHE, UNCUT)
    line = (
        "<p>Quelle und Übersetzung von: <a href='https://www.luftpost-kl.de/luftpost-archiv/LP_24/0301.pdf'>{}</a></p>"
    )
    foot = line.format("www.luftpost-kl.de")
    world.story("https://li-he.bplaced.net/index.php/3268", GERMAN, 30, foot=foot, language="de", dated=False)
    world.story("https://uncut-news.ch/2018/04/15/x/", GERMAN, 40, foot=foot, language="de", dated=False)
    assert sorted(world.edges()) == [("lihe", "luftpost"), ("uncut", "luftpost")]
    edges = list(world.store.edges())
    assert edges[0].parent.id == edges[1].parent.id


def test_t48_a_machine_translation_with_the_authors_address_is_a_translation_and_breaks_no_derivatives() -> None:
    world = World(NYT)
    page = world.story(
        "https://goldforum.example/thread/1908",
        GERMAN[:4],
        9,
        language="de",
        foot="<p>Übersetzt mit DeepL</p><p>Quelle: <a href='https://www.propublica.org/article/the-sensors'>"
        "https://www.propublica.org/article/the-sensors</a></p>",
    )
    assert page.edge.parent.source.id == "propublica"
    assert page.edge.kind == "translation"
    assert page.said("translation")


def test_t48_a_translation_does_not_keep_to_no_derivatives() -> None:
    parent = an_article("a", outlet="tide-mail")
    said = a_claim(kind="translation", source_id="tide-mail", quote="Translated with DeepL")
    case = Case(
        child=an_article("b", outlet="birch-post"), claims=(said,), parent=parent.source, credits=(said,),
        policy=Policy(forbids=("edits", "translation")), original=None, credited="yes", linked="no",
    )  # fmt: skip
    terms = criteria(case)[10]
    assert (terms.id, terms.answer) == ("D11", "no")
    assert "no translation: declared rule not met" in terms.note


def test_t49_homoglyphs_do_not_hide_a_copy() -> None:
    world = World(*PAPERS)
    folded = str.maketrans({"a": "а", "e": "е", "o": "о", "p": "р", "c": "с"})
    world.story(paper(0), SENSORS, 0)
    page = world.story(paper(1), tuple(one.translate(folded) for one in SENSORS), 30)
    assert page.parents == ["paper-0"]


def test_t49_the_same_serbian_in_two_scripts_is_one_text() -> None:
    world = World(*PAPERS)
    cyrillic = tuple(_cyrillic(one) for one in SERBIAN)
    world.story(paper(0), SERBIAN, 0, language="sr")
    page = world.story(paper(1), cyrillic, 30, language="sr")
    assert page.parents == ["paper-0"]


def test_t49_a_romanised_text_is_the_ukrainian_one() -> None:
    world = World(*PAPERS)
    world.story(paper(0), UKRAINIAN, 0, language="uk")
    page = world.story(paper(1), ROMANISED, 30, language="uk")
    assert page.parents == ["paper-0"]


def test_t49_traditional_characters_and_pinyin_do_not_hide_a_copy() -> None:
    world = World(*PAPERS)
    world.story(paper(0), SIMPLIFIED, 0, language="zh")
    page = world.story(paper(1), TRADITIONAL_WITH_PINYIN, 30, language="zh")
    assert page.parents == ["paper-0"]


UKRAINIAN = (
    "Портова рада у вівторок вирішила назавжди закрити старий поромний причал, бо інженери виявили, що його дерев'яні "
    "палі згнили нижче рівня води.",
    "Причал служив пасажирам островів, відколи рибальський флот залишив внутрішню гавань. До вихідних його обгородять, "
    "а човни приставатимуть до вугільної пристані, доки не знайдуться гроші на новий поміст.",
    "Крамарі з островів побоюються, що влітку гості не приїдуть: дорога від пристані до залізничної станції вдвічі "
    "довша, і на тому березі річки немає ні навісу, ні каси.",
)
ROMANISED = (
    "Portova rada u vivtorok vyrishyla nazavzhdy zakryty staryi poromnyi prychal, bo inzhenery vyiavyly, shcho yoho "
    "dereviani pali zghnyly nyzhche rivnia vody.",
    "Prychal sluzhyv pasazhyram ostroviv, vidkoly rybalskyi flot zalyshyv vnutrishniu havan. Do vykhidnykh yoho "
    "obhorodiat, a chovny prystavatymut do vuhilnoi prystani, doky ne znaidutsia hroshi na novyi pomist.",
    "Kramari z ostroviv poboiuiutsia, shcho vlitku hosti ne pryidut: doroha vid prystani do zaliznychnoi stantsii "
    "vdvichi dovsha, i na tomu berezi richky nemaie ni navisu, ni kasy.",
)
SIMPLIFIED = (
    "港口议会星期二决定永久关闭旧渡轮码头，因为工程师发现码头的木桩在水面以下已经腐烂。",
    "自从渔船队离开内港以来，这座码头一直为往返各岛的旅客服务。周末之前将围起栏杆，船只改在运煤码头停靠，直到有钱修建新的栈桥。",
    "岛上的店主担心夏天游客不再来，从码头走到火车站的路程是原来的两倍，河的那一边既没有遮雨的地方，也没有售票处。",
)
TRADITIONAL_WITH_PINYIN = (
    "港口議(yì)會(huì)星期二決(jué)定永久關(guān)閉(bì)舊(jiù)渡輪(lún)碼(mǎ)頭(tóu)，因爲(wèi)工程師(shī)發(fā)現(xiàn)碼頭的木樁(zhuāng)在水面以下已經(jīng)腐爛(làn)。",
    "自從(cóng)漁(yú)船隊(duì)離(lí)開(kāi)內(nèi)港以來(lái)，這(zhè)座碼頭一直爲往返各島(dǎo)的旅客服務(wù)。週末之前將(jiāng)圍(wéi)起欄(lán)杆，船隻改在運(yùn)煤碼頭停靠，直到有錢(qián)修建新的棧(zhàn)橋(qiáo)。",
    "島上的店主擔(dān)心夏天遊客不再來，從碼頭走到火車(chē)站的路程是原來的兩(liǎng)倍，河的那一邊(biān)既沒有遮雨的地方，也沒有售票處(chù)。",
)


def _cyrillic(text: str) -> str:
    for latin, letter in (("lj", "љ"), ("nj", "њ"), ("dž", "џ"), ("Lj", "Љ"), ("Nj", "Њ")):
        text = text.replace(latin, letter)
    latin = "abvgdđežzijklmnoprstćufhcčšABVGDĐEŽZIJKLMNOPRSTĆUFHCČŠ"
    letters = "абвгдђежзијклмнопрстћуфхцчшАБВГДЂЕЖЗИЈКЛМНОПРСТЋУФХЦЧШ"
    return text.translate(str.maketrans(latin, letters))


def test_t50_a_digest_of_many_is_a_digest_and_nobodys_parent() -> None:
    world = World(*PAPERS)
    for n, text in enumerate((SENSORS, MILL, DAM, GLASS, VAULT)):
        world.story(paper(n), text, 0)
    parts = [one for text in (SENSORS, MILL, DAM, GLASS, VAULT) for one in text[:2]]
    url = "https://www.globalresearch.ca/selected-articles-the-week/5700012"
    page = world.story(url, parts, 30, title="Selected Articles: The Week in Five Pieces")
    assert len(page.parents) >= 3
    assert page.lineage.kind == "digest"
    assert "globalresearch" not in [parent for _, parent in world.edges()]


def test_t50_a_page_of_a_list_is_no_article() -> None:
    rows = "".join(
        f"<div class='post'><h2><a href='https://www.globalresearch.ca/a-{n}/57{n}'>{text[0][:60]}</a></h2>"
        f"<p>{text[0][:150]} <a href='https://www.globalresearch.ca/a-{n}/57{n}'>Read more</a></p></div>"
        for n, text in enumerate((SENSORS, MILL, DAM, GLASS, VAULT, OWLS, FERRY, TENDER) * 2)
    )
    page = html((rows,), title="Latest news, page 12").replace("<meta property='og:type' content='article'>", "")
    world = World()
    outcome = world.put("https://www.globalresearch.ca/page/12", page, seen=at(0))
    if outcome.problem is None:
        assert outcome.lineage is not None
        assert outcome.lineage.role == "unmatched"
    assert world.edges() == []


@pytest.mark.parametrize("lede", ["GULL HARBOUR, March 1 (Reuters) - ", "GULL HARBOUR (AP) — "])
def test_t42_one_paper_alone_has_the_agency_as_external_origin(lede: str) -> None:
    page = World(*PAPERS).story(paper(0), wired(SENSORS, lede), 0)
    assert (page.edge.parent.external, page.edge.kind, page.edge.parent.source.id in ("ap", "reuters")) == (
        True,
        "claimed",
        True,
    )
