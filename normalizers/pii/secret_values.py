"""Where a secret's value begins and ends, and what stands there instead of one: a reference, a call, a word of advice.

Knows: how values are quoted and what ends them. Knows nothing about the labels before them.
"""

import re

from splitting.words import listed

_QUOTED = re.compile(
    r"""(?P<quote>\"{3}|'{3}|["'`])(?P<inside>(?:\\.|(?!(?P=quote))[^\n\\]){1,256})(?P=quote)"""
    r"|(?:\u00ab ?|[\u201e\u300c\u300e])(?P<marked>[^\u00ab\u00bb\u300d\u300f\"\n]{1,256}?)"
    r"(?: ?\u00bb|[\"\u300d\u300f])"
    # as ODBC has it: "Pwd={a;b}"
    r"|\{(?=[^{}\n]{0,255}[^\w{}\n.])(?P<braced>[^{}\n\"':]{1,256})\}(?=;|[\"']?(?:\n|\Z))"
)
# A mark ends a value where another key or nothing follows: "pwd=a;b;user=x", "key=a&id=3".
# An atomic group and no possessive repeat: before Python 3.11.5 a repeat of alternatives was given back all the same.
_BARE = re.compile(r"""(?>(?:[^\s"'`;&,<|]|[;&,](?!\s|\Z|["'`]|[\w.-]{1,40} ?[=:])|["'](?=\w)|<(?!/))+)""")
_ELEMENT = re.compile(r"[^<\n]{1,256}(?=</)")
MOST = 256  # characters
_REFERENCE = re.compile(  # to where the value is, instead of the value
    r"\{[\w.]+\}\Z|\$[{(]|\$[A-Z_]+\Z|\$env:|\{\{|%[({]|%[sd]|<|@|\*{3}|[xX•*.…_-]{3,}\Z|\[|\.\.\."
    r"|(?:~|\.{1,2})?/[\w./-]+\Z|[\w./-]+\.(?:pem|key|txt|json|ya?ml|crt|cer|env|py|js|ts|conf|md)\Z"
    r"|(?:process|os|env|secrets|config|settings|self|this|vars?|params|request|args|options|vault|arn|file|ref)[.:\[]"
    r"|[A-Za-z_]+(?:[.:]{1,2}[A-Za-z_]+)+\Z|[\w+]{2,12}://|[0-9]+-?(?:bits?|bytes?|chars?|digits?|days?|min|h)\b"
)
_ENCRYPTED = re.compile(r"ENC[(\[]")  # as Jasypt and SOPS have it
_IF_UNSET = re.compile(r"\$\{\w{1,64}:\?")  # what a shell says of a variable that is not set
_LONGEST_EXPANSION = 68  # characters
# A call ends in its own bracket, within its sentence.
_CALL = re.compile(r"[A-Za-z_.]+[(\[](?=(?:[^\n()\[\].]|\.(?!\s)|[(\[][^\n()\[\]]{0,80}[)\]]){0,200}[)\]])")
NO_VALUE = listed(  # words of programs and of advice about passwords
    "string str text bytes integer number object boolean any optional required none null nil true false "
    "undefined empty blank hidden redacted masked unset default encrypted plaintext hashed unknown missing "
    "invalid incorrect wrong correct forgotten expired changed reset disabled enabled optionnel your please "
    "must least should cannot characters enter choose forgot change confirm the this that with bearer basic "
    "type value field input prompt stdin file ascii base64 sha256 private public username login user email "
    "error failed success removed filtered"
)
SPECIAL = re.compile(r"[0-9!@#$%^&*+=/~?(){};]")


def read(text: str, start: int, *, is_element: bool = False) -> tuple[int, int, bool]:
    """Return where a value begins and ends, and whether it stands in quotes or all of an element of XML."""
    if is_element and (element := _ELEMENT.match(text, start)):
        return *element.span(), True
    if quoted := _QUOTED.match(text, start):
        return *quoted.span(str(quoted.lastgroup)), True
    bare = _BARE.match(text, start, start + MOST)
    if bare is None:
        return start, start, False
    value = bare.group().split("\\n")[0].rstrip(".:?*")
    while value and (pair := {")": "(", "]": "[", "}": "{", ">": "<"}.get(value[-1])):
        if value.count(value[-1]) <= value.count(pair):
            break
        value = value[:-1].rstrip(".:?*")
    return start, start + len(value), False


def is_reference(text: str, start: int, value: str, is_quoted: bool) -> bool:
    """Whether what begins at `start` says where the value is, instead of the value."""
    if _ENCRYPTED.match(value):
        return False
    if value.startswith("?") and _IF_UNSET.search(text, max(0, start - _LONGEST_EXPANSION), start + 1):
        return True
    return _REFERENCE.match(value) is not None or (not is_quoted and _CALL.match(text, start) is not None)
