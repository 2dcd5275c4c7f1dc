"""What a DOCX's diagrams, charts and drawn letters say stands where they are drawn."""

import io
import zipfile

import pytest

from benchmarks.parser_fuzz import paragraph
from tests.normalizers.documents.test_docx import RELATION, package, text_of

RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
DRAWING = "http://schemas.openxmlformats.org/drawingml/2006"
CHART = f'<c:chart xmlns:c="{DRAWING}/chart" xmlns:r="{RELATIONS}" r:id="r7"/>'
DIAGRAM = f'<d:relIds xmlns:d="{DRAWING}/diagram" xmlns:r="{RELATIONS}" r:dm="r7" r:lo="r8"/>'


def drawn(reference: str, name: str, data: str) -> str:
    """Make a DOCX with a drawing between two paragraphs; return what is read between them."""
    body = paragraph("before") + f"<w:p><w:r><w:drawing>{reference}</w:drawing></w:r></w:p>" + paragraph("after")
    file = io.BytesIO(package(body))
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr("word/_rels/document.xml.rels", RELATION.format(name))
        archive.writestr(f"word/{name}", data)
    text = text_of(file.getvalue())
    assert text.startswith("before\n\n")
    assert text.endswith("\n\nafter")
    return text[len("before\n\n") : -len("\n\nafter")]


def points(*values: str) -> str:
    return "".join(f'<c:pt idx="{place}"><c:v>{value}</c:v></c:pt>' for place, value in enumerate(values))


def chart(*series: str) -> str:
    title = "<c:title><c:tx><a:p><a:r><a:t>Visitors</a:t></a:r></a:p></c:tx></c:title>"
    parts = "".join(f"<c:ser>{part}</c:ser>" for part in series)
    return f'<c:x xmlns:c="{DRAWING}/chart" xmlns:a="{DRAWING}/main">{title}{parts}</c:x>'


def test_a_diagram_is_a_list_of_what_its_shapes_say() -> None:
    shapes = "".join(f"<d:pt><a:p><a:r><a:t>{text}</a:t></a:r></a:p></d:pt>" for text in ("Sow", "Reap"))
    data = f'<d:x xmlns:d="{DRAWING}/diagram" xmlns:a="{DRAWING}/main">{shapes}<d:pt><a:p/></d:pt></d:x>'
    assert drawn(DIAGRAM, "diagrams/data1.xml", data) == "- Sow\n- Reap"


def test_a_chart_is_a_table_of_its_values() -> None:
    months = f"<c:cat><c:lvl>{points('May', 'June')}</c:lvl><c:lvl>{points('early')}</c:lvl></c:cat>"
    one = f"<c:tx>{points('2024')}</c:tx>{months}<c:val>{points('412', '388')}</c:val>"
    other = f"<c:tx><c:v>2025</c:v></c:tx>{months}<c:val>{points('430')}</c:val>"
    text = drawn(CHART, "charts/chart1.xml", chart(one, other))
    assert text == "Visitors\n | 2024 | 2025\nMay early | 412 | 430\nJune | 388 |"


def test_numbers_of_days_are_no_values_of_a_chart() -> None:
    days = f"<c:cat><c:formatCode>dd/mm/yyyy</c:formatCode>{points('45778')}</c:cat>"
    assert "45778" not in drawn(CHART, "charts/chart1.xml", chart(f"{days}<c:val>{points('412')}</c:val>"))


def test_letters_that_are_drawn_as_shapes_are_read() -> None:
    shape = '<v:shape xmlns:v="urn:schemas-microsoft-com:vml"><v:textpath string="Fair"/></v:shape>'
    assert text_of(package(f"<w:p><w:r><w:pict>{shape}</w:pict></w:r></w:p>")) == "Fair"


@pytest.mark.parametrize(("reference", "name"), [(CHART, "charts/chart1.xml"), (DIAGRAM, "diagrams/data1.xml")])
def test_a_broken_drawing_takes_nothing_of_the_text_around_it(reference: str, name: str) -> None:
    body = paragraph("before") + f"<w:p><w:r><w:drawing>{reference}</w:drawing></w:r></w:p>" + paragraph("after")
    file = io.BytesIO(package(body))
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr("word/_rels/document.xml.rels", RELATION.format(name))
        archive.writestr(f"word/{name}", "<broken")
    assert text_of(file.getvalue()) == "before\n\nafter"
