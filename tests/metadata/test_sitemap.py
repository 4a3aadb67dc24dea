from __future__ import annotations

import math
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from byway.metadata.shapes import MetadataError
from byway.metadata.sitemap import MAX_URLS, Sitemap, SitemapEntry, serialise_sitemap

SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
IMAGE = "http://www.google.com/schemas/sitemap-image/1.1"
VIDEO = "http://www.google.com/schemas/sitemap-video/1.1"
XHTML = "http://www.w3.org/1999/xhtml"
HEAD = f'<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="{SITEMAP}"'
MOMENT = datetime(2023, 4, 6, 15, 2, 24, 21_999)


def text(sitemap: Any) -> str:
    return b"".join(serialise_sitemap(sitemap)).decode()


def inner(entry: Any) -> str:
    """What one entry writes after its location."""
    _, _, rest = text([{"url": "u", **entry}]).partition("</loc>\n")
    return rest.removesuffix("</url>\n</urlset>\n")


def shape(xml: str) -> list[tuple[str, dict[str, str], str]]:
    """The elements of a document, whatever the white space between them."""
    return [(one.tag, one.attrib, (one.text or "").strip()) for one in ElementTree.fromstring(xml).iter()]


class TestDocuments:
    def test_urls(self) -> None:
        sitemap: Sitemap = [
            {"url": "https://acme.com", "last_modified": MOMENT, "change_frequency": "yearly", "priority": 1},
            {
                "url": "https://acme.com/about",
                "last_modified": MOMENT,
                "change_frequency": "monthly",
                "priority": 0.8,
            },
            {"url": "https://acme.com/blog", "last_modified": MOMENT, "change_frequency": "weekly", "priority": 0.5},
        ]
        assert text(sitemap) == (
            f"{HEAD}>\n"
            "<url>\n<loc>https://acme.com</loc>\n<lastmod>2023-04-06T15:02:24.021Z</lastmod>\n"
            "<changefreq>yearly</changefreq>\n<priority>1</priority>\n</url>\n"
            "<url>\n<loc>https://acme.com/about</loc>\n<lastmod>2023-04-06T15:02:24.021Z</lastmod>\n"
            "<changefreq>monthly</changefreq>\n<priority>0.8</priority>\n</url>\n"
            "<url>\n<loc>https://acme.com/blog</loc>\n<lastmod>2023-04-06T15:02:24.021Z</lastmod>\n"
            "<changefreq>weekly</changefreq>\n<priority>0.5</priority>\n</url>\n"
            "</urlset>\n"
        )

    def test_images(self) -> None:
        sitemap: Sitemap = [
            {
                "url": "https://example.com",
                "last_modified": "2021-01-01",
                "change_frequency": "weekly",
                "priority": 0.5,
                "images": ["https://example.com/image.jpg"],
            }
        ]
        assert text(sitemap) == (
            f'{HEAD} xmlns:image="{IMAGE}">\n'
            "<url>\n<loc>https://example.com</loc>\n"
            "<image:image>\n<image:loc>https://example.com/image.jpg</image:loc>\n</image:image>\n"
            "<lastmod>2021-01-01</lastmod>\n<changefreq>weekly</changefreq>\n<priority>0.5</priority>\n</url>\n"
            "</urlset>\n"
        )

    def test_videos(self) -> None:
        sitemap: Sitemap = [
            {
                "url": "https://example.com",
                "last_modified": "2021-01-01",
                "change_frequency": "weekly",
                "priority": 0.5,
                "videos": [
                    {
                        "title": "example",
                        "thumbnail_loc": "https://example.com/image.jpg",
                        "description": "this is the description",
                    }
                ],
            }
        ]
        assert text(sitemap) == (
            f'{HEAD} xmlns:video="{VIDEO}">\n'
            "<url>\n<loc>https://example.com</loc>\n"
            "<video:video>\n<video:title>example</video:title>\n"
            "<video:thumbnail_loc>https://example.com/image.jpg</video:thumbnail_loc>\n"
            "<video:description>this is the description</video:description>\n</video:video>\n"
            "<lastmod>2021-01-01</lastmod>\n<changefreq>weekly</changefreq>\n<priority>0.5</priority>\n</url>\n"
            "</urlset>\n"
        )

    def test_languages(self) -> None:
        sitemap: Sitemap = [
            {
                "url": f"https://acme.com{path}",
                "last_modified": MOMENT,
                "alternates": {
                    "languages": {"es": f"https://acme.com/es{path}", "de": f"https://acme.com/de{path}"},
                },
            }
            for path in ("", "/about", "/blog")
        ]
        # As the documents lay it out.
        documented = "".join(
            f"""
  <url>
    <loc>https://acme.com{path}</loc>
    <xhtml:link
      rel="alternate"
      hreflang="es"
      href="https://acme.com/es{path}"/>
    <xhtml:link
      rel="alternate"
      hreflang="de"
      href="https://acme.com/de{path}"/>
    <lastmod>2023-04-06T15:02:24.021Z</lastmod>
  </url>"""
            for path in ("", "/about", "/blog")
        )
        written = text(sitemap)
        assert written.startswith(f'{HEAD} xmlns:xhtml="{XHTML}">\n')
        assert shape(written) == shape(f'<urlset xmlns="{SITEMAP}" xmlns:xhtml="{XHTML}">{documented}</urlset>')


class TestFields:
    def test_every_video_field_is_written_in_its_order(self) -> None:
        entry = {
            "videos": [
                {
                    "tag": "one",
                    "live": "no",
                    "uploader": {"info": "https://a/ann", "content": "Ann"},
                    "requires_subscription": "no",
                    "platform": {"relationship": "deny", "content": "web"},
                    "restriction": {"relationship": "allow", "content": "IE GB US"},
                    "family_friendly": "yes",
                    "publication_date": date(2020, 2, 3),
                    "view_count": 12345,
                    "rating": 4.2,
                    "expiration_date": datetime(2030, 1, 1, tzinfo=UTC),
                    "duration": 600,
                    "player_loc": "https://a/player",
                    "content_loc": "https://a/f.mp4",
                    "description": "About",
                    "thumbnail_loc": "https://a/t.jpg",
                    "title": "Film",
                }
            ]
        }
        assert inner(entry) == (
            "<video:video>\n"
            "<video:title>Film</video:title>\n"
            "<video:thumbnail_loc>https://a/t.jpg</video:thumbnail_loc>\n"
            "<video:description>About</video:description>\n"
            "<video:content_loc>https://a/f.mp4</video:content_loc>\n"
            "<video:player_loc>https://a/player</video:player_loc>\n"
            "<video:duration>600</video:duration>\n"
            "<video:view_count>12345</video:view_count>\n"
            "<video:tag>one</video:tag>\n"
            "<video:rating>4.2</video:rating>\n"
            "<video:expiration_date>2030-01-01T00:00:00.000Z</video:expiration_date>\n"
            "<video:publication_date>2020-02-03</video:publication_date>\n"
            "<video:family_friendly>yes</video:family_friendly>\n"
            "<video:requires_subscription>no</video:requires_subscription>\n"
            "<video:live>no</video:live>\n"
            '<video:restriction relationship="allow">IE GB US</video:restriction>\n'
            '<video:platform relationship="deny">web</video:platform>\n'
            '<video:uploader info="https://a/ann">Ann</video:uploader>\n'
            "</video:video>\n"
        )

    @pytest.mark.parametrize(
        ("fields", "expected"),
        [
            ({"live": True}, "<video:live>yes</video:live>\n"),
            ({"live": False}, "<video:live>no</video:live>\n"),
            ({"view_count": 0}, "<video:view_count>0</video:view_count>\n"),
            ({"uploader": {"content": "Ann"}}, "<video:uploader>Ann</video:uploader>\n"),
            (
                {"restriction": {"relationship": "allow", "content": ""}},
                '<video:restriction relationship="allow"></video:restriction>\n',
            ),
            ({"tag": "", "duration": None, "uploader": None}, ""),
        ],
    )
    def test_fields_of_a_video(self, fields: dict[str, Any], expected: str) -> None:
        video = {"title": "t", "thumbnail_loc": "l", "description": "d", **fields}
        _, _, rest = inner({"videos": [video]}).partition("</video:description>\n")
        assert rest == f"{expected}</video:video>\n"

    def test_the_required_texts_of_a_video_are_written_even_when_empty(self) -> None:
        assert inner({"videos": [{"title": "", "thumbnail_loc": "", "description": ""}]}) == (
            "<video:video>\n<video:title></video:title>\n<video:thumbnail_loc></video:thumbnail_loc>\n"
            "<video:description></video:description>\n</video:video>\n"
        )

    @pytest.mark.parametrize(
        ("time", "expected"),
        [
            (datetime(2024, 1, 2, 3, 4, 5, 678_900), "2024-01-02T03:04:05.678Z"),
            (datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC), "2024-01-02T03:04:05.000Z"),
            (datetime(2024, 1, 2, 3, tzinfo=timezone(timedelta(hours=5, minutes=30))), "2024-01-01T21:30:00.000Z"),
            (date(2024, 5, 6), "2024-05-06"),
            ("2024-05-06T10:00+02:00", "2024-05-06T10:00+02:00"),
        ],
    )
    def test_a_naive_datetime_is_utc_and_text_stays_as_it_is(self, time: object, expected: str) -> None:
        assert inner({"last_modified": time}) == f"<lastmod>{expected}</lastmod>\n"

    @pytest.mark.parametrize(
        ("priority", "expected"), [(0, "0"), (0.0, "0"), (1.0, "1"), (0.25, "0.25"), (1e-7, "0.0000001")]
    )
    def test_whole_numbers_have_no_point_and_none_an_exponent(self, priority: float, expected: str) -> None:
        assert inner({"priority": priority}) == f"<priority>{expected}</priority>\n"

    def test_none_and_empty_lists_are_left_out(self) -> None:
        entry: SitemapEntry = {
            "url": "u",
            "last_modified": None,
            "change_frequency": None,
            "priority": None,
            "alternates": None,
            "images": [],
            "videos": None,
        }
        assert text([entry]) == f"{HEAD}>\n<url>\n<loc>u</loc>\n</url>\n</urlset>\n"

    def test_an_empty_sitemap_is_an_empty_urlset(self) -> None:
        assert text([]) == f"{HEAD}>\n</urlset>\n"

    def test_alternates_without_languages_add_no_links(self) -> None:
        assert inner({"alternates": {"languages": {}}}) == ""

    def test_text_is_escaped(self) -> None:
        entry = {"alternates": {"languages": {"es": 'https://a/?b=1&c="<>'}}}
        assert inner(entry) == (
            '<xhtml:link rel="alternate" hreflang="es" href="https://a/?b=1&amp;c=&quot;&lt;&gt;" />\n'
        )

    def test_what_xml_cannot_hold_is_left_out(self) -> None:
        assert "<loc>ab</loc>" in text([{"url": "a\x00\x0b\ud800\ufffeb"}])


class TestFaults:
    @pytest.mark.parametrize(
        ("entry", "message"),
        [
            (
                {"changeFrequency": "daily"},
                "[1] has the unknown key 'changeFrequency'. Did you mean 'change_frequency'?",
            ),
            (
                {"loc": "x"},
                "[1] has the unknown key 'loc'. It may have the keys 'url', 'last_modified', 'change_frequency', "
                "'priority', 'alternates', 'images', 'videos'.",
            ),
            (
                {"change_frequency": "dayly"},
                '[1].change_frequency is \'dayly\'. Did you mean "daily"? Write "always", "hourly", "daily", '
                '"weekly", "monthly", "yearly" or "never".',
            ),
            ({"priority": 1.1}, "[1].priority is 1.1. Write a number from 0 to 1."),
            ({"priority": -0.1}, "[1].priority is -0.1. Write a number from 0 to 1."),
            ({"priority": math.nan}, "[1].priority is nan. Write a number from 0 to 1."),
            ({"priority": True}, "[1].priority is True. Write a number from 0 to 1."),
            ({"priority": "0.5"}, "[1].priority is '0.5'. Write a number from 0 to 1."),
            (
                {"last_modified": 1700000000},
                "[1].last_modified is 1700000000. Write a str or a date, with or without a time.",
            ),
            ({"url": None}, "[1].url is None. Write an absolute URL."),
            ({"url": ""}, "[1].url is ''. Write an absolute URL."),
            (
                {"last_modified": datetime.max.replace(tzinfo=timezone(timedelta(hours=-1)))},
                "[1].last_modified is 9999-12-31 23:59:59.999999-01:00, which is outside the years 1 to 9999 in UTC. "
                "Write a time within them.",
            ),
            ({"images": "a.jpg"}, "[1].images is 'a.jpg'. Write a list of str."),
            ({"images": [{"loc": "a"}]}, "[1].images[0] is {'loc': 'a'}. Write a str."),
            ({"alternates": {"languages": {"de-CH": 1}}}, "[1].alternates.languages['de-CH'] is 1. Write a str."),
            (
                {"videos": [{"title": "t", "description": "d"}]},
                "[1].videos[0] has no 'thumbnail_loc'. Write 'thumbnail_loc': a str.",
            ),
            (
                {
                    "videos": [
                        {
                            "title": "t",
                            "description": "d",
                            "thumbnail_loc": "l",
                            "platform": {"relationship": "alow", "content": "web"},
                        }
                    ]
                },
                '[1].videos[0].platform.relationship is \'alow\'. Did you mean "allow"? Write "allow" or "deny".',
            ),
        ],
    )
    def test_a_fault_is_named_by_its_place_with_a_cure(self, entry: dict[str, Any], message: str) -> None:
        with pytest.raises(MetadataError) as caught:
            serialise_sitemap([{"url": "a"}, {"url": "b", **entry}])  # type: ignore[typeddict-item]
        assert str(caught.value) == message

    @pytest.mark.parametrize("sitemap", ["https://acme.com", b"", {"url": "a"}, 5, None])
    def test_only_a_list_is_a_sitemap(self, sitemap: Any) -> None:
        with pytest.raises(MetadataError) as caught:
            serialise_sitemap(sitemap)
        assert str(caught.value) == (
            'The returned object is no list. Return a list of dicts: [{"url": "https://…", "last_modified": …}].'
        )

    def test_what_and_cure_are_apart_for_a_problem(self) -> None:
        with pytest.raises(MetadataError) as caught:
            serialise_sitemap([{}])  # type: ignore[typeddict-item]
        assert (caught.value.place, caught.value.what, caught.value.cure) == (
            "[0]",
            "[0] has no 'url'.",
            "Write 'url': an absolute URL.",
        )


class TestLimits:
    def test_one_url_too_many_is_an_error_that_names_generate_sitemaps(self) -> None:
        with pytest.raises(MetadataError) as caught:
            serialise_sitemap([{"url": "a"}] * (MAX_URLS + 1))
        assert str(caught.value) == (
            "The returned object has 50,001 URLs; a sitemap may have 50,000. Split it: let generate_sitemaps() return "
            'a list like [{"id": 0}, {"id": 1}], and sitemap(id) the URLs of one.'
        )

    def test_one_url_too_many_of_an_iterator_is_the_same_error(self) -> None:
        entry: SitemapEntry = {"url": "a"}
        chunks = serialise_sitemap(iter([entry] * (MAX_URLS + 1)))
        with pytest.raises(MetadataError, match=r"more than 50,000 URLs.*generate_sitemaps"):
            for _ in chunks:
                pass

    def test_fifty_thousand_urls_stream_in_bounded_memory(self) -> None:
        def entries() -> Iterator[SitemapEntry]:
            for number in range(MAX_URLS):
                yield {"url": f"https://acme.com/products/{number}", "last_modified": MOMENT, "priority": 0.5}

        tracemalloc.start()
        try:
            sizes = [len(chunk) for chunk in serialise_sitemap(entries())]
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert sum(sizes) > 5_000_000
        assert max(sizes) < 100_000
        assert peak < 2_000_000

    def test_an_iterator_is_asked_for_no_more_than_is_written(self) -> None:
        taken: list[int] = []

        def entries() -> Iterator[SitemapEntry]:
            for number in range(10_000):
                taken.append(number)
                yield {"url": f"https://acme.com/products/{number}"}

        next(serialise_sitemap(entries()))
        assert 0 < len(taken) < 3_000

    def test_an_iterator_declares_all_namespaces_as_it_cannot_be_looked_at_twice(self) -> None:
        assert text(iter([])) == (
            f'{HEAD} xmlns:image="{IMAGE}" xmlns:video="{VIDEO}" xmlns:xhtml="{XHTML}">\n</urlset>\n'
        )


anything = st.text(st.characters())
xml_text = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), min_size=1)
entries = st.fixed_dictionaries(
    {"url": st.text(st.characters(), min_size=1)},
    optional={
        "last_modified": st.one_of(st.dates(), st.datetimes(), anything),
        "priority": st.floats(0, 1),
        "alternates": st.fixed_dictionaries({"languages": st.dictionaries(anything, anything)}),
        "images": st.lists(anything),
        "videos": st.lists(
            st.fixed_dictionaries(
                {"title": anything, "thumbnail_loc": anything, "description": anything},
                optional={
                    "uploader": st.fixed_dictionaries({"content": anything}, optional={"info": anything}),
                    "rating": st.floats(0, 5),
                    "duration": st.floats(0, 1e30),
                    "live": st.booleans(),
                },
            )
        ),
    },
)


@given(st.lists(entries))
def test_whatever_the_text_the_xml_is_well_formed(sitemap: Any) -> None:
    root = ElementTree.fromstring(b"".join(serialise_sitemap(sitemap)))
    assert root.tag == f"{{{SITEMAP}}}urlset"
    assert len(root) == len(sitemap)
    ElementTree.fromstring(b"".join(serialise_sitemap(iter(sitemap))))


@given(xml_text, xml_text)
def test_text_comes_back_as_it_was(url: str, language: str) -> None:
    [entry] = ElementTree.fromstring(text([{"url": url, "alternates": {"languages": {language: url}}}]))
    assert entry[0].text == url
    assert entry[1].attrib == {"rel": "alternate", "hreflang": language, "href": url}
