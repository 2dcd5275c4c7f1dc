"""Whether any bytes at all end in text or a UserError: mutated files of every type, through the parsers.

    python -m benchmarks.parser_fuzz                # 20,000 files
    python -m benchmarks.parser_fuzz --count 200000 --seed 7

Whole small files are made here, then cut, spliced and overwritten at random. Files go through `parse.from_bytes` in a
few long-lived workers under the limits of the PDF reader's child process; only PDFs are read in the worker itself, as
that child would, because a child for each would be most of the time. A worker that native code brings down, or that
meets a limit, is counted apart: in production it is that child, and its end is a UserError. Every hundredth PDF goes
through the real child too. Exit status 1 when anything else came out.
"""

import argparse
import contextlib
import io
import multiprocessing
import random
import resource
import sys
import time
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import islice
from multiprocessing.connection import Connection
from queue import Queue
from typing import NamedTuple

from errors import UserError
from normalizers.documents import html, parse, pdf_limits, pdf_text

WORKERS = 2
PATIENCE = pdf_limits.MAX_CPU_SECONDS + 10  # seconds for one file
CHILD_EVERY = 100  # PDFs

WORD_NAMESPACE = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


class Result(NamedTuple):
    """What became of one file."""

    outcome: str  # "text", an error's code, or the name of what should not have been raised
    seconds: float
    peak: int  # KiB of the worker so far


def pdf_file(pages: list[str], *, encrypted: bool = False, compressed: bool = True) -> bytes:
    """Make a PDF with a line of text a page; `encrypted` with a password that nobody knows."""
    kids = " ".join(f"{4 + 2 * number} 0 R" for number in range(len(pages)))
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        f"<</Type/Pages/Kids[{kids}]/Count {len(pages)}>>".encode(),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    for number, text in enumerate(pages):
        page = "<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Resources<</Font<</F1 3 0 R>>>>"
        objects.append(f"{page}/Contents {5 + 2 * number} 0 R>>".encode())
        objects.append(_stream(f"BT /F1 12 Tf 72 720 Td ({text}) Tj ET".encode("latin-1"), compressed))
    secret = "<" + "5a" * 32 + ">"
    lock = f"/ID[{secret}{secret}]/Encrypt<</Filter/Standard/V 1/R 2/O{secret}/U{secret}/P -4>>"
    return pdf_of(*objects, trailer=lock if encrypted else "")


def _stream(content: bytes, compressed: bool) -> bytes:
    data = zlib.compress(content) if compressed else content
    filtered = "/Filter/FlateDecode" if compressed else ""
    return f"<</Length {len(data)}{filtered}>>stream\n".encode() + data + b"\nendstream"


def pdf_of(*objects: bytes, trailer: str = "") -> bytes:
    """Make a PDF of its objects: the first is the catalog, and each has its position as number."""
    file = io.BytesIO()
    file.write(b"%PDF-1.7\n")
    offsets = []
    for number, content in enumerate(objects, start=1):
        offsets.append(file.tell())
        file.write(b"%d 0 obj\n%b\nendobj\n" % (number, content))
    start = file.tell()
    file.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    file.writelines(b"%010d 00000 n \n" % offset for offset in offsets)
    file.write(f"trailer<</Size {len(objects) + 1}/Root 1 0 R{trailer}>>\nstartxref\n{start}\n%%EOF\n".encode())
    return file.getvalue()


def docx_file(body: str, *, prologue: str = "", compressed: bool = True) -> bytes:
    """Make a DOCX of WordprocessingML; `paragraph` makes a piece of it."""
    return zip_file("word/document.xml", document_xml(body, prologue), compressed=compressed)


def document_xml(body: str, prologue: str = "") -> bytes:
    """Make the main part of a DOCX."""
    return f'{prologue}<w:document xmlns:w="{WORD_NAMESPACE}"><w:body>{body}</w:body></w:document>'.encode()


def zip_file(member: str, content: bytes, *, compressed: bool = True) -> bytes:
    """Make an archive of one file."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED if compressed else zipfile.ZIP_STORED) as archive:
        archive.writestr(member, content)
    return file.getvalue()


def paragraph(text: str, properties: str = "") -> str:
    """Make one paragraph of WordprocessingML."""
    return f"<w:p>{properties}<w:r><w:t>{text}</w:t></w:r></w:p>"


_TABLE = f"<w:tbl><w:tr><w:tc>{paragraph('Item')}</w:tc><w:tc>{paragraph('42')}</w:tc></w:tr></w:tbl>"
_MAIL = b"""From: =?utf-8?q?Ren=C3=A9_Doe?= <rene@example.com>
To: Bob <bob@example.com>
Subject: Minutes
MIME-Version: 1.0
Content-Type: multipart/alternative; boundary="part"

--part
Content-Type: text/plain; charset=iso-8859-1
Content-Transfer-Encoding: quoted-printable

The council met on Thursday. Caf=E9.

Regards,
Ren=E9

On Mon, 1 Jan 2024, Bob <bob@example.com> wrote:
> When did the council meet?
--part
Content-Type: text/html; charset=utf-8
Content-Transfer-Encoding: base64

PHA+VGhlIGNvdW5jaWwgbWV0IG9uIFRodXJzZGF5LjwvcD4=
--part--
"""
_HTML = b"""<!doctype html><html><head><title>Minutes</title><style>p {}</style></head>
<body><nav><a href="/">Home</a></nav>
<article><h1>Minutes</h1><p>The council met on Thursday &amp; voted.</p><table><tr><td>1<td>2</table>
<!-- a comment --><ul><li>one<li hidden>two</ul></article><script>let x = "</p>"</script></body></html>"""


class Seeds(NamedTuple):
    """Whole files of one type, the suffix of their names, and what is done to each after it was mutated."""

    suffix: str
    files: list[bytes]
    wrap: Callable[[bytes], bytes] = bytes


SEEDS = {
    "PDF": Seeds(
        ".pdf",
        [
            pdf_file(["The council met on Thursday.", "It adjourned."]),
            pdf_file(["The council met."], compressed=False),
            pdf_file(["The council met."], encrypted=True),
        ],
    ),
    "DOCX": Seeds(
        ".docx",
        [
            docx_file(paragraph("The council met.", "<w:pPr><w:numPr/></w:pPr>") + _TABLE),
            docx_file(paragraph("Thursday") + _TABLE, prologue='<?xml version="1.0"?>', compressed=False),
        ],
    ),
    "DOCX, its XML": Seeds(
        ".docx",
        [document_xml(paragraph("The council met.", "<w:pPr><w:numPr/></w:pPr>") + _TABLE, '<?xml version="1.0"?>')],
        partial(zip_file, "word/document.xml"),
    ),
    "EML": Seeds(".eml", [_MAIL, b"From: a@example.com\nSubject: x\n\nThe council met.\n-- \nA\n"]),
    "HTML": Seeds(".html", [_HTML]),
    "text": Seeds(".txt", ["The council met on Thursday. Żółć, naïve café.\n".encode(), "Größe".encode("utf-16")]),
}


def mutate(data: bytes, others: list[bytes], random_source: random.Random) -> bytes:
    """Change a file at one to eight places: bits, bytes, numbers, cuts, repeats, splices with another file."""
    changed = bytearray(data)
    for _ in range(random_source.choice((1, 1, 1, 2, 4, 8))):
        start = random_source.randrange(len(changed) + 1)
        end = min(len(changed), start + random_source.randint(1, 40))
        kind = random_source.randrange(7)
        if kind == 0 and start < len(changed):
            changed[start] ^= 1 << random_source.randrange(8)
        elif kind == 1:
            changed[start:end] = random_source.randbytes(end - start)
        elif kind == 2:
            del changed[start:end]
        elif kind == 3:
            changed[start:start] = changed[start:end] * random_source.choice((1, 2, 50))
        elif kind == 4:
            changed[start:end] = random_source.choice((b"0", b"-1", b"65535", b"4294967296", b"\0" * 4, b"\xff" * 4))
        elif kind == 5:
            other = random_source.choice(others)
            cut = random_source.randrange(len(other))
            changed[start:end] = other[cut : cut + random_source.randint(1, 200)]
        elif random_source.random() < 0.3:
            del changed[start:]
    return bytes(changed)


def files(count: int, seed: int) -> Iterator[tuple[str, bytes]]:
    """Yield `count` mutated files of all types in turn, and what each was made from."""
    random_source = random.Random(seed)
    everything = [seed_file for seeds in SEEDS.values() for seed_file in seeds.files]
    names = list(SEEDS)
    for number in range(count):
        name = names[number % len(names)]
        seeds = SEEDS[name]
        yield name, seeds.wrap(mutate(random_source.choice(seeds.files), everything, random_source))


def outcome(read: Callable[[], str]) -> str:
    """Return "text", the code of a refusal, or the name of an exception that should not have come."""
    try:
        read().encode("utf-8", "surrogatepass")
    except (UserError, pdf_text.Refused) as error:
        return error.code
    except Exception as error:  # whatever it is, it is what is looked for
        return f"crash: {type(error).__name__}"
    return "text"


def _work(connection: Connection) -> None:
    """Parse the files that arrive, PDFs in this process, until the other end closes."""
    resource.setrlimit(resource.RLIMIT_AS, (pdf_limits.MAX_MEMORY, pdf_limits.MAX_MEMORY))
    with contextlib.suppress(EOFError):
        while True:
            suffix, data = connection.recv()
            read = partial(_extract if parse.is_pdf(data, suffix) else _parse, data, suffix)
            started = time.perf_counter()
            found = outcome(read)
            seconds = time.perf_counter() - started
            connection.send(Result(found, seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss))


def _extract(data: bytes, _suffix: str) -> str:
    return pdf_text.extract(data).text


def _parse(data: bytes, suffix: str) -> str:
    return html.normalize(parse.from_bytes(data, suffix)).text


class _Worker:
    """A process that parses one file at a time and is started again when a file ends it."""

    def __init__(self) -> None:
        self._start()

    def parse(self, suffix: str, data: bytes) -> Result:
        started = time.perf_counter()
        try:
            self._connection.send((suffix, data))
            if self._connection.poll(PATIENCE):
                result: Result = self._connection.recv()
                return result
            ended = "over the time limit"
        except (EOFError, ConnectionError):
            self._process.join()
            ended = f"native code ended by signal {-(self._process.exitcode or 0)}"
        self.stop()
        self._start()
        return Result(ended, time.perf_counter() - started, 0)

    def stop(self) -> None:
        self._connection.close()
        self._process.kill()
        self._process.join()

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._connection, theirs = context.Pipe()
        self._process = context.Process(target=_work, args=(theirs,), daemon=True)
        self._process.start()
        theirs.close()


def run(count: int, seed: int) -> dict[str, list[Result]]:
    """Parse `count` mutated files and return what became of them, by type."""
    results: dict[str, list[Result]] = {name: [] for name in SEEDS}
    workers: Queue[_Worker] = Queue()
    for _ in range(WORKERS):
        workers.put(_Worker())

    def one(name: str, data: bytes) -> tuple[str, Result]:
        worker = workers.get()
        try:
            return name, worker.parse(SEEDS[name].suffix, data)
        finally:
            workers.put(worker)

    with ThreadPoolExecutor(WORKERS) as pool:
        for batch in _batches(files(count, seed), 1_000):
            for name, result in pool.map(one, *zip(*batch, strict=True)):
                results[name].append(result)
    while not workers.empty():
        workers.get().stop()
    return results


def _batches(items: Iterator[tuple[str, bytes]], size: int) -> Iterator[list[tuple[str, bytes]]]:
    while batch := list(islice(items, size)):
        yield batch


def run_in_production(count: int, seed: int) -> Counter[str]:
    """Read every hundredth PDF as the server does, in a child of its own, and count what became of it."""
    pdfs = [data for name, data in files(count, seed) if name == "PDF"][::CHILD_EVERY]
    return Counter(outcome(partial(_parse, data, ".pdf")) for data in pdfs)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--count", type=int, default=20_000, help="mutated files (default 20,000)")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    started = time.perf_counter()
    results = run(arguments.count, arguments.seed)
    children = run_in_production(arguments.count, arguments.seed)
    print(f"{arguments.count:,} files, seed {arguments.seed}, {time.perf_counter() - started:.0f} s")
    print("| type | files | outcomes | slowest |\n|---|---|---|---|")
    for name, of_type in results.items():
        slowest = max((result.seconds for result in of_type), default=0.0)
        print(f"| {name} | {len(of_type):,} | {_counts(Counter(r.outcome for r in of_type))} | {slowest:.3f} s |")
    print(f"| PDF, each in its child | {children.total():,} | {_counts(children)} | |")
    everything = [result for of_type in results.values() for result in of_type]
    print(f"peak memory of a worker: {max(result.peak for result in everything) / 1024:,.0f} MiB")
    crashes = sum(result.outcome.startswith("crash") for result in everything)
    slow = sum(result.outcome == "over the time limit" for result in everything)
    crashes += sum(number for found, number in children.items() if found.startswith("crash"))
    print(f"crashes: {crashes}, over the time limit of {PATIENCE} s: {slow}")
    sys.exit(1 if crashes or slow else 0)


def _counts(counter: Counter[str]) -> str:
    return ", ".join(f"{found} {number:,}" for found, number in sorted(counter.items(), reverse=True))


if __name__ == "__main__":
    main()
