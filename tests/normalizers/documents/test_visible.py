"""What a reader can get to see of a page is kept, what nobody sees goes and is counted."""

import pytest

from contract.document import Document
from contract.request import MAX_BYTES, SummaryRequest
from normalizers.documents import html
from normalizers.documents.visible import visible
from normalizers.steps import normalize

UNSEEN = [
    "<p hidden>not</p>",
    "<p style='DISPLAY : none !important'>not</p>",
    "<p style='visibility:hidden'>not",
    "<b style='font-size:0px'>not</b>",
    "<b style='opacity:0'>not</b>",
    "<b style='position:absolute; left:-9999px'>not</b>",
    "<b style='color:#fff;background:#fff'>not</b>",
    "<b style='color:#FFF;background:rgb(255, 255, 255)'>not</b>",
    "<b style='color:black;background-color:#000000'>not</b>",
    "<b style='color:rgba(0, 0, 0, 0)'>not</b>",
    "<b style='color:#12345600'>not</b>",
    "<b style='color:white'>not</b>",
    "<b style='font-size:1px'>not</b>",
    "<b style='font-size:0.01em'>not</b>",
    "<b style='clip-path:inset(100%)'>not</b>",
    "<b style='clip-path:circle(0)'>not</b>",
    "<b style='transform:scale(0, 0)'>not</b>",
    "<b style='transform:translate(0, -9999px)'>not</b>",
    "<b style='content-visibility:hidden'>not</b>",
    "<b style='filter:opacity(0%)'>not</b>",
    "<div style='height:1px;overflow:hidden'>not</div>",
    "<ul><li hidden>not</ul>",
    "<div style='font-size:0'>not</div>",
    "<main><div hidden>not</main>",
    "<button aria-controls=menu>Q</button><ul id=menu hidden><li>not</ul>",
    "<a href='#pop'>Q</a><div id=pop role=dialog hidden>not</div>",
    "<dialog>not</dialog>",
    "<style>.w{color:#fff}</style><p class=w>not</p>",
    "<style>body{background:#fff} .w {color: white}</style><p class=w>not</p>",
    "<div style='background: #FFF'></div><p style='color:#fff'>not</p>",
    "<table bgcolor='white' style='background-color:#ffffff;'></table><p style='color:white'>not</p>",
]


@pytest.mark.parametrize("markup", UNSEEN)
def test_what_nobody_sees_goes_and_is_counted(markup: str) -> None:
    page = visible(f"<p>before</p>{markup}<p>after</p>")
    assert "not" not in page.source
    assert "after" in page.source
    assert page.unseen == len("not")


@pytest.mark.parametrize(
    "markup",
    [
        "<p hidden=until-found>seen</p>",
        "<div role=tabpanel hidden>seen</div>",
        "<h3><button aria-expanded=false aria-controls=p0>Q</button></h3><div id=p0 role=region hidden>seen</div>",
        "<h3><button>Q</button></h3><div style='display:none'>seen</div>",
        "<a data-bs-target='#p0'>Q</a><div id=p0 style='display:none'>seen</div>",
        "<h3>Q</h3><div class='faq-answer' style='display:none'>seen</div>",
        "<div style='font-size:0'><span style='font-size:14px'>seen</span></div>",
        "<b style='opacity:0.5'>seen</b>",
        "<div style='background:#000'><b style='color:#fff'>seen</b></div>",
        "<div style='background:#fff url(night.png)'><b style='color:#fff'>seen</b></div>",
        "<dialog open>seen</dialog>",
        "<style>.w{color:#fff} .b{background:#222}</style><div class=b><p class=w>seen</p></div>",
        "<style>.w{color:#fff} .w{color:#222}</style><p class=w>seen</p>",
        "<div bgcolor=navy><b style='color:white'>seen</b></div>",
        "<b style='color:rgba(0, 0, 0, 0.8)'>seen</b>",
        "<b style='font-size:0.8em'>seen</b>",
        "<b style='font-size:10%;font-size:100%'>seen</b>",
        "<b style='clip-path:inset(10%)'>seen</b>",
        "<b style='transform:translate(0, -50%) scale(0.9)'>seen</b>",
        "<b style='filter:opacity(0.5) blur(1px)'>seen</b>",
        "<b style='content-visibility:auto'>seen</b>",
        "<b title=hidden class='hidden gem'>seen</b>",
        "<b style='color:transparent;background-clip:text'>seen</b>",
    ],
)
def test_what_a_reader_can_open_is_kept(markup: str) -> None:
    page = visible(f"<p>before</p>{markup}<p>after</p>")
    assert "seen" in page.source
    assert "hidden" not in page.source.replace("title=hidden class='hidden gem'", "")
    assert page.unseen == 0


def test_a_page_that_is_hidden_until_it_has_loaded_is_kept() -> None:
    assert "The crane" in visible(f"<div id=app style='visibility:hidden'>{'The crane is free. ' * 80}</div>").source


STREAMED = (
    "<main><!--$?--><template id='B:0'></template><p>Loading</p><!--/$--></main>"
    "<div hidden id='S:0'><p>one <template id='P:1'></template></p></div><script>$RC('B:0','S:0')</script>"
    "<div hidden id='S:1'><b>two</b></div><script>$RS('S:1','P:1')</script><footer>foot</footer>"
)


def test_streamed_parts_stand_where_the_script_moves_them() -> None:
    page = visible(STREAMED)
    assert html.text(page.source).split() == ["one", "two", "foot"]
    assert page.unseen == 0


def test_what_a_shadow_root_holds_is_seen_and_what_a_template_in_it_holds_is_not() -> None:
    root = (
        "<x-card><template shadowrootmode=open><p>one</p><template><p>no</p></template><p>two</p></template></x-card>"
    )
    assert html.text(visible(f"{root}<template><p>no</p></template><p>three</p></template>").source).split() == [
        "one",
        "two",
        "three",
    ]


def test_a_streamed_part_without_a_place_is_seen_where_it_is() -> None:
    assert html.text(visible("<div hidden id='S:0'>one</div>").source).strip() == "one"


WITHOUT_SCRIPTS = "<h1>Pumps</h1><p hidden>not</p>" + "<p>This pump lasts, which we measured again and again.</p>" * 10


@pytest.mark.parametrize(
    "around", ["<noscript>{}</noscript>", "<noscript data-path=/t/1>\n{}", "<NOSCRIPT>{}</NOSCRIPT >"]
)
@pytest.mark.parametrize("script", ["<script>start()</script>", "<script type='application/ld+json'>{}</script>"])
def test_what_a_page_says_to_those_who_run_no_scripts_is_read_where_it_is_the_page(around: str, script: str) -> None:
    script = script.replace("{}", '{"text": "' + "said here as well " * 80 + '"}')
    page = f"<body><div id=app>Loading</div>{script}{around.replace('{}', WITHOUT_SCRIPTS)}</body>"
    text = html.text(visible(page).source)
    assert text.count("This pump lasts") == 10
    assert "not" not in text.split()


def test_what_a_page_says_only_to_those_who_run_no_scripts_is_not_read() -> None:
    valves = "<p>This valve lasts, which we measured as well.</p>" * 30
    page = f"<body>{valves}<noscript>{WITHOUT_SCRIPTS}</noscript></body>"
    assert "pump" not in html.text(visible(page).source)
    notice = "<p>Turn scripts on to see this page: open the settings, choose what sites may do.</p>"
    assert html.text(visible(f"<body><div id=app></div><noscript>{notice}</noscript></body>").source) == ""


def test_the_report_counts_what_nobody_sees() -> None:
    document = normalize(SummaryRequest(text="<p>The crane is free.</p><p style='display:none'>planted</p>"))
    assert document.text == "The crane is free."
    assert [(one.kind, one.characters) for one in document.removals] == [("hidden text", 7)]


def test_a_box_for_text_is_read_line_by_line() -> None:
    page = Document(text="<h1>Paste</h1><textarea readonly>a &lt; b\nc</textarea><xmp>d</xmp>", media_type="text/html")
    assert html.normalize(page).text.strip() == "# Paste\n\na < b\nc\n\nd"


@pytest.mark.parametrize(
    "unit",
    ["<div hidden>", "<p style=font-size:0>", "<div style=font-size:0><b style=font-size:1px>", "hidden ", "< hidden "],
)
def test_a_page_of_hidden_elements_ends_in_bounded_time(unit: str) -> None:
    """Quadratic time would take hours: the suite's time limit would end it."""
    page = unit * (MAX_BYTES // 20 // len(unit))
    assert visible(page).source.strip() == "" or len(visible(page).source) <= len(page)
