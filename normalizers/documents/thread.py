"""Pages that readers wrote: questions with their answers, and the topics of forums.

Knows: how such pages mark their posts and who wrote each, and what their software writes around, between and into
them. Knows nothing about pages that have one author, or about what surrounds the content of any page (`furniture.py`).
"""

import re
from collections import Counter
from functools import cache
from typing import TYPE_CHECKING

from normalizers.documents import furniture

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_POST = re.compile(
    r"(?:js-|post-|qa-)?(?:question|answer)s?(?:-(?:list|body|text|content|item|page|detail|header|container))?"
    r"|(?:forum|topic|thread|discussion(?:board)?)-?(?:post|body|view|page|content|message|thread|topic|item)s?|message-?list"
    r"|(?:qa|forum)-?page|crawler-post|post(?:-?body|area|_body|_content|-?text|-container|_?wrapper|msg)|post_message(?:_\d+)?"
    r"|message(?:-?body|-?content|-?text|--post)|msg_(?:body|text)|comment-node|cooked|bbp-(?:reply|topic)-content"
    r"|lia-message-body(?:-content)?|cpost_contentwrap|ipsentry__content|usertext-body|usercontent|commtext|toptext"
    r"|[\w-]*+(?<=post-rtjson-content)",
    re.IGNORECASE,
)
_TYPE = re.compile(r"(?:schema\.org/|\"@type\"\s*:\s*\[?\s*\")(?:QAPage|DiscussionForumPosting)", re.IGNORECASE)
_NUMBER = re.compile(r"\d+")
_PARTS = ("body", "main", "article", "section", "div", "ol", "ul", "table", "li", "td")
_LEAST_OF_PAGE = 0.15  # of its text, the menus and all: posts are what it is for

_AROUND_POSTS = re.compile(
    rf"{furniture.CALLED.pattern}|(?:^|[\s_-])(?:(?:js-)?vot(?:e|es|ing)\w*|user-?(?:info|stats|extra|badges?|title)|badges?|avatar"
    r"|reputation\w*|(?:post-?)?signature|sig\d+|tag-?list|post-?tag\w*|add-?comment|comments-link|repl(?:y|ies)-?(?:form|button|link|box)"
    r"|quick-?reply|post-?(?:menu|actions?|controls?|buttons?|footer|foot|form|likes|notice|counter|index|edit|position|group|count)"
    r"|action-?(?:bar|row)|buttons?|btn|reactions(?:-?bar)?|online-?list|stat-block|view-?count|who-?is-?online|similar(?:-?\w+)?"
    r"|suggested|hot-network|report-?post|inappropriate|permalink|yclinks|thread-?(?:tools|info)|attribution-opposite"
    r"|(?:expand|shrink)-?link|block-?(?:status|outer)|notices?|alerts?|ips-?announcements?|struct-?item"
    r"|last-?edit|edit(?:ed)?(?:[_-]?(?:by|post|note))?|back2?-?(?:to-?)?top|(?:profile|quote)-?icons?|jump-?box|dropdown|toolbox"
    r"|tool-?links|(?:ctopic)?overview|c?guest-?(?:teaser|terms|cta)|bottom-notice|sort-?preference\w*|poster_ip|crumbs|info-?bar"
    r"|(?:listing|comment)?-?sign-?up-?bar|sam(?:banner|code|text)unit)(?:$|[\s_-])",
    re.IGNORECASE,
)
_WRITER = re.compile(
    r"(?:^|[\s_-])(?:(?:message|post|comment)-(?:cell--)?user|post-?(?:profile|left|author)|poster|user-?(?:cell|pane)|c?author-?pane"
    r"|(?:ips)?comment_author|author-information|username_container|message-?user-?(?:info|block))(?:$|[\s_-])|(?:^|\s)profile(?:$|\s)",
    re.IGNORECASE,
)
_NAME = re.compile(
    r"(?:^|[\s_-])(?:big)?(?:user-?name|author|author-?name|message-name|nick-?name)(?:$|\s)", re.IGNORECASE
)
_NAMED = ("a", "b", "span", "strong", "div", "dt", "h3", "h4", "li", "p")
_MAX_NAME = 40  # characters
_FOR_SCREEN_READERS = re.compile(
    r"(?:^|\s)(?:sr-only|(?:v-)?visually-hidden|v-visible-sr|u-sronly)(?:$|\s)", re.IGNORECASE
)
_UNSEEN = re.compile(
    r"(?:^|\s)(?:d-none|hidden|hide|ipsresponsive_showphone|ipstime__short)(?:$|\s)", re.IGNORECASE
)  # until a script shows it, or on small screens
_SEEN_ON_SOME_SCREENS = re.compile(r"(?:^|\s)(?:d-\w+-\w|\w+:\S|(?:show|hide)-for-)", re.IGNORECASE)
_PROSE = 60  # characters from which on a line between posts is somebody's

_MAX_LABEL = 80  # characters
_LABEL = re.compile(
    r"(?:- )?(?:#\d+|(?:click|tap) to (?:expand|shrink)\b.*|repl(?:y|ies)(?: with quote| to this)?|quote|share"
    r"|(?:\d+ )?likes?|thanks?|report(?: (?:inappropriate content|post|this))?|(?:back to )?top|edited|permalink"
    r"|(?:code: )?select all|jump to latest|toggle sidebar|follow(?:ers)?(?: \d+)?|recommended posts|featured replies"
    r"|reset to default|sort(?:ed)? by:?.*|original post(?:er)?|op|offline|online|logged|advertisement"
    r"|not open for further replies\.?"
    r"|you must (?:log in|sign in|be logged in)\b.*|last edited\b.*|reactions:.*"
    r"|(?:joined|join date|registered|posts|threads|messages|views|replies|reputation|reaction score)\s*:\s*"
    r"(?:\d|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)\w{0,6} \d).{0,30}"
    r"|antworten|zitieren|melden|teilen|nach oben"
    r"|r[ée]pondre|citer|signaler|partager|responder|citar|compartir|denunciar)",
    re.IGNORECASE,
)
_TITLE = re.compile(r"(?P<mark>#{1,6} )?(?:\d{1,4}\.\s{1,4})?(?P<reply>(?:re: ?)*)", re.IGNORECASE)


def is_thread(page: "HtmlElement") -> bool:
    """Whether what readers wrote is the page's content: questions with answers, forums."""
    for script in page.iter("script"):
        if "ld+json" in script.get("type", "") and _TYPE.search(script.text or ""):
            return True
    if any(map(_TYPE.search, page.xpath("//@itemtype"))):
        return True
    posts = _posts(page)
    if not any("question" in furniture.called(post).lower() for post in posts):
        kinds = Counter(map(_kind, posts))  # an article may be called a post, and so may a list of others below it
        posts = [post for post in posts if kinds[_kind(post)] > 1]
    if not posts:
        return False
    written = sum(len(post.text_content()) for post in posts)
    return written > _LEAST_OF_PAGE * sum(len(body.text_content()) for body in page.iter("body"))


def _kind(post: "HtmlElement") -> tuple[str, str]:
    return post.tag, _NUMBER.sub("", post.get("class", ""))


def _posts(page: "HtmlElement") -> "list[HtmlElement]":
    """Return the elements that hold what readers wrote, none within another; of a list, what it holds."""

    @cache  # pages give most of their names to many elements
    def is_post(names: str) -> bool:
        return any(map(_POST.fullmatch, names.split()))

    within: dict[HtmlElement | None, list[HtmlElement]] = {None: []}
    for element in page.iter(*_PARTS):
        if is_post(furniture.called(element)):
            holder = next((holder for holder in element.iterancestors() if holder in within), None)
            within[holder].append(element)
            within[element] = []
    posts: list[HtmlElement] = []
    open_ones = within[None][::-1]
    while open_ones:
        post = open_ones.pop()
        kinds = Counter(map(_kind, within[post]))
        if kinds and max(kinds.values()) > 1:  # a list of posts
            open_ones += within[post][::-1]
        else:
            posts.append(post)
    return posts


def drop_furniture(page: "HtmlElement") -> None:
    """Drop from a page what stands around posts and in them; of what tells who wrote one the name stays."""
    with_posts = {holder for post in _posts(page) for holder in (post, *post.iterancestors())}

    @cache  # pages give most of their names to many elements
    def tells_of_writer(names: str) -> bool:
        return _WRITER.search(names) is not None

    @cache
    def is_around(names: str, is_inline: bool) -> bool:
        return bool(
            _FOR_SCREEN_READERS.search(names)
            or (_UNSEEN.search(names) and not _SEEN_ON_SOME_SCREENS.search(names))
            or (not is_inline and _AROUND_POSTS.search(names))
        )

    def is_furniture(element: "HtmlElement") -> bool:
        names = furniture.called(element)
        if element in with_posts and (element.tag == "form" or tells_of_writer(names)):  # moderators choose posts
            return False
        is_inline = element.tag in furniture.INLINE
        return (
            is_around(names, is_inline)
            or (not is_inline and tells_of_writer(names))
            or furniture.stands_around(element)
        )

    for element in furniture.outermost(page, is_furniture):
        name = _name(element) if element.tag == "aside" or tells_of_writer(furniture.called(element)) else ""
        if name:
            _replace(element, name)
        else:
            element.drop_tree()


def _name(element: "HtmlElement") -> str:
    """Return the name of who wrote a post, from all that is told of the writer; nothing where it tells of several."""
    marked = [part for part in element.iter(*_NAMED) if _NAME.search(furniture.called(part))]
    names = [_line(next((link for link in part.iter("a") if _line(link)), part)) for part in marked]
    names = [name for name in names if 0 < len(name) <= _MAX_NAME]
    if names:
        return names[0] if len(set(names)) == 1 else ""
    lines = map(_line, element.iter("a", "dt", "h3", "h4", "strong"))
    return next((line for line in lines if 0 < len(line) <= _MAX_NAME), "")


def _line(element: "HtmlElement") -> str:
    return " ".join(element.text_content().split())


def _replace(element: "HtmlElement", text: str) -> None:
    tail = element.tail
    element.clear()
    element.tag, element.text, element.tail = "p", text, tail


def content(page: "HtmlElement") -> "HtmlElement | None":
    """Return the smallest element that holds a page's posts and its title, None where they are not marked.

    What stands between them goes, unless it is prose: a post may be marked as none.
    """
    posts = _posts(page)
    if len(posts) < 2:  # a question that holds its answers, or stands before them
        return furniture.main_part(page) if posts else None
    title = next(page.iter("h1"), None)
    if title is None:
        title = next(iter(posts[0].xpath("preceding::h2[1]")), posts[0])
    around = set.intersection(*({post, *post.iterancestors()} for post in (*posts, title)))
    whole = next(element for element in (posts[0], *posts[0].iterancestors()) if element in around)
    holders = Counter(holder for post in posts for holder in (post, *post.iterancestors()))
    above_title = {title, *title.iterancestors()}
    for holder in [*(holder for holder, held in holders.items() if held > 1), *(above_title - set(holders))]:
        if holder is title or whole not in (holder, *holder.iterancestors()):
            continue
        for part in list(holder):
            if part not in holders and part not in above_title and not _is_somebodys(part, holders):
                part.drop_tree()
    return whole


def _is_somebodys(part: "HtmlElement", holders: "Counter[HtmlElement]") -> bool:
    """Whether what stands between posts may be one, or tells who wrote the next."""
    if part.tag in furniture.INLINE or any(
        len(text.strip()) >= _PROSE for text in part.xpath(".//text()[not(ancestor::a)]")
    ):
        return True
    return part.getnext() in holders and any(_NAME.search(furniture.called(inner)) for inner in part.iter(*_NAMED))


def without_labels(text: str) -> str:
    """Leave out of a thread's text the lines that its software writes, and the title above each reply."""
    kept: list[str] = []
    titles: set[str] = set()
    thread_title = ""
    for line in text.split("\n"):
        said = line.strip()
        if len(said) <= _MAX_LABEL and _LABEL.fullmatch(said):
            continue
        if match := _TITLE.match(said):
            title = said[match.end() :]
            if title in titles and (match["reply"] or title == thread_title):
                continue
            if match["mark"]:
                titles.add(title)
                thread_title = thread_title or title
        kept.append(line)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip()
