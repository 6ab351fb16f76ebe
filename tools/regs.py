# SPDX-License-Identifier: BSD-2-Clause
"""Generate everything that comes from the register description `hdl/csr/tls_rx_csr.rdl`.

RTL by PeakRDL-etana; Python constants, C header and documentation page from the same elaborated
tree. The results are checked in; ``--check`` fails if one of them is not what would be generated.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from systemrdl.compiler import RDLCompiler
from systemrdl.node import AddrmapNode, RegNode

ROOT = Path(__file__).resolve().parent.parent
RDL = ROOT / "hdl" / "csr" / "tls_rx_csr.rdl"
ADDR_WIDTH = 12

RTL = ROOT / "hdl" / "csr" / "tls_rx_csr.sv"
HEADER = ROOT / "hdl" / "csr" / "tls_rx_csr.h"
PYTHON = ROOT / "sw_model" / "driver" / "csr.py"
PAGE = ROOT / "docs" / "registers.md"

NOTE = "Generated from hdl/csr/tls_rx_csr.rdl by tools/regs.py; do not edit."
SPDX = "SPDX-License-Identifier: BSD-2-Clause"

# What the generator's text needs to compile silently beside the other modules: (old, new, why).
ADAPTATIONS = (
    ("`timescale 1ns / 1ps\n", "`default_nettype none\n", "no other module has a time scale"),
    (
        "        s_axil_rdata = axil_resp_buffer_rdata[axil_resp_rptr[0:0]];\n",
        "",
        "Icarus warns of a whole array in a sensitivity list",
    ),
    (
        "\nendmodule\n",
        "\n    assign s_axil_rdata = axil_resp_buffer_rdata[axil_resp_rptr[0:0]];\nendmodule\n\n"
        "`default_nettype wire\n",
        "the same read, outside of the process",
    ),
)


@dataclass(frozen=True, slots=True)
class Field:
    """One field: where it is, what it starts as, what it says."""

    name: str
    title: str
    text: str
    lsb: int
    width: int
    reset: int | None
    access: str

    @property
    def mask(self) -> int:
        return ((1 << self.width) - 1) << self.lsb


@dataclass(frozen=True, slots=True)
class Register:
    """One register with its fields, lowest bit first."""

    name: str
    title: str
    text: str
    address: int
    fields: tuple[Field, ...]

    @property
    def is_counter(self) -> bool:
        return self.name.startswith("rx_")


def elaborate() -> AddrmapNode:
    """The register description as PeakRDL's own compiler understands it."""
    compiler = RDLCompiler()
    compiler.compile_file(str(RDL))
    return compiler.elaborate().top


def registers(top: AddrmapNode) -> list[Register]:
    """All registers in the order of their addresses."""
    found = [_register(node) for node in top.registers()]
    return sorted(found, key=lambda register: register.address)


def _register(node: RegNode) -> Register:
    fields = []
    for field in node.fields():
        access, on_write = field.get_property("sw").name, field.get_property("onwrite")
        reset = field.get_property("reset")
        if on_write is not None:
            access = f"r, {on_write.name}"
        fields.append(
            Field(
                field.inst_name,
                field.get_property("name"),
                field.get_property("desc") or "",
                field.low,
                field.width,
                reset if isinstance(reset, int) else None,
                access,
            )
        )
    text = node.get_property("desc") or ""
    return Register(
        node.inst_name, node.get_property("name"), text, node.absolute_address, tuple(fields)
    )


# ---- The four outputs ----------------------------------------------------------------------------


def rtl() -> str:
    """PeakRDL-etana's module, adapted to our two compilers."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "peakrdl", "etana", str(RDL), "-o", folder]
        command += ["--cpuif", "axi4-lite-flat", "--addr-width", str(ADDR_WIDTH)]
        command += ["--type-style", "hier", "--flatten-nested-blocks", "--default-reset", "rst"]
        subprocess.run(command, check=True, capture_output=True)
        text = (Path(folder) / RTL.name).read_text()
    if not text.endswith("\n"):
        text += "\n"
    for old, new, why in ADAPTATIONS:
        if text.count(old) != 1:
            raise RuntimeError(f"the generator's text has changed; adapt anew: {why}")
        text = text.replace(old, new)
    return f"// {SPDX}\n//\n// {NOTE}\n//\n{text}"


def python(found: list[Register]) -> str:
    """Constants: an address for each register, LSB and MASK for each field, the counters' names."""
    lines = [
        f"# {SPDX}",
        f'"""Registers of the engine. {NOTE}"""',
        "",
        "from __future__ import annotations",
    ]
    for register in found:
        name = register.name.upper()
        lines += ["", f"{name} = 0x{register.address:03X}  # {register.title}"]
        for field in register.fields:
            prefix = f"{name}_{field.name.upper()}"
            lines.append(f"{prefix}_LSB = {field.lsb}")
            lines.append(f"{prefix}_MASK = 0x{field.mask:08X}")
            if field.reset is not None and not register.is_counter:
                lines.append(f"{prefix}_RESET = 0x{field.reset:X}")
    lines += ["", "# Linux's names where Linux has the counter.", "COUNTERS: dict[str, int] = {"]
    lines += [f'    "{r.name}": {r.name.upper()},' for r in found if r.is_counter]
    return "\n".join([*lines, "}", ""])


def header(found: list[Register]) -> str:
    """The same constants for C."""
    lines = [f"/* {SPDX} */", f"/* {NOTE} */", "#ifndef TLS_RX_CSR_H", "#define TLS_RX_CSR_H"]
    for register in found:
        name = f"TLS_RX_{register.name.upper()}"
        lines += ["", f"/* {register.title} */", f"#define {name:<48} 0x{register.address:03x}u"]
        for field in register.fields:
            prefix = f"{name}_{field.name.upper()}"
            lines.append(f"#define {prefix + '_SHIFT':<48} {field.lsb}")
            lines.append(f"#define {prefix + '_MASK':<48} 0x{field.mask:08x}u")
    return "\n".join([*lines, "", "#endif /* TLS_RX_CSR_H */", ""])


def page(top: AddrmapNode, found: list[Register]) -> str:
    """The documentation page."""
    lines = [f"<!-- {SPDX} -->", f"<!-- {NOTE} -->", "", "# Registers", ""]
    lines += [
        str(top.get_property("desc")),
        "",
        "| address | register | what it is |",
        "| --- | --- | --- |",
    ]
    lines += [f"| `0x{r.address:03x}` | `{r.name}` | {r.title} |" for r in found]
    for register in found:
        lines += ["", f"## `{register.name}` (0x{register.address:03x})", "", f"{register.title}."]
        if register.text:
            lines += ["", register.text]
        lines += ["", "| bits | field | access | reset | |", "| --- | --- | --- | --- | --- |"]
        lines += [_row(field) for field in register.fields]
    return "\n".join([*lines, ""])


def _row(field: Field) -> str:
    high = field.lsb + field.width - 1
    bits = str(field.lsb) if high == field.lsb else f"{high}:{field.lsb}"
    reset = "" if field.reset is None else f"0x{field.reset:x}"
    return f"| {bits} | `{field.name}` | {field.access} | {reset} | {field.text} |"


# ---- Write or compare ----------------------------------------------------------------------------


def outputs() -> dict[Path, str]:
    """Every generated file with the text it must have."""
    top = elaborate()
    found = registers(top)
    return {RTL: rtl(), HEADER: header(found), PYTHON: python(found), PAGE: page(top, found)}


def stale_files() -> Iterator[Path]:
    """Generated files that are absent or differ from what would be generated, from the root."""
    for path, text in outputs().items():
        if not path.exists() or path.read_text() != text:
            yield path.relative_to(ROOT)


def run_regs(check: bool) -> int:
    """Generate, or with ``check`` only compare. Gives the exit status."""
    if check:
        stale = list(stale_files())
        for path in stale:
            print(f"{path}: not up to date; run tools/regs.py", file=sys.stderr)
        return 1 if stale else 0
    for path, text in outputs().items():
        path.write_text(text)
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--check", action="store_true", help="compare only; 1 if a file differs")
    return run_regs(parser.parse_args().check)


if __name__ == "__main__":
    sys.exit(main())
