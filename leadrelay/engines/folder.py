"""Where verdicts are written: parts with a mark each that tells what they are the verdicts on, and a list of them."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import asdict, dataclass
from uuid import uuid4

import orjson

from leadrelay import __version__
from leadrelay.engines.manifest import Manifest, Piece, place
from leadrelay.engines.pieces import Written, standing
from leadrelay.errors import ConfigError, Problem

LIST = "_leadrelay.json"
"""The file that lists what was written. Readers of Parquet folders pass over names that begin so."""

_PART = re.compile(r"part-\d{5,}\.parquet")
_UNFINISHED = re.compile(r"\.part-\d{5,}\.parquet\.[0-9a-f]{32}")


@dataclass(frozen=True)
class Result:
    """Verdicts in a folder. `parts` stand in the order of the leads. `skipped`: how many of them were there already."""

    folder: str
    parts: tuple[Written, ...]
    skipped: int

    @property
    def leads(self) -> int:
        """How many there are verdicts on."""
        return sum(part.leads for part in self.parts)

    @property
    def failed(self) -> int:
        """How many of them have an `error` in place of a verdict."""
        return sum(part.failed for part in self.parts)


@dataclass(frozen=True)
class Folder:
    """A folder for the verdicts of one batch on one manifest."""

    address: str
    manifest: Manifest
    fingerprint: str

    def parts(self) -> dict[int, Written]:
        """By number the parts that are there; raises `ConfigError` where one holds other verdicts."""
        wanted = {piece.part: piece for piece in self.manifest.pieces}
        found = [(name, wanted.get(name)) for name in self._names(_PART)]
        parts = [self._standing(name, piece) for name, piece in found]
        return {part.number: part for part in parts}

    def close(self, parts: dict[int, Written], skipped: int) -> Result:
        """Remove what killed workers left unfinished, and list what is there."""
        system, path = place(self.address)
        for name in self._names(_UNFINISHED):
            with suppress(OSError):  # its worker may still be there, and do that itself
                system.delete_file(f"{path}/{name}")
        result = Result(self.address, tuple(parts[number] for number in sorted(parts)), skipped)
        sources = [
            {"file": piece.file, "row_group": piece.row_group, **asdict(parts[piece.number])}
            for piece in self.manifest.pieces
        ]
        told = {"leadrelay": __version__, "leads": result.leads, "failed": result.failed, "parts": sources}
        self._write(orjson.dumps(told, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
        return result

    def _standing(self, name: str, piece: Piece | None) -> Written:
        found = piece and standing(self.address, piece, piece.mark(self.fingerprint))
        if not found:
            cure = "Name an empty folder, or go on with the same leads, playbook, mapping, moment and outputs."
            raise ConfigError([Problem(self.address, f"holds other verdicts, in {name}.", cure)])
        return found

    def _names(self, form: re.Pattern[str]) -> list[str]:
        from pyarrow import fs

        system, path = place(self.address)
        infos = system.get_file_info(fs.FileSelector(path, allow_not_found=True))
        return sorted(info.base_name for info in infos if form.fullmatch(info.base_name))

    def _write(self, told: bytes) -> None:
        system, path = place(self.address)
        system.create_dir(path, recursive=True)
        temporary = f"{path}/.{LIST}.{uuid4().hex}"
        with system.open_output_stream(temporary) as sink:
            sink.write(told)
        system.move(temporary, f"{path}/{LIST}")
