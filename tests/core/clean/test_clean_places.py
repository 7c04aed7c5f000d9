"""Countries, states, languages and time zones: by every usual name, and never by a guess."""

import string
import tomllib
from importlib import resources

import polars as pl
import pycountry
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadrelay.core.clean import zones
from leadrelay.core.clean.cleaner import Cleaner
from leadrelay.core.clean.languages import language_of, official
from leadrelay.core.clean.places import country_of, state_of
from leadrelay.core.clean.tables import known

SAMPLES = tomllib.loads(resources.files("leadrelay.sandbox").joinpath("samples.toml").read_text("utf-8"))
PLACES = SAMPLES["places"]


def texts(*names):
    return dict.fromkeys(names, pl.String)


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place["country"][0])
def test_every_spelling_of_the_sample_population_is_known(place):
    codes = {country_of(name) for name in place["country"]}
    assert len(codes) == 1
    code = codes.pop()
    assert pycountry.countries.get(alpha_2=code)
    states = {state for city in place["cities"] if (state := city.split("|")[1])}
    no_states = {"Greater London", "West Yorkshire", "Berks"}  # counties, of which ISO 3166-2 knows nothing
    assert {state for state in states if not state_of(state, code)} <= no_states


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Deutschland", "DE"),
        ("BRD", "DE"),
        ("b.r.d.", "DE"),
        ("Allemagne", "DE"),
        ("Alemania", "DE"),
        ("ドイツ", "DE"),
        ("德国", "DE"),
        ("Niemcy", "DE"),
        ("Tyskland", "DE"),
        ("deu", "DE"),
        ("États-Unis", "US"),
        ("Vereinigte Staaten", "US"),
        ("THE UNITED STATES OF AMERICA", "US"),
        ("U. S. A.", "US"),
        ("u.k.", "GB"),
        ("England", "GB"),
        ("Royaume-Uni", "GB"),
        ("Hollande", "NL"),
        ("Pays-Bas", "NL"),
        ("Côte d\u2019Ivoire", "CI"),
        ("Ivory Coast", "CI"),
        ("Czech Republic", "CZ"),
        ("Turkey", "TR"),
        ("Russia", "RU"),
        ("Viet Nam", "VN"),
        ("Taiwan", "TW"),
        ("Hong Kong", "HK"),
        ("Kosovo", "XK"),
        ("Macedonia", "MK"),
        ("Georgia", "GE"),
        ("\u200fالإمارات العربية المتحدة\u200f", "AE"),  # noqa: RUF001 - Arabic
        ("Ger\u200bmany", "DE"),
        ("NA", "NA"),
        ("na", ""),
        ("n/a", ""),
        ("N/A", ""),
        ("Korea", ""),
        ("Congo", ""),
        ("America", ""),
        ("Virgin Islands", ""),
        ("Atlantis", ""),
        ("ZZ", ""),
        ("EU", ""),
        ("Europe", ""),
        ("-", ""),
        ("😅", ""),
        ("x" * 10_000, ""),
        ("", ""),
    ],
)
def test_a_country_is_known_by_every_usual_name(text, code):
    assert country_of(text) == code


@pytest.mark.parametrize("country", list(pycountry.countries), ids=lambda country: country.alpha_2)
def test_every_country_is_known_by_what_iso_calls_it(country):
    names = (country.alpha_2, country.alpha_3.lower(), country.name, getattr(country, "official_name", country.name))
    assert {country_of(name) for name in names if name != "Congo"} == {country.alpha_2}  # which is two countries' name


@pytest.mark.parametrize(
    ("text", "country", "code"),
    [
        ("CA", "US", "US-CA"),
        ("ca", "US", "US-CA"),
        ("Calif.", "US", "US-CA"),
        ("N.Y.", "US", "US-NY"),
        ("State of New York", "US", "US-NY"),
        ("us-ny", "US", "US-NY"),
        ("US-NY", None, "US-NY"),
        ("US-NY", "CA", ""),
        ("US-XX", "US", ""),
        ("Bayern", "DE", "DE-BY"),
        ("Freistaat Bayern", "DE", "DE-BY"),
        ("Bavaria", "AT", ""),
        ("Québec", "CA", "CA-QC"),
        ("Stockholms län", "SE", "SE-AB"),
        ("Stockholm", "SE", "SE-AB"),
        ("Asturias", "ES", "ES-AS"),
        ("Lérida", "ES", "ES-L"),
        ("Tokyo", "JP", "JP-13"),
        ("Osaka Prefecture", "JP", "JP-27"),
        ("서울특별시", "KR", "KR-11"),
        ("Sofia", "BG", ""),
        ("Texas", "DE", ""),
        ("Texas", None, ""),
        ("Texas", "ZZ", ""),
        ("-", "US", ""),
        ("😅", "US", ""),
        ("x" * 10_000, "US", ""),
        (None, "US", ""),
    ],
)
def test_a_state_is_its_countrys(text, country, code):
    assert state_of(text, country) == code


WITH_STATES = [
    "US",
    "CA",
    "DE",
    "AT",
    "CH",
    "FR",
    "IT",
    "ES",
    "MX",
    "BR",
    "AU",
    "IN",
    "JP",
    "NL",
    "PL",
    "GB",
    "AE",
    "KR",
]


@pytest.mark.parametrize("country", WITH_STATES)
def test_every_state_is_known_by_its_code_and_its_name(country):
    states = list(pycountry.subdivisions.get(country_code=country))
    assert [one.code for one in states if state_of(one.code.partition("-")[2], country) != one.code] == []
    found = {one.code: state_of(one.name.partition(" [")[0], country) for one in states}
    # A part that shares its state's name is the state: Madrid.
    assert [one.code for one in states if found[one.code] not in {one.code, one.parent_code} - {None}] == []


def test_our_own_names_are_of_countries_and_states_that_there_are():
    countries = known()["countries"]
    assert all(pycountry.countries.get(alpha_2=code) or code == "XK" for code in countries)
    own = [f"{country}-{code}" for country, states in known()["states"].items() for code in states]
    assert [code for code in own if not pycountry.subdivisions.get(code=code)] == []
    assert [name for code, names in countries.items() for name in names if country_of(name) != code] == []
    wrong = [
        (name, f"{country}-{code}")
        for country, states in known()["states"].items()
        for code, names in states.items()
        for name in names
        if state_of(name, country) != f"{country}-{code}"
    ]
    assert wrong == []


@pytest.mark.parametrize(
    ("text", "country", "code"),
    [
        ("de", "US", "de"),
        ("Deutsch", None, "de"),
        ("German (Austria)", None, "de"),
        ("de_AT", None, "de"),
        ("zh-Hans-CN", None, "zh"),
        ("Chinese (Simplified)", None, "zh"),
        ("allemand", None, "de"),
        ("inglés", None, "en"),
        ("español", None, "es"),
        ("Português", None, "pt"),
        ("日本語", None, "ja"),
        ("한국어", None, "ko"),
        ("ελληνικά", None, "el"),
        ("العربية", None, "ar"),
        ("bokmål", None, "no"),
        ("fre", None, "fr"),
        ("Klingon", "DE", None),
        ("😅", "DE", None),
        ("x" * 10_000, "DE", None),
        ("\u200b", "DE", "de"),
        (" ", "DE", "de"),
        (None, "DE", "de"),
        (None, "AT", "de"),
        (None, "US", "en"),
        (None, "BR", "pt"),
        (None, "JP", "ja"),
        (None, "CH", None),
        (None, "BE", None),
        (None, "CA", None),
        (None, "ZZ", None),
        (None, None, None),
    ],
)
def test_a_language_is_said_or_its_countrys_only_one(text, country, code):
    leads = pl.DataFrame(
        {"language": [text], "country_code": [country]}, schema={"language": pl.String, "country_code": pl.String}
    )
    assert Cleaner(["language_code"])(leads)["language_code"].to_list() == [code]


def test_the_languages_of_the_sample_population_are_known():
    assert {place["language"] for place in PLACES} == {language_of(place["language"]) for place in PLACES}
    assert {language_of(name) for name in SAMPLES["titles"]} == set(SAMPLES["titles"])
    assert official("IN") == ""


@pytest.mark.parametrize(
    ("state", "country", "phone", "zone"),
    [
        ("CA", "US", "+1 212 555 0123", "America/Los_Angeles"),
        ("Queensland", "Australia", None, "Australia/Brisbane"),
        ("Canarias", "ES", None, "Atlantic/Canary"),
        (None, "ES", None, "Europe/Madrid"),
        (None, "Germany", None, "Europe/Berlin"),
        (None, "IN", None, "Asia/Kolkata"),
        (None, "UA", None, "Europe/Kyiv"),
        (None, "US", "212-555-0123", "America/New_York"),
        ("Bayern", "US", "212-555-0123", "America/New_York"),
        (None, "US", "1-800-555-0123", None),
        (None, "US", "+49 30 901820", None),
        (None, "US", None, None),
        (None, None, "+91 22 2550 1234", "Asia/Kolkata"),
        (None, None, "030 901820", None),
        (None, None, None, None),
    ],
)
def test_a_time_zone_is_known_by_state_country_or_telephone(state, country, phone, zone):
    leads = pl.DataFrame(
        {"state": [state], "country": [country], "phone": [phone]},
        schema=dict.fromkeys(("state", "country", "phone"), pl.String),
    )
    assert Cleaner(["time_zone"])(leads)["time_zone"].to_list() == [zone]


def test_zones_of_states_are_zones_of_their_countries():
    from zoneinfo import ZoneInfo

    listed = zones._zones_of()
    states = [(state, zone) for zone, all_of_it in known()["zones_of_states"].items() for state in all_of_it]
    assert [state for state, _ in states if not pycountry.subdivisions.get(code=state)] == []
    assert len({state for state, _ in states}) == len(states)
    islands = {"US-PR", "US-GU", "US-AS", "US-MP", "US-VI"}  # ISO has them as states and as countries
    assert [state for state, zone in states if zone not in listed[state[:2]] and state not in islands] == []
    assert all(ZoneInfo(zone) for zone in [zone for _, zone in states] + list(known()["zones_of_countries"].values()))


def test_states_of_countries_with_several_zones_all_have_one():
    for country in ("US", "CA", "AU", "BR", "MX", "RU", "CD"):
        codes = {state.code for state in pycountry.subdivisions.get(country_code=country)} - {"US-UM"}
        assert {code for code in codes if not zones.of_place(code, country)} == set()


SIGNS = [*string.ascii_letters[:6], "USA", " ", ".", "-", "é", "\u200f", "\u0301", "İ", "日本", "😅", "de", "US-CA"]
TEXTS = st.one_of(st.none(), st.text(max_size=12), st.lists(st.sampled_from(SIGNS)).map("".join))


@settings(deadline=None)  # the first example loads the tables
@given(st.lists(st.tuples(TEXTS, TEXTS, TEXTS), min_size=1))
def test_any_text_gives_a_code_or_nothing(rows):
    leads = pl.DataFrame(rows, texts("country", "state", "language"), orient="row")
    found = Cleaner(["country_code", "state_code", "language_code", "time_zone"])(leads)
    assert found["country_code"].drop_nulls().str.contains(r"^[A-Z]{2}$").all()
    assert found["state_code"].drop_nulls().str.contains(r"^[A-Z]{2}-[A-Z0-9]{1,3}$").all()
    assert found["language_code"].drop_nulls().str.contains(r"^[a-z]{2}$").all()
