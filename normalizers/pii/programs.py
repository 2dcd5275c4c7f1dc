"""Programs and languages that are called as people are, told by others that they are listed with.

Knows: such names, written down for this project, and how things are listed. Knows nothing about findings.
"""

import re
from collections.abc import Iterator

from splitting.words import listed

_LIKE_PEOPLE = listed(
    "Ada Agda Alexa Apollo Astro Athena Atlas Aurora Babel Bard Bash Beam Cassandra Chef Claude Clio Cortana "
    "Crystal Cypress Dagger Dart Delta Django Dolly Elm Ember Falcon Flora Gatsby Gemini Gemma Grok Hadoop "
    "Haskell Helm Hera Hermes Hugo Iris Jade Jasmine Jasper Jenkins Juju Julia Juno Kafka Karma Kibana Llama Luna "
    "Magento Maple Maven Mercurial Mercury Miranda Mistral Mocha Mojo Nim Nova Oberon Odin Oracle Pascal Perl "
    "Phoenix Puppet Ruby Sage Salome Sam Sanic Scala Selenium Siri Solr Storm Swift Tamarin Tesla Titan Tornado "
    "Travis Trino Vagrant Vala Vega Watson Zeus Zoe"
)
_OTHERS = listed(
    "Airflow Android Angular Ansible Apache AWS Azure Bootstrap C C# C++ Celery Clojure Cobol COBOL Consul CSS "
    "CUDA Debian Docker Drupal Eclipse Elasticsearch Elixir Emacs Erlang Excel Express F# Fedora Firefox Flask "
    "Flink Flutter Fortran FastAPI GCP Git GitHub GitLab Go Golang GraphQL Grafana Groovy gRPC Hive HTML Java "
    "JavaScript Jekyll Jest jQuery Jira JIRA Jupyter Keras Kotlin Kubernetes Laravel Linux Lisp Lua MATLAB Matlab "
    "MongoDB MySQL Neo4j Nginx NGINX Next.js Node Node.js NumPy OCaml Pandas PHP PostgreSQL Postgres PowerShell "
    "Prolog Prometheus Pulumi Python PyTorch R RabbitMQ React Redis Rails Rust SAS Scikit-learn Smalltalk Spark "
    "Splunk Spring SPSS SQL SQLite Svelte Symfony TensorFlow Terraform TypeScript Ubuntu Unity Vim Vue Windows "
    "Word WordPress XML YAML Zig"
)
_ITEM = r"[A-Z][\w.+#-]*(?<![.-])(?: [A-Z]\w+)?"
_SERIES = re.compile(rf"(?<![\w.])(?:{_ITEM})(?:(?:,? (?:and|or|und|et|y) |, | / |/|; ){_ITEM}){{2,40}}")
_BETWEEN = re.compile(r",? (?:and|or|und|et|y) |, | / |/|; ")
_LEAST = 2  # others, which say what is listed


def find(text: str) -> Iterator[tuple[int, int]]:
    """Yield where such names stand in a list of programs in the folded text. Linear time."""
    for series in _SERIES.finditer(text):
        marks = list(_BETWEEN.finditer(series.group()))
        starts = [0, *(mark.end() for mark in marks)]
        ends = [*(mark.start() for mark in marks), len(series.group())]
        items = [(start, end, series.group()[start:end]) for start, end in zip(starts, ends, strict=True)]
        if sum(_is_other(item) for _, _, item in items) >= _LEAST:
            yield from (
                (series.start() + start, series.start() + end) for start, end, item in items if item in _LIKE_PEOPLE
            )


def _is_other(item: str) -> bool:
    return item.split(" ")[0] in _OTHERS
