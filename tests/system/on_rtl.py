# SPDX-License-Identifier: BSD-2-Clause
"""The cases of ``cases.py`` in one simulation, one after another on one design."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyuvm
from cocotb.task import bridge

from sw_model.loop import EventLoop
from tb.base_test import BaseTest
from tb.port import QueuePort
from tests import nic_under_test
from tests.system.cases import Case, cases
from tests.system.rtl_backend import RtlBackend

RESULTS = "cases.json"


@pyuvm.test()
class OnRtlTest(BaseTest):
    """Writes the text of each case's failure, or none, to cases.json. A case that finds the design
    and the golden model apart ends the run: nothing behind it could be believed."""

    def scenario(self) -> Any:
        loop = EventLoop()
        return SimpleNamespace(loop=loop, port=QueuePort(loop))

    async def run_phase(self) -> None:
        self.raise_objection()
        await self.bring_up()
        backend = RtlBackend(self)
        nic_under_test.current = backend
        results: dict[str, str] = {}
        failed = None
        for name, case in cases().items():
            failed = await bridge(_run)(case)
            results[name] = "" if failed is None else f"{type(failed).__name__}: {failed}"
            if failed is not None and not self.env.idle():
                break
        Path(RESULTS).write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
        self.drop_objection()


def _run(case: Case) -> Exception | None:
    try:
        case.test(**case.arguments)
    except Exception as error:  # whatever a test raises is its result
        return error
    return None
