"""What a page lets its reader open is kept, and what only pops up, waits or fails is not."""

import time

import pytest

from normalizers.documents.visible import visible

HIDDEN = "style='display:none'"


@pytest.mark.parametrize(
    "page",
    [
        f"<div class=q onclick=\"this.nextElementSibling.style.display='block'\">Pay?</div><div {HIDDEN}>seen</div>",
        f"<a role=button>Tip</a><div {HIDDEN}>seen</div>",
        f"<dl><dt><a href='#'>Eaves</a></dt><dd {HIDDEN}>seen</dd></dl>",
        f"<h3 @click='t=!t'>Price</h3><p {HIDDEN}>seen</p>",
        f"<h3>Price</h3><p x-show=open {HIDDEN}>seen</p>",
        f"<h3>Price</h3><p v-show=open {HIDDEN}>seen</p>",
        f"<h3>Price</h3><div data-accordion-content {HIDDEN}>seen</div>",
        f"<span data-content='room2'>Two</span><p>x</p><div id=room2 {HIDDEN}>seen</div>",
        f"<span data-tab=room2>Two</span><p>x</p><div id=room2 {HIDDEN}>seen</div>",
        f"<a data-toggle-target='.info'>Two</a><p>x</p><div class='a info' {HIDDEN}>seen</div>",
        f"<div id=long {HIDDEN}>seen</div><p>x</p><a href=\"javascript:show('long')\">Open</a>",
        f"<table><tr onclick='x(this)'><td>1</tr><tr class=details {HIDDEN}><td>seen</tr></table>",
        f"<h3>Do you ship abroad?</h3><div {HIDDEN}>seen</div>",
        f"<li data-id=tech>Data</li><p>x</p><div id=tech {HIDDEN}>seen</div>",
        f"<p>Fee</p><div itemprop=acceptedAnswer {HIDDEN}>seen</div>",
        f"<div class='my-accordion'><h4>Bags</h4><div {HIDDEN}>seen</div></div>",
        f"<div role=button tabindex=0><span>Refund</span><i></i></div><div {HIDDEN}>seen</div>",
        f"<p>What is the fee?</p><ul {HIDDEN}><li>seen</ul>",
        f"<h3>Do you ship abroad? <span>+</span></h3><div {HIDDEN}>seen</div>",
        f"<p>x</p><div {HIDDEN}>seen</div><a href=/all>Show more</a>",
        f"<p>x <span {HIDDEN}>seen</span></p><button>Weiterlesen</button>",
        f"<div class='step' id=s2 {HIDDEN}>seen</div>",
    ],
)
def test_what_stands_beside_what_opens_it_is_seen(page: str) -> None:
    found = visible(f"<p>before</p>{page}<p>after</p>")
    assert "seen" in found.source
    assert found.unseen == 0


@pytest.mark.parametrize(
    "script",
    [
        "function more() { document.getElementById('rest').style.display = 'inline' }",
        "document.querySelector('#rest').hidden = false",
        "$('.rest').slideToggle()",
    ],
)
def test_what_a_script_names_is_seen_where_something_can_be_clicked(script: str) -> None:
    page = f"<p>x</p><p id=rest class=rest {HIDDEN}>seen</p><p>y</p><script>{script}</script>"
    assert "seen" in visible(f"{page}<b onclick='more()'>Open</b>").source
    assert "seen" not in visible(page).source


@pytest.mark.parametrize(
    "page",
    [
        f"<p>x</p><p {HIDDEN}>not</p>",
        f"<h2>Summary</h2><p {HIDDEN}>not</p>",
        f"<button>Send</button><p>Thanks.</p><p {HIDDEN}>not</p>",
        f"<a href='#' onclick='m()'>Shop</a><ul {HIDDEN}><li>not</ul>",
        f"<a href='#' onclick='m()'>Shop</a><div class=dropdown-menu {HIDDEN}>not</div>",
        f"<b onclick='send()'>Send</b><div class=error {HIDDEN}>not</div>",
        f"<b onclick='send()'>Send</b><div id=loading {HIDDEN}>not</div><script>$('#loading').show()</script>",
        f"<p>Any questions? Call us on Monday.</p><p {HIDDEN}>not</p>",
        f"<p>x</p><div {HIDDEN}>not</div><p>They read more than we do.</p>",
        f"<p>x</p><div class=modal {HIDDEN}>not</div><a href=/all>Show more</a>",
        "<p>x?</p><p style='font-size:0'>not</p>",
        "<a href='#'>x</a><p style='position:absolute;left:-9999px'>not</p>",
    ],
)
def test_what_nothing_opens_or_only_pops_up_is_not(page: str) -> None:
    found = visible(f"<p>before</p>{page}<p>after</p>")
    assert "not" not in found.source
    assert found.unseen == len("not")


@pytest.mark.parametrize(
    "unit",
    [
        f"<div {HIDDEN}>x</div>Show more",
        f"?<a>{' ' * 250}.<div {HIDDEN}>x</div>",
        f"{'<a onclick= onclick= onclick=>' * 9}<div {HIDDEN}>x</div>",
        f"<b data-tab=room{{}} onclick=x></b><div id=room {HIDDEN}>x</div>",
    ],
)
def test_a_page_of_what_may_be_opened_ends_in_bounded_time(unit: str) -> None:
    page = "".join(unit.replace("{}", str(number)) for number in range(5_000))
    start = time.process_time()
    visible(page)
    assert time.process_time() - start < 20


def test_hidden_elements_in_one_another_with_more_behind_each_end_in_bounded_time() -> None:
    count = 20_000
    start = time.process_time()
    visible(f"<div {HIDDEN}>" * count + "x" + "</div>Show more" * count)
    assert time.process_time() - start < 20
