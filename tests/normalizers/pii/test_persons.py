"""Names that their writing tells."""

import pytest

from normalizers.pii import persons


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Before: HON. EDWARD M. HALE.", "EDWARD M. HALE"),
        ("The Honorable Colleen Tate-Kelly, District Judge", "Colleen Tate-Kelly"),
        ("Hon. Justice K. Mbeki-Dlamini attended", "K. Mbeki-Dlamini"),
        ("as Judge Okafor wrote", "Okafor"),
        ("Before HALE, ORTIZ, and WU, Circuit Judges.", "HALE, ORTIZ, and WU"),
        ("Officer T. E. Esposito and Det. Lund", "T. E. Esposito"),
        ("Officer T. E. Esposito and Det. Lund", "Lund"),
        ("I name Chidi B. McAllister as executor", "Chidi B. McAllister"),
        ("signed 'Pembroke, A.'", "Pembroke, A."),
        ("Lindqvist, Å. and Tate, J. R. wrote", "Tate, J. R."),
        ("Ó Súilleabháin, who", "Ó Súilleabháin"),
        ("Seán Ó hEochaidh signs", "Seán Ó hEochaidh"),
        ("in /Users/EilidhDrummond/Desktop", "EilidhDrummond"),
        (r"C:\Users\Tomasz Wrona\a.docx", "Tomasz Wrona"),
        (r"D:\Profiles\ewa.nowicka\Desktop", "ewa.nowicka"),
        ('File "/home/greta.moser/app/main.py"', "greta.moser"),
        ("rsync /export/home/svkoch/x .", "svkoch"),
        ("ls /home/petra_lang", "petra_lang"),
        ("in /Users/nferro/Documents", "nferro"),
        ("Die Richterin am Amtsgericht Dr. Focken entschied", "Focken"),
        ("Ms Ní Bhriain said", "Ní Bhriain"),
        ("ask O'Donnell-Hayes", "O'Donnell-Hayes"),
        ("Q. Please spell it. A. K-O-S-L-O-W.", "K-O-S-L-O-W"),
        ("THE WITNESS: Leland Birch, L-E-L-A-N-D.", "L-E-L-A-N-D"),
    ],
)
def test_a_name_in_a_form_of_its_own_is_found(text: str, name: str) -> None:
    assert name in [text[found.start : found.end] for found in persons.find(text)]


@pytest.mark.parametrize(
    "text",
    [
        "Washington, D.C.",
        "New York, E.D. Virginia",
        "Albany, N.Y.",
        "the Judge Advocate General",
        "the Justice Department",
        "at 5 O'Clock",
        "Vitamin D. Bones",
        "from A to B. Then",
        "Section C. Results",
        "/home/ubuntu/app, /home/runner/work, /Users/runner/work",
        r"C:\Users\Public\a.txt and C:\Users\%USERNAME%\a.txt",
        "GET /home/offers/1 and https://shop.example/home/offers/x",
        "/home/main.py",
    ],
)
def test_what_only_looks_like_one_is_not(text: str) -> None:
    assert not list(persons.find(text))
