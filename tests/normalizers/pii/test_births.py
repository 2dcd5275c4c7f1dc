"""A date of birth is found in any language and layout, and no other date."""

import pytest

from normalizers.pii.recognizers import find
from normalizers.pii.shadow import fold


def births(text: str) -> list[str]:
    shadow = fold(text).text
    found = {(f.start, f.end) for f in find(shadow) if f.type == "DATE_OF_BIRTH"}
    return [shadow[start:end] for start, end in sorted(found)]


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("D.O.B 12 Mar 1984 | Sex F", "12 Mar 1984"),
        ("Sz\u00fcletett: 1977. \u00e1prilis 2.", "1977. \u00e1prilis 2"),
        ("* 14.03.1949 in L\u00fcbeck, \u2020 2.2.2020 in Kiel", "14.03.1949"),
        ("D.N.: 22-10-1948, sexe : F", "22-10-1948"),
        ("my bday is 22 april 1995 lol", "22 april 1995"),
        ("Q. What is your birthday? A. October 30, '71.", "October 30, '71"),
        ("DOB 12MAR1984", "12MAR1984"),
        ("dob: 19840312", "19840312"),
        ("birth date (dd/mm/yyyy): 12/03/1984", "12/03/1984"),
        ("(b. 12 March 1984, d. 3 May 2020)", "12 March 1984"),
        ("She was born in Leeds on 3 March 1961, and moved in 1980.", "3 March 1961"),
        ("Geburtsdatum: 03.12.1984", "03.12.1984"),
        ("geboren am 3. Dezember 1984 in Jena", "3. Dezember 1984"),
        ("Date de naissance : 12/03/1984", "12/03/1984"),
        ("né le 12 mars 1984", "12 mars 1984"),
        ("nacida el 12 de marzo de 1984", "12 de marzo de 1984"),
        ("nato a Torino il 12 marzo 1984", "12 marzo 1984"),
        ("data de nascimento: 12-03-1984", "12-03-1984"),
        ("geboortedatum 12-03-1984", "12-03-1984"),
        ("født 12/3 1984", "12/3 1984"),
        ("Дата рождения: 12.03.1984", "12.03.1984"),
        ("生年月日：1984年3月12日", "1984年3月12日"),
        ("Q. What is your date of birth?\nA. March 12, 1984.", "March 12, 1984"),
        ("14   Q   And when were you born?\n15   A   June 3rd, 1971.", "June 3rd, 1971"),
        # the date first
        ("12 March 1984 is my birthday.", "12 March 1984"),
        ("my son (12.3.1984, Geburtsdatum)", "12.3.1984"),
        ("03/12/1984 (DOB)", "03/12/1984"),
        ("from 33 to 52 incidents. 1984-03-12 is her date of birth", "1984-03-12"),
        ("Ida Berg, 12.03.1984 (geb.), Jena", "12.03.1984"),
        ("The form lists 06/02/1971 as the applicant's date of birth, filed on 4 May 2021.", "06/02/1971"),
        ("It shows 12 MAR 1984 under date of birth.", "12 MAR 1984"),
        ("On 4 July 1999 she was born in a small town.", "4 July 1999"),
        ("4 July 1999 was the day I was born.", "4 July 1999"),
        ("12 mars 1984 est ma date de naissance", "12 mars 1984"),
        ("Am 12. März 1984 wurde ich geboren.", "12. März 1984"),
        ("She was born on the twelfth of June, 1947, near Hull.", "twelfth of June, 1947"),
        ("Fecha nacimiento (dd/mm/aaaa): 09/10/2003", "09/10/2003"),
        ("born on the twenty-first of May 1950", "twenty-first of May 1950"),
        ("Nascimento: 12/03/1984", "12/03/1984"),
    ],
)
def test_a_date_of_birth_is_found(text: str, date: str) -> None:
    assert births(text) == [date]


@pytest.mark.parametrize(
    "text",
    [
        "|Name|Date of birth|Since|\n|---|---|---|\n| Åsa | 12/03/1984 | 01/02/2020 |\n|Bo|1984-04-12|03/02/2020|",
        "name,dob,since\nÅsa,12/03/1984,01/02/2020\nBo,1984-04-12,03/02/2020\n\nprinted,on,12/12/2020",
        "Name\tGeburtsdatum\nÅsa\t12/03/1984\nBo\t1984-04-12\n",
    ],
)
def test_a_column_is_found_by_its_head(text: str) -> None:
    assert births(text) == ["12/03/1984", "1984-04-12"]


@pytest.mark.parametrize(
    "text",
    [
        "He was born in a small town. On 12 March 1990 the firm began.",
        "The idea was born, and on 12 March 1990 the firm began.",
        "b. on 3 of 12 lines; the birthday party is at 8; a. 1, b. 2 and c. 3",
        "* 14.03.2024 met in Kiel\n* 15.03.2024 in Bonn",
        "Date: 12/03/2024. Born free in 1966. Founded 3 May 1990.",
        "I know Jane B. Lund, who came on 3 May 1990. DOB [DATE_OF_BIRTH], who came on 3 May 1990.",
        "The treaty was born of the talks of 12 March 1984. A design born from the crisis of 3 May 1990.",
        "Your birthday gift ships on 4 May 2021. As of 4 May 2021 the birthday is unknown.",
        "The meeting of 4 May 2021 (date of birth unknown) ended. On 4 May 2021, the bill born of compromise passed.",
    ],
)
def test_another_date_is_left(text: str) -> None:
    assert births(text) == []


@pytest.mark.parametrize(
    "unit", ["dob\n", "dob|1/1/1990\n", "born ", "date of birth 1 ", "b. \n", "12 ", "1/1/1990 is ", "1/1/1990, born "]
)
@pytest.mark.timeout(20)
def test_a_long_text_of_anything_takes_linear_time(unit: str) -> None:
    """Quadratic time would take minutes."""
    find(unit * (100_000 // len(unit)))


@pytest.mark.parametrize(
    ("before", "date"),
    [
        ("She was born on ", "12 March"),
        ("My birthday's on ", "March 3rd"),
        ("His birthday falls on ", "31 October"),
        ("date de naissance : ", "14 juillet"),
        ("Geburtstag: ", "3. Mai"),
    ],
)
def test_a_birthday_needs_no_year(before: str, date: str) -> None:
    assert births(f"{before}{date}, they say.") == [date]


def test_what_is_borne_has_no_birthday() -> None:
    assert not births("Costs are born by the tenant from 1 June 2020; the idea was born in a meeting on 3 May.")


def test_days_in_digits_are_found_in_their_column() -> None:
    assert births("id,birthdate,arm\n7,19620318,A\n8,19801104,B\n") == ["19620318", "19801104"]
