import gzip
import io
import random
import tarfile
import zipfile
from pathlib import Path

import pytest

from errors import UserError
from retrieval import upload

SECRET = "severance-of-jane-roe"  # a name that no message may have


def tar_of(path: Path, members: list[tuple[tarfile.TarInfo, bytes]], mode: str = "w:gz") -> Path:
    with tarfile.open(path, mode) as tar:  # type: ignore[call-overload]  # a mode that is not a literal
        for member, content in members:
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return path


def member(name: str, kind: bytes = tarfile.REGTYPE, linkname: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.mode = kind, linkname, 0o777
    return info


def zip_of(path: Path, members: list[tuple[str, bytes]]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return path


def unpacked(file: Path, folder: Path) -> dict[str, bytes]:
    folder.mkdir()
    upload.unpack(file, folder)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def refused(file: Path, folder: Path) -> UserError:
    """The error, which must not quote a name; nothing may lie beside the folder afterwards."""
    inside = folder / "out"
    inside.mkdir(parents=True)
    before = sorted(folder.parent.iterdir())
    with pytest.raises(UserError) as caught:
        upload.unpack(file, inside)
    assert SECRET not in str(caught.value)
    assert sorted(folder.parent.iterdir()) == before
    assert list(folder.iterdir()) == [inside]
    assert not any(path.is_symlink() for path in inside.rglob("*"))
    return caught.value


@pytest.mark.parametrize(("name", "mode"), [("a.tar", "w"), ("a.tar.gz", "w:gz"), ("misnamed.zip", "w:gz")])
def test_a_tar_is_unpacked_by_what_it_holds(tmp_path: Path, name: str, mode: str) -> None:
    content = random.Random(1).randbytes(100_001)
    members = [(member("docs", tarfile.DIRTYPE), b""), (member("docs/a.md"), content), (member("./" + "b" * 200), b"")]
    tar_of(tmp_path / name, members, mode)
    assert unpacked(tmp_path / name, tmp_path / "out") == {"docs/a.md": content, "b" * 200: b""}
    assert (tmp_path / "out/docs/a.md").stat().st_mode & 0o111 == 0  # a mode of the archive's is not taken over


def test_a_zip_is_unpacked_and_an_archive_inside_stays_one(tmp_path: Path) -> None:
    inner = zip_of(tmp_path / "inner.zip", [("c.md", b"c")]).read_bytes()
    file = zip_of(tmp_path / "a.zip", [("docs/", b""), ("docs/a.md", b"# A"), ("inner.zip", inner)])
    assert unpacked(file, tmp_path / "out") == {"docs/a.md": b"# A", "inner.zip": inner}


@pytest.mark.parametrize("name", [f"/{SECRET}", f"../{SECRET}", f"a/../../{SECRET}", f"..\\{SECRET}"])
def test_a_path_that_leads_out_is_refused(tmp_path: Path, name: str) -> None:
    for file in (tar_of(tmp_path / "a.tar", [(member(name), b"x")]), zip_of(tmp_path / "a.zip", [(name, b"x")])):
        error = refused(file, tmp_path / file.suffix)
        assert str(error) == "E4004 the path of member 1 of knowledge leads out of it"


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE])
def test_links_and_devices_in_a_tar_are_refused(tmp_path: Path, kind: bytes) -> None:
    file = tar_of(tmp_path / "a.tar.gz", [(member("ok.md"), b"x"), (member(SECRET, kind, "/etc/passwd"), b"")])
    assert str(refused(file, tmp_path / "at")).startswith("E4004 member 2 of knowledge is a link")


def test_a_link_in_a_zip_is_refused(tmp_path: Path) -> None:
    link = zipfile.ZipInfo(SECRET)
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(link, "/etc/passwd")
    assert refused(tmp_path / "a.zip", tmp_path / "at").code == "E4004"


def test_holes_are_refused(tmp_path: Path) -> None:
    file = tar_of(tmp_path / "a.tar", [(member(SECRET, tarfile.GNUTYPE_SPARSE), b"")])
    assert refused(file, tmp_path / "at").code == "E4004"


def test_the_same_path_twice_is_refused(tmp_path: Path) -> None:
    for members in ([SECRET, SECRET], [SECRET, f"{SECRET}/a"], [f"{SECRET}/a", SECRET]):
        file = tar_of(tmp_path / "a.tar", [(member(name), b"x") for name in members])
        error = refused(file, tmp_path / str(len(list(tmp_path.iterdir()))))
        assert str(error) == "E4004 member 2 of knowledge stands where another one does"


def test_an_archive_that_unpacks_to_too_much_is_stopped_on_the_way(tmp_path: Path) -> None:
    zeros = bytes(upload.ANY_RATIO + 1)
    for file in (tar_of(tmp_path / "a.tar.gz", [(member("a"), zeros)]), zip_of(tmp_path / "a.zip", [("a", zeros)])):
        error = refused(file, tmp_path / file.suffix)
        assert str(error) == "E4004 knowledge unpacks to over 10,000,000 bytes, which is the limit"
        written = sum(path.stat().st_size for path in (tmp_path / file.suffix / "out").iterdir())
        assert written <= upload.ANY_RATIO


def test_a_zip_that_lies_about_a_size_is_stopped_all_the_same(tmp_path: Path) -> None:
    file = zip_of(tmp_path / "a.zip", [("a", bytes(upload.ANY_RATIO * 2))])
    claimed = (upload.ANY_RATIO * 2).to_bytes(4, "little")
    file.write_bytes(file.read_bytes().replace(claimed, (100).to_bytes(4, "little")))
    error = refused(file, tmp_path / "at")
    assert error.code == "E4002"  # zipfile gives 100 bytes, whose checksum is another
    assert (tmp_path / "at/out/a").stat().st_size <= 100


def test_what_is_behind_a_tars_end_counts_as_well(tmp_path: Path) -> None:
    plain = tar_of(tmp_path / "a.tar", [(member("a"), b"x")], "w").read_bytes()
    (tmp_path / "a.tar.gz").write_bytes(gzip.compress(plain + bytes(upload.ANY_RATIO)))
    assert refused(tmp_path / "a.tar.gz", tmp_path / "at").code == "E4004"


def test_too_many_members_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload, "MAX_MEMBERS", 3)
    for number, code in ((3, None), (4, "E4004 knowledge has over 3 members, which is the limit")):
        names = [f"{index}.md" for index in range(number)]
        tar = tar_of(tmp_path / f"{number}.tar", [(member(name), b"x") for name in names])
        archive = zip_of(tmp_path / f"{number}.zip", [(name, b"x") for name in names])
        for file in (tar, archive):
            if code is None:
                assert len(unpacked(file, tmp_path / f"out{file.suffix}")) == number
            else:
                assert str(refused(file, tmp_path / file.name.replace(".", "-"))) == code


def test_a_directory_of_endless_entries_is_refused_before_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = zip_of(tmp_path / "a.zip", [(str(index), b"") for index in range(20)])
    monkeypatch.setattr(upload, "_MAX_DIRECTORY", 19)
    assert "has 20 members" in str(refused(file, tmp_path / "at"))


def test_a_header_that_is_megabytes_long_is_not_read_into_memory(tmp_path: Path) -> None:
    info = member("a")
    info.pax_headers = {"comment": "x" * 1_000_000}
    file = tar_of(tmp_path / "a.tar.gz", [(info, b"x")])
    assert refused(file, tmp_path / "at").code == "E4002"


def test_headers_that_announce_headers_end(tmp_path: Path) -> None:
    header = member("a", tarfile.XHDTYPE).tobuf()
    (tmp_path / "a.tar.gz").write_bytes(gzip.compress(header * 5_000))
    assert refused(tmp_path / "a.tar.gz", tmp_path / "at").code == "E4002"


def test_a_negative_size_does_not_run_in_circles(tmp_path: Path) -> None:
    block = bytearray(member("a").tobuf())
    block[124:136] = b"\xff" * 10 + b"\xfc\x00"  # -1024
    block[148:156] = b"        "
    block[148:156] = f"{sum(block):06o}\0 ".encode()
    (tmp_path / "a.tar").write_bytes(bytes(block) * 4)
    assert refused(tmp_path / "a.tar", tmp_path / "at").code in ("E4002", "E4004")


def test_an_archive_larger_than_the_limit_is_not_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = zip_of(tmp_path / "a.zip", [("a.md", b"x")])
    monkeypatch.setattr(upload, "MAX_KNOWLEDGE_BYTES", file.stat().st_size - 1)
    for act in (lambda: upload.unpack(file, tmp_path), lambda: upload.digest(file)):
        with pytest.raises(UserError, match=rf"E4004 knowledge is {file.stat().st_size} bytes"):
            act()


def test_what_is_no_archive_or_breaks_off_is_refused(tmp_path: Path) -> None:
    content = random.Random(2).randbytes(50_000)
    whole = [
        tar_of(tmp_path / "a.tar", [(member(SECRET), content)], "w").read_bytes()[:40_000],
        tar_of(tmp_path / "a.tar.gz", [(member(SECRET), content)]).read_bytes()[:-9],
        zip_of(tmp_path / "a.zip", [(SECRET, content)]).read_bytes()[:-30],
        b"",
        b"# A handbook\n" * 100,
        b"PK",
        b"\x1f\x8b\x08",
    ]
    for number, data in enumerate(whole):
        file = tmp_path / f"{number}.bin"
        file.write_bytes(data)
        assert refused(file, tmp_path / f"at{number}").code == "E4002"
    assert str(refused(tmp_path / "missing", tmp_path / "at")).startswith("E4002")


def test_a_damaged_archive_is_an_error_of_the_callers_or_unpacks(tmp_path: Path) -> None:
    source = random.Random(3)
    members = [(member(f"d/{index}.md"), source.randbytes(700)) for index in range(5)]
    archives = [
        tar_of(tmp_path / "a.tar", members, "w").read_bytes(),
        tar_of(tmp_path / "a.tar.gz", members).read_bytes(),
        zip_of(tmp_path / "a.zip", [(info.name, content) for info, content in members]).read_bytes(),
    ]
    file = tmp_path / "damaged"
    for number in range(300):
        data = bytearray(archives[number % 3])
        for _ in range(source.randint(1, 8)):
            data[source.randrange(len(data))] = source.randrange(256)
        file.write_bytes(data)
        folder = tmp_path / str(number)
        folder.mkdir()
        try:
            upload.unpack(file, folder)
        except UserError as error:
            assert error.code in ("E4002", "E4004")


@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_an_archive_that_takes_too_long_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    monkeypatch.setattr(upload, "MAX_SECONDS", 0.0)
    packed = (
        zip_of(tmp_path / "a", [(SECRET, b"x")]) if kind == "zip" else tar_of(tmp_path / "a", [(member(SECRET), b"x")])
    )
    assert str(refused(packed, tmp_path / "folder")) == ("E4004 knowledge takes over 0 s to unpack, which is the limit")
