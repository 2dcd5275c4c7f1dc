"""Programs and languages that are called as people are, told by others that they are listed with or by what they run.

Knows: such names, written down for this project, and how things are listed. Knows nothing about findings.
"""

import re
from collections.abc import Iterator

from normalizers.pii import forenames
from splitting.words import listed

_LIKE_PEOPLE = listed(
    "Ada Agda Alexa Apollo Astro Athena Atlas Aurora Babel Bard Bash Beam Cassandra Chef Claude Clio Cortana "
    "Crystal Cypress Dagger Dart Delta Django Dolly Elm Ember Falcon Flora Gatsby Gemini Gemma Grok Hadoop "
    "Haskell Helm Hera Hermes Hugo Iris Jade Jasmine Jasper Jenkins Juju Julia Juno Kafka Karma Kibana Llama Luna "
    "Magento Maple Maven Mercurial Mercury Miranda Mistral Mocha Mojo Nim Nova Oberon Odin Oracle Pascal Perl "
    "Phoenix Puppet Ruby Sage Salome Sam Sanic Scala Selenium Siri Solr Storm Swift Tamarin Tesla Titan Tornado "
    "Travis Trino Vagrant Vala Vega Watson Zeus Zoe"
)
# A person of that name is called so seldom that two programs in the sentence tell what is meant.
_SELDOM_PEOPLE = listed(
    "Jenkins Kafka Loki Prometheus Kibana Vagrant Puppet Hadoop Cassandra Siri Cortana Gradle Maven Selenium Oracle "
    "Solr Trino Storm Babel Mocha Karma Cypress Falcon Ember Helm Scala Perl Pascal Haskell Magento Sanic Swift"
)
_HEAD = (
    "builds?|pipelines?|jobs?|plugins?|agents?|servers?|clusters?|nodes?|topics?|brokers?|consumers?|producers?"
    "|quer(?:y|ies)|dashboards?|compilers?|playbooks?|manifests?|cookbooks?|modules?|scripts?"
    "|packages?|functions?|units?|CLI|API|SDK"
    "|containers?|images?|instances?|databases?|bindings?|runtime|interpreter|notebooks?|schemas?|library|framework"
    "|developers?|syntax|binar(?:y|ies)|daemon|workers?|releases?|versions?"
)
_OTHERS = listed(
    "Airflow Android Angular Ansible Apache AWS Azure Bootstrap C C# C++ Celery Clojure Cobol COBOL Consul CSS "
    "CUDA Debian Docker Drupal Eclipse Elasticsearch Elixir Emacs Erlang Excel Express F# Fedora Firefox Flask "
    "Flink Flutter Fortran FastAPI GCP Git GitHub GitLab Go Golang GraphQL Grafana Groovy gRPC Hive HTML Java "
    "JavaScript Jekyll Jest jQuery Jira JIRA Jupyter Keras Kotlin Kubernetes Laravel Linux Lisp Lua MATLAB Matlab "
    "MongoDB MySQL Neo4j Nginx NGINX Next.js Node Node.js NumPy OCaml Pandas PHP PostgreSQL Postgres PowerShell "
    "Prolog Prometheus Pulumi Python PyTorch R RabbitMQ React Redis Rails Rust SAS Scikit-learn Smalltalk Spark "
    "Splunk Spring SPSS SQL SQLite Svelte Symfony TensorFlow Terraform TypeScript Ubuntu Unity Vim Vue Windows "
    "Word WordPress XML YAML Zig Alexa Siri Cortana ChatGPT Copilot Gemini Bixby"
)
_ITEM = r"[A-Z][\w.+#-]*(?<![.-])(?: [A-Z]\w+)?"
_SERIES = re.compile(rf"(?<![\w.+#-])(?:{_ITEM})(?:(?:,? (?:and|or|und|et|y) |, | / |/|; ){_ITEM}){{2,40}}")
_RUNS = re.compile(rf"(?<![\w.])(?<![A-Z][a-z] )(?:{'|'.join(_LIKE_PEOPLE)})(?= (?:{_HEAD})(?!\w))")
_SELDOM = re.compile(rf"(?<![\w.])(?:{'|'.join(_SELDOM_PEOPLE)})(?![\w-]| [A-Z][a-z]|'s)")
_NAME_BEFORE = re.compile(r"([A-Z][a-z]+)\.? \Z")
_TITLES = ("Mr", "Mrs", "Ms", "Dr", "Prof", "Miss", "Herr", "Frau", "Mme")
_WORD = re.compile(r"[A-Z][\w.+#-]*[\w+#]")
_SENTENCE_END = re.compile(r"[.!?]\s|\n")
_AROUND = 120  # characters
_BETWEEN = re.compile(r",? (?:and|or|und|et|y) |, | / |/|; ")
_LEAST = 2  # others, which say what is listed


def find(text: str) -> Iterator[tuple[int, int]]:
    """Yield where such names stand in the folded text, among other programs or before what only programs have."""
    yield from sorted({*_listed(text), *_running(text)})


def _listed(text: str) -> Iterator[tuple[int, int]]:
    """Yield those in a list of programs."""
    for series in _SERIES.finditer(text):
        marks = list(_BETWEEN.finditer(series.group()))
        starts = [0, *(mark.end() for mark in marks)]
        ends = [*(mark.start() for mark in marks), len(series.group())]
        items = [(start, end, series.group()[start:end]) for start, end in zip(starts, ends, strict=True)]
        if sum(_is_other(item) for _, _, item in items) >= _LEAST:
            yield from (
                (series.start() + start, series.start() + end) for start, end, item in items if item in _LIKE_PEOPLE
            )


def _running(text: str) -> Iterator[tuple[int, int]]:
    """Yield those that something is of which only programs have, and those beside two others in their sentence."""
    yield from (match.span() for match in _RUNS.finditer(text))
    for match in _SELDOM.finditer(text):
        before = _SENTENCE_END.split(text[max(0, match.start() - _AROUND) : match.start()])[-1]
        behind = _SENTENCE_END.split(text[match.end() : match.end() + _AROUND], maxsplit=1)[0]
        named = set(_WORD.findall(f"{before} {behind}"))
        if not _is_behind_name(before) and len(named & (_OTHERS | _SELDOM_PEOPLE)) >= _LEAST:
            yield match.span()


def _is_behind_name(before: str) -> bool:
    """Whether a given name or a title stands right before."""
    name = _NAME_BEFORE.search(before)
    return name is not None and (name.group(1) in _TITLES or forenames.is_one(name.group(1)))


def _is_other(item: str) -> bool:
    return item.split(" ")[0] in _OTHERS
