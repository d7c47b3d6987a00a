"""T11 to T24: a page's own name, and words that only sound like a credit."""

from __future__ import annotations

import pytest

from crawler.model import Claim, Entry, Source
from tests.scenarios.world import SENSORS, Seen, World

HERE = "https://lamplight.example/2024/03/the-sensors"
LAMP = Source(id="lamplight", name="The Lamplight", domains=("lamplight.example",))


def naming(page: Seen) -> list[Claim]:
    """Return the claims that name another outlet, discovery credits apart."""
    return [c for c in page.claims if c.kind not in ("self", "license", "via", "co-publication")]


def on_lamplight(line: str, *, place: str = "foot", world: World | None = None, url: str = HERE) -> Seen:
    return (world or World(LAMP)).story(url, SENSORS, 5, **{place: line})


def test_t11_a_republishers_own_name_at_its_foot_is_a_self_claim() -> None:
    world = World()
    url = "https://www.globalresearch.ca/the-sensors/5700001"
    page = world.story(url, SENSORS, 0, foot="<p>The original source of this article is Global Research</p>")
    assert [c.kind for c in page.claims] == ["self"]
    assert page.lineage.role == "unmatched"
    world.story("https://lamplight.example/1", SENSORS, 30)
    assert (world.look(url).lineage.role, world.look("https://lamplight.example/1").origin) == (
        "original",
        "globalresearch",
    )


def test_t12_originally_published_on_itself_is_a_self_claim_and_a_credit_elsewhere() -> None:
    line = "<p>Originally published on <a href='https://globalvoices.org/2024/03/01/sensors/'>Global Voices</a>.</p>"
    world = World()
    entry = Entry(url="https://globalvoices.org/2024/03/01/sensors/", content="Originally published on Global Voices.")
    own = world.story("https://globalvoices.org/2024/03/01/sensors/", SENSORS, 0, foot=line, entry=entry)
    assert own.parents == []
    assert all(c.kind == "self" for c in own.claims)
    copy = world.story(HERE, SENSORS, 9, foot=line)
    assert (copy.edge.kind, copy.edge.level, copy.edge.parent.url) == ("copy", "confirmed", own.article.url)


KFF = (
    "<p>This story also ran on <a href='https://www.usatoday.com/x/1'>USA Today</a>. "
    "It can be republished for free.</p>"
)


def test_t13_also_ran_on_makes_the_page_the_origin() -> None:
    page = World().story("https://kffhealthnews.org/news/article/sensors/", SENSORS, 0, top=KFF)
    assert page.parents == []
    assert {c.kind for c in page.claims} <= {"co-publication", "license", "residue", "self"}


def test_t13_the_same_words_on_another_site_came_with_the_text() -> None:
    page = World(LAMP).story(
        HERE, SENSORS, 9, top=f"<p>KFF Health News</p>{KFF}", title="What the sensors saw – Kaiser Health News"
    )
    assert "usatoday-com" not in page.parents
    assert any(c.kind == "residue" and c.source_id == "kffhn" for c in page.claims)
    world = World(LAMP)
    world.story("https://kffhealthnews.org/news/article/sensors/", SENSORS, 0, top=KFF)
    copy = world.story(HERE, SENSORS, 9, top=KFF, title="What the sensors saw – Kaiser Health News")
    assert copy.edge.parent.source.id == "kffhn"


def test_t14_a_version_in_print_is_the_same_outlet() -> None:
    page = on_lamplight("<p>A version of this article appears in print on March 2, 2024, Section A, Page 1.</p>")
    assert naming(page) == []
    assert page.lineage.role == "unmatched"


def test_t15_a_version_that_also_appeared_elsewhere_gives_no_direction() -> None:
    page = on_lamplight("<p>A version of this piece also appeared on National Review Online.</p>")
    assert page.parents == []
    assert [c.kind for c in page.claims] == ["co-publication"]


@pytest.mark.parametrize(
    "line",
    [
        "<p>Source: Getty Images</p>",
        "<p>Image via National Museum</p>",
        "<figure><img src='/a.jpg' alt='x'><figcaption>Photo: Reuters/Ann Lee</figcaption></figure>",
        "<figure><img src='/chart.png' alt='x'><figcaption>Source: INE</figcaption></figure>",
        "<p>Source: INE</p>",
    ],
)
def test_t16_picture_and_chart_credits_are_no_origin(line: str) -> None:
    page = on_lamplight(line)
    assert page.parents == []
    assert [c for c in naming(page) if c.strength != "weak"] == []


def test_t16_a_headline_that_starts_with_video_is_not_masked() -> None:
    world = World(LAMP)
    world.story("https://southfront.press/sensors/", SENSORS, 0)
    page = world.story(HERE, SENSORS, 9, title="Video: What the sensors saw", foot="<p>Source: South Front</p>")
    assert page.edge.parent.source.id == "southfront"


@pytest.mark.parametrize(
    "line",
    [
        "<p>Translated via Google Translate</p>",
        "<p>Latvia and Estonia have looked at the plans.</p>",
        "<p>The engineer spoke via video link from her kitchen.</p>",
        "<p>h/t Mark</p>",
    ],
)
def test_t17_via_and_thanks_make_no_copy(line: str) -> None:
    page = on_lamplight(line)
    assert page.parents == []


def test_t17_a_discovery_credit_is_worth_one_bit() -> None:
    world = World(LAMP)
    world.story("https://southfront.press/sensors/", SENSORS, 0)
    page = world.story(HERE, SENSORS, 9, foot="<p>h/t South Front</p>")
    assert [row.weight for row in page.edge.evidence if row.type == "via"] == [1.0]
    assert page.edge.level != "confirmed"


def test_t18_a_list_of_sources_cites_and_is_no_parent() -> None:
    rows = "".join(
        f"<li><a href='https://paper{n}.example/study-{n}'>Study {n}, Paper {n}</a></li>" for n in range(1, 7)
    )
    page = on_lamplight(f"<p>Sources:</p><ol>{rows}</ol>")
    assert (page.parents, page.rivals) == ([], [])
    assert len([link for link in page.article.links if "/study-" in link.url]) == 6


@pytest.mark.parametrize(
    "line",
    [
        "<p>The coating was adapted from the natural defense mechanisms of mussels.</p>",
        "<p>Ann Lee is a nationally syndicated columnist.</p>",
        "<p>Those who read the full text of the treaty will find the pier on page nine.</p>",
    ],
)
@pytest.mark.parametrize("place", ["top", "foot"])
def test_t19_phrases_of_the_prose_claim_nothing(line: str, place: str) -> None:
    assert naming(on_lamplight(line, place=place)) == []


def test_t20_an_appeal_to_readers_and_a_licence_make_no_edge() -> None:
    page = on_lamplight(
        "<p>Please share. Crosspost on your blog site, internet forums, etc.</p>"
        "<p>The Lamplight grants permission to cross-post its articles with a link.</p>"
    )
    assert page.parents == []
    assert {c.kind for c in page.claims} == {"license"}


@pytest.mark.parametrize("line", ["<p>Release date June 7, 2014</p>", "<p>On April 22, 2015</p>"])
@pytest.mark.parametrize("place", ["top", "foot"])
def test_t21_a_date_beside_words_is_no_dateline_of_an_outlet(line: str, place: str) -> None:
    assert naming(on_lamplight(line, place=place)) == []


PERSIAN = (
    "اسکله قدیمی بندر در زمستان امسال چهار برابر سریع‌تر از آنچه مهندسان گمان می‌کردند "
    "جابه‌جا شده است و هیچ‌کس تا امروز آن را نسنجیده بود.",
    "غواصان در سه روز هفت حسگر کوچک بر دیوار رو به دریا نصب کردند و هر حسگر هر ده دقیقه یک عدد به ساحل می‌فرستد.",
    "مدیر بندر گفت که تعمیر بزرگ پیش از بهار آغاز نمی‌شود زیرا پول آن هنوز در بودجه شهر پیش‌بینی نشده است.",
    "ماهیگیران می‌گویند که سال‌ها این را می‌دانسته‌اند و کسی از آنان نپرسیده است.",
)
JAMARAN = Source(id="jamaran", name="جماران", domains=("jamaran.news",), language="fa")
ILNA = Source(id="ilna", name="ایلنا", domains=("ilna.ir",), aliases=("ILNA",), kind="agency", language="fa")


def test_t22_according_to_itself_is_a_self_claim_in_persian_too() -> None:
    world = World(JAMARAN, ILNA)
    text = ("به گزارش جماران، " + PERSIAN[0], *PERSIAN[1:])
    page = world.story("https://www.jamaran.news/fa/news/1", text, 0, language="fa", title="اسکله قدیمی جابه‌جا می‌شود")
    assert page.parents == []
    assert {c.kind for c in page.claims} <= {"self"}


def test_t22_according_to_an_agency_quoting_another_names_both() -> None:
    world = World(JAMARAN, ILNA)
    text = ("به گزارش ایلنا به نقل از روابط عمومی بندر، " + PERSIAN[0], *PERSIAN[1:])
    page = world.story("https://www.jamaran.news/fa/news/2", text, 0, language="fa", title="اسکله قدیمی جابه‌جا می‌شود")
    assert any(c.source_id == "ilna" for c in page.claims)
    assert page.origin in (None, "ilna")
    world.story("https://www.ilna.ir/news/77", PERSIAN, -3, language="fa", title="اسکله قدیمی")
    assert world.look("https://www.jamaran.news/fa/news/2").parents == ["ilna"]


PRAVDA = Source(id="pravda-rs", name="Pravda.rs", domains=("pravda.rs",), language="sr")
SERBIAN = (
    "Stari lukobran pomera se četiri puta brže nego što je uprava luke verovala, pokazali su senzori koje su ronioci "
    "postavili u januaru.",
    "Sedam malih sprava šalje na obalu po jedan broj svakih deset minuta, a brojevi su ove zime bili veći nego ikada.",
    "Uprava kaže da popravka ne može početi pre proleća, jer novca za nju još nema u gradskom budžetu.",
    "Ribari tvrde da su to znali godinama i da ih niko nikada nije pitao šta vide kada isplove pred zoru.",
)


def test_t23_of_own_name_and_other_the_other_is_the_source() -> None:
    world = World(PRAVDA)
    page = world.story(
        "https://pravda.rs/lat/2025/12/1/senzori", SERBIAN, 0, foot="<p>Izvor: Pravda.rs / Sputnjik</p>",
        language="sr", title="Senzori u starom lukobranu",
    )  # fmt: skip
    assert page.parents == ["sputnik"]


def test_t23_outlets_that_share_a_word_stay_apart() -> None:
    world = World(PRAVDA)
    hosts = ("pravda.rs", "pravda.ru", "pravda.com.ua", "serbia.news-pravda.com", "moldova.news-pravda.com")
    ids = [world.engine.registry.of_url(f"https://{host}/1").id for host in hosts]
    assert len(set(ids)) >= 4
    assert ids.count("pravda-rs") == 1


def test_t24_look_alikes_are_not_aliases() -> None:
    registry = World().engine.registry
    assert registry.of_url("https://ria24.today/1").id not in ("ria", "southfront")
    assert registry.of_url("https://news-front.su/1").id == "newsfront"
    named = registry.named("News Front")
    assert named is not None
    assert named.id == "newsfront"


def test_t24_a_cloned_brand_on_another_ending_copies_the_brand() -> None:
    bild = Source(id="bild", name="Bild", domains=("bild.de",), language="de")
    world = World(bild)
    world.story("https://www.bild.de/politik/sensoren", SENSORS, 0)
    page = world.story("https://www.bild.ltd/politik/sensoren-1", SENSORS, 20, site="Bild")
    assert page.article.source.id != "bild"
    assert page.parents == ["bild"]
