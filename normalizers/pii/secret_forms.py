"""Secrets that a form gives away without a label: arguments of commands and calls, headers, cookies, recovery codes.

Knows: such forms. Knows nothing about what else a secret is called.
"""

import re
from collections.abc import Iterator

from normalizers.pii import secret_values
from normalizers.pii.context import CONTEXT, holds
from normalizers.pii.finding import Finding
from normalizers.pii.secret_values import NO_VALUE, SPECIAL, is_reference
from normalizers.pii.tokens import is_random

_OPTION = re.compile(
    r"(?<![\w-])--?(?:[a-z][\w-]{0,32}?[_-]?)?(?:password|passwd|passphrase|pass|pwd|pw|secret|token|key|auth)"
    r"[= ]{1,2}(?=\S)"
)
_OF_CALL = re.compile(  # define('DB_PASSWORD', 'x')
    r"""\b(?:define|(?:put|set)_?(?:env|property|prop|item|config|option)?|add|insert)\([ ]?["'][\w.-]{0,64}"""
    r"""(?:password|passwd|passphrase|pass|pwd|secret|token|key)["'],\s{0,4}(?=["'])"""
)
_OF_DATABASE = re.compile(
    r"\b(?:user|role) [^\n;]{1,128}? identified (?:with [\w'\"]{1,40} )?(?:by|as) (?:password )?(?=['\"])"
)  # as SQL has it
_OF_ROUTER = re.compile(  # as routers have it: "password 7 0822455D0A16", "snmp-server community x RO"
    r"(?<![\w-])(?:(?:password|secret|key|key-string|passphrase) [0-9]|snmp(?:-server)? community"
    r"|requirepass|masterauth|bindpw|rootpw|auth_pass|wpa-psk) (?=\S)"
)
_OF_ORACLE = re.compile(
    r"(?:jdbc:oracle:\w{2,5}:|\b(?:sqlplus|sqlldr|expdp|impdp)(?: -\w{1,8})? )[\w$#]{1,64}/(?=[^\s@]{1,256}@)"
)
_TOOL = re.compile(
    r"\b(?:sshpass|redis-cli|(?:mysql|mariadb|mongo)\w{0,8}|docker login|ldap\w{3,8}|plink|pscp|curl|wget|zip|7z)"
    r"(?=[ ])[^\n;|&]{0,160}? -(?P<option>p|a|w|pw|P|u(?=[ ]?[^\s:]{1,64}:))[ ]?(?=\S)",
    re.IGNORECASE,
)
_TOOLS = (
    *("sshpass", "redis-cli", "mysql", "mariadb", "mongo", "docker", "ldap", "plink", "pscp", "curl", "wget", "zip"),
    "7z",
)
# Where a command takes a password by its place, or by an option of its own.
_BY_PLACE = re.compile(
    r"\b(?:openssl [^\n;|&]{1,160}? -(?:k |pass(?:in|out)? pass:)|htpasswd -[a-z]{0,4}b[a-z]{0,4} \S{1,64} \S{1,64} "
    r"|net use (?:[a-z]:|\*)?[ ]?\\\\\S{1,128} (?:/user:\S{1,64} )?(?!/)|net user \S{1,64} (?=\S{1,64} /add)"
    r"|rabbitmqctl (?:add_user|change_password) \S{1,64} |wpa_passphrase (?:\S{1,32}|\"[^\"\n]{1,32}\") "
    r"|login \S{1,64} password |rclone obscure |smbclient [^\n;|&]{0,160}?-u [^\s%]{1,64}%"
    r"|(?:sqlcmd|bcp|osql|mosquitto_\w{3}|ipmitool) [^\n;|&]{0,160}?-p "
    r"|snmp\w{2,8} [^\n;|&]{0,80}?-c |(?:cmdkey|xfreerdp|winrs|runas)\b[^\n;|&]{0,160}? /(?:p|pass):"
    r"|echo [\"']?[\w.-]{1,32}:(?=[^\n|]{1,64}\| ?(?:sudo )?chpasswd))(?=\S)",
    re.IGNORECASE,
)
_BY_PLACE_NEEDS = (
    "login ", "openssl", "htpasswd", "net use", "rabbitmqctl", "wpa_passphrase", "rclone", "sqlcmd", "bcp", "osql",
    "mosquitto", "ipmitool", "smbclient", "snmp", "cmdkey", "xfreerdp", "winrs", "runas", "chpasswd",
)  # fmt: skip
_AUTHORIZATION = re.compile(
    r"""\b(?:proxy-)?authorization["']?[ \t]{0,2}[:=][ \t]{0,2}["']?"""
    r"""(?:(?:basic|bearer|token|apikey|api-key|digest|key)[ \t]{1,2})?([a-z0-9._~+/=:-]{8,4096})"""
)
_BEARER = re.compile(r"\bbearer[ \t]{1,2}([a-z0-9._~+/=-]{16,4096})")
_COOKIES = re.compile(
    r"""(?:\b(?:set-)?cookie2?["']?:[ \t]{0,2}|\s(?:-b|--cookie)[ =])["']?([\w.%-]{1,64}=[^\n"']{4,4096})"""
)
_DIGEST = re.compile(r"\bdigest [^\n]{1,512}?\bresponse=\"?([0-9a-f]{32,128})")
_OF_REGISTRY = re.compile(r"""["']auth["']\s?:\s?["']([a-z0-9+/=_-]{16,512})["']""")  # in Docker's configuration
_IN_QUERY = re.compile(  # of who signs in: what a server gives a browser to bring back
    r"(?:(?<![\w?&])sig|[?&](?:code|ticket|assertion|samlresponse|code_verifier|device_code|user_code|invite|magic|otp))="
    r"([\w%.~/+-]{16,4096})"
)
_CODE_IN_GROUPS = "[a-z0-9]{3,12}(?:-[a-z0-9]{3,12}){1,7}"
_RECOVERY = re.compile(
    r"\b(?:recovery|backup|scratch|rescue) codes?\b[ ]?[:=]?\s{1,4}"
    rf"((?=[a-z0-9,\s-]{{0,8}}[0-9]){_CODE_IN_GROUPS}(?:[,\s]{{1,3}}{_CODE_IN_GROUPS}){{0,20}})"
)
# Each behind what must stand in a text for it to be tried.
_FORMS = (
    ("authorization", _AUTHORIZATION),
    ("bearer", _BEARER),
    (" code", _RECOVERY),
    ("cookie", _COOKIES),
    (" -b ", _COOKIES),
    ("digest ", _DIGEST),
)
_RANDOM_FORMS = (("auth", _OF_REGISTRY), ("=", _IN_QUERY))  # whose values may be words as well


def find(text: str, lowered: str) -> Iterator[Finding]:
    """Yield what the recognizers of this file find in the folded text."""
    for pattern in (
        _OPTION,
        _OF_CALL,
        _OF_DATABASE,
        _OF_ROUTER,
        _OF_ORACLE,
        *((_TOOL,) if holds(lowered, *_TOOLS) else ()),
        *((_BY_PLACE,) if holds(lowered, *_BY_PLACE_NEEDS) else ()),
    ):
        for match in pattern.finditer(lowered):
            if found := _argument(text, match):
                yield Finding(*found, "SECRET", 0.7, CONTEXT)
    for needed, pattern in _FORMS:
        for match in pattern.finditer(lowered) if needed in lowered else ():
            if any(map(str.isdigit, match.group(1))) or pattern is _COOKIES:
                yield Finding(*match.span(1), "SECRET", 0.8, CONTEXT)
    for needed, pattern in _RANDOM_FORMS:
        for match in pattern.finditer(lowered) if needed in lowered else ():
            if is_random(text[slice(*match.span(1))]):
                yield Finding(*match.span(1), "SECRET", 0.8, CONTEXT)


def _argument(text: str, option: re.Match[str]) -> tuple[int, int] | None:
    """Return where the value of a command's option stands, if it is one and no name of a file or a variable."""
    start, end, is_quoted = secret_values.read(text, option.end())
    value = text[start:end]
    if option.re is _OF_ORACLE:
        value = value.partition("@")[0]
        end = start + len(value)
    if "option" in option.re.groupindex and option.group("option").casefold() == "u":  # of curl: user:password
        user, colon, value = value.partition(":")
        start += len(user) + len(colon)
    if (
        len(value) < 4
        or value.startswith("-")
        or is_reference(text, start, value, True)
        or value.casefold() in NO_VALUE
        or "$(" in value
    ):
        return None
    is_more = any(map(str.isalpha, value)) and SPECIAL.search(value) is not None
    return (start, end) if is_more or (is_quoted and " " not in value) or option.re is _BY_PLACE else None
