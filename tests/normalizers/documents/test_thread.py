"""What readers wrote is the content of question pages and forums, without what their software writes around it."""

import pytest

from tests.normalizers.documents.test_furniture import SENTENCE, numbered, text_of

STACK_EXCHANGE = "<h1>Why does the pump lose pressure?</h1><div class=question>Like this.</div>" + numbered(
    "<div class='answer js-answer'><div class=js-voting-container>17 votes</div><div class=js-post-body>"
    f"<p>Post NUMBER. {SENTENCE}</p><pre><code>pump --valve NUMBER</code></pre></div>"
    "<div class=user-info>9,001 points</div>"
    "<ul class=comments-list><li class=comment>Comment NUMBER.</ul><div class=comments-link>Add yours</div></div>"
)
DISCOURSE = "<h1>Why does the pump lose pressure?</h1>" + numbered(
    "<div itemscope itemtype='http://schema.org/DiscussionForumPosting'><div class='topic-body crawler-post'>"
    f"<span>member NUMBER</span><div class=post itemprop=text><p>Post NUMBER. {SENTENCE}</p></div></div></div>"
)
PHPBB = "<h1>Why does the pump lose pressure?</h1>" + numbered(
    "<div class='post bg1'><dl class=postprofile><dt>Posts: 9,001</dl><div class=postbody><div class=content>"
    f"Post NUMBER. {SENTENCE}</div><div class=signature>Add yours</div></div></div>"
)
XENFORO = "<h1>Why does the pump lose pressure?</h1>" + numbered(
    "<article class='message message--post'><div class='message-cell message-cell--user'>9,001 points</div>"
    f"<div class=message-body>Post NUMBER. {SENTENCE}</div></article>"
)
POSTS_IN_TABLES = "<h1>Why does the pump lose pressure?</h1><table><tr><td><table class=comment-tree>" + numbered(
    "<tr class=comtr><td><table><tr><td class=votelinks>17 votes<td><div class=commtext>"
    f"Post NUMBER. {SENTENCE}</div></table>"
)
POSTS_IN_FORMS = "<h1>Why does the pump lose pressure?</h1>" + numbered(
    f"<div class=thing><form class=usertext><div class='usertext-body md'><p>Post NUMBER. {SENTENCE}</p></div></form>"
    "<ul class='flat-list buttons'><li>Add yours</ul></div>"
)


@pytest.mark.parametrize(
    "body",
    [STACK_EXCHANGE, DISCOURSE, PHPBB, XENFORO, f"{POSTS_IN_TABLES}</table></table>", POSTS_IN_FORMS],
    ids=("qa", "discourse", "phpbb", "xenforo", "tables", "forms"),
)
def test_posts_are_read_without_what_stands_around_them(body: str) -> None:
    online = "<div class=online-list>Three guests are reading this.</div>"
    text = text_of(f"<div id=content>{body}</div><div class=side><a href=/2>Other pumps</a></div>{online}")
    assert text.startswith("# Why does the pump lose pressure?")
    assert [number for number in range(6) if f"Post {number}." not in text] == []
    for around in ("9,001", "17 votes", "Add yours", "Other pumps", "Three guests", "Valley Press"):
        assert around not in text


def test_an_article_with_its_readers_comments_is_no_thread() -> None:
    comments = numbered(f"<div class=comment_text><p>Comment NUMBER. {SENTENCE}</p></div>")
    text = text_of(
        f"<article><h1>Why pumps lose pressure</h1>{f'<p>{SENTENCE}</p>' * 9}</article>"
        f"<div id=comments>{comments}</div>"
    )
    assert "Comment 3." not in text


def test_code_and_comments_of_a_question_page_stay() -> None:
    text = text_of(STACK_EXCHANGE)
    assert [number for number in range(6) if f"pump --valve {number}" not in text] == []
    assert [number for number in range(6) if f"Comment {number}." not in text] == []


def test_a_page_that_says_that_it_has_questions_keeps_its_comments() -> None:
    head = '<script type="application/ld+json">{"@context": "https://schema.org", "@type": "QAPage"}</script>'
    comments = numbered(f"<div class=comment><p>Answer NUMBER. {SENTENCE}</p></div>")
    body = f"<main><h1>A pump</h1><p>{SENTENCE}</p><div class=commentarea>{comments}</div></main>"
    assert [number for number in range(6) if f"Answer {number}." not in text_of(body, head)] == []


XENFORO_TWO = numbered(
    "<article class='message message--post'><div class='message-cell message-cell--user'>"
    "<div class=message-avatar>M</div>"
    "<h4 class=message-name><a class=username>member NUMBER</a></h4><h5 class=userTitle>Well-known guest</h5></div>"
    "<header class=message-attribution><ul class='message-attribution-main'><li><time>May NUMBER, 2024</time></li></ul>"
    "<ul class='message-attribution-opposite'><li>#NUMBER</li></ul></header>"
    f"<div class=message-body>Post NUMBER. {SENTENCE}</div><div class=message-lastEdit>Last edited: May 9</div>"
    "<div class=reactionsBar><span class=u-srOnly>Reactions:</span> Lea and Max</div></article>"
)
INVISION = numbered(
    "<article class='cPost ipsComment'><aside class='ipsComment_author cAuthorPane'><h3 class=cAuthorPane_author>"
    "<a>member NUMBER</a></h3><ul><li>Well-known guest<li><a>9,001 posts</a></ul></aside><div class=ipsComment_content>"
    "<div>Posted <time>May NUMBER, 2024</time></div>"
    f"<div class=cPost_contentWrap><p>Post NUMBER. {SENTENCE}</p></div></div></article>"
)
SMF = "<form><input type=checkbox>" + numbered(
    "<div class=windowbg><div class=post_wrapper><div class=poster><h4><a>member NUMBER</a></h4><ul class=user_info>"
    "<li class=postgroup>Well-known guest<li class=postcount>Posts: 9,001</ul></div>"
    "<div class=postarea><div>May NUMBER, 2024</div>"
    f"<div class=inner>Post NUMBER. {SENTENCE}</div></div></div></div>"
)
NODEBB = "<ul>" + numbered(
    "<li><div class=post-container><a data-username>member NUMBER</a>"
    "<div class='d-none d-sm-block'>May NUMBER, 2024</div><span class=visually-hidden>Offline</span>"
    "<div class='btn btn-ghost'>Max Well-known guest</div>"
    f"<div class=content>Post NUMBER. {SENTENCE}</div></div></li>"
)


@pytest.mark.parametrize(
    "posts",
    [XENFORO_TWO, INVISION, f"{SMF}</form>", f"{NODEBB}</ul>"],
    ids=("xenforo", "invision", "smf", "nodebb"),
)
def test_who_wrote_a_post_and_when_stands_above_it_and_no_more_of_the_writer(posts: str) -> None:
    text = text_of(f"<h1>Why does the pump lose pressure?</h1><div class=topic>{posts}</div>")
    for number in range(6):
        place = text.index(f"Post {number}.")
        assert place > text.rindex(f"May {number}, 2024", 0, place) > text.rindex(f"member {number}", 0, place)
    for around in ("Well-known", "9,001", "#3", "Last edited", "Reactions", "Lea and", "Offline"):
        assert around not in text


def test_what_stands_between_posts_and_is_no_prose_goes() -> None:
    posts = numbered(
        f"<div class=post><div class=postbody>Post NUMBER. {SENTENCE}</div></div>"
        "<div>In between <a href=/a>a link</a></div>"
    )
    above = "<div class=top><h1>Why does the pump?</h1><ul><li>Started by Max<li>Views 17</ul></div>"
    unmarked = f"<div>By the way. {SENTENCE}</div>"
    text = text_of(f"<div id=content>{above}<div class=list>{posts}{unmarked}</div><div>Start a topic</div></div>")
    assert text.startswith("# Why does the pump?\n\nPost 0.")
    assert "By the way." in text
    for around in ("In between", "Started by", "Views", "Start a topic"):
        assert around not in text


def test_labels_of_the_software_and_the_title_above_each_reply_go() -> None:
    posts = numbered(
        "<div class=post><h3><a>Re: The pump</a></h3><div class=postbody><p>Reply with quote</p>"
        f"<p>Click to expand...</p><p>Post NUMBER. {SENTENCE}</p>"
        "<p>You say Reply with quote, where the top is?</p><p>Top</p></div></div>"
    )
    text = text_of(f"<h2>The pump</h2><div class=list><h3>The pump</h3>{posts}</div>")
    assert text.startswith("## The pump\n\nPost 0.")
    assert text.count("# ") == 1
    assert text.count("You say Reply with quote, where the top is?") == 6
    for around in ("\nReply with quote", "Click to", "\nTop"):
        assert around not in text


def test_posts_within_a_list_that_is_called_like_one_are_several() -> None:
    posts = numbered(f"<div class=DiscussionBoard-item><div>Post NUMBER. {SENTENCE}</div><ul><li>Thanks</ul></div>")
    text = text_of(f"<h1>The pump</h1><div id=forumposts>{posts}</div>")
    assert [number for number in range(6) if f"Post {number}." not in text] == []
    assert "Thanks" not in text


def test_a_page_whose_posts_hold_nothing_is_read_as_any_other() -> None:
    posts = "<div class=postbody></div>" * 3
    paragraphs = numbered(f"<p>Part NUMBER. {SENTENCE}</p>", 30)
    head = "<div itemscope itemtype=https://schema.org/DiscussionForumPosting></div>"
    text = text_of(f"{head}<section>{posts}</section><section>{paragraphs}</section>")
    assert [number for number in range(30) if f"Part {number}." not in text] == []


@pytest.mark.parametrize(
    "unit", ["<div class=answers>", "<div class=postbody>x</div>", "<aside class=username><a>x</a>"]
)
def test_a_thread_made_to_delay_ends_in_text(unit: str) -> None:
    page = f"<div class=question>{SENTENCE}</div>{unit * 10_000}"
    assert SENTENCE.strip() in text_of(page)


def test_a_name_of_very_many_words_ends_in_text() -> None:
    name = "a_" * 50_000
    assert "Post 3." in text_of(XENFORO_TWO.replace("<div class=message-avatar>", f"<div class='{name}'>", 1))
