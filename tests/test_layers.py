"""The import order: a module imports only from the lines above its own."""

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

SRC = Path(__file__).parents[1] / "src" / "yilao"

# From the bottom up.  Modules of one line do not know each other.
ORDER: tuple[tuple[str, ...], ...] = (
    ("variables",),
    ("errors",),
    ("schema",),
    ("engine",),
    ("facts",),
    ("monotone",),
    ("mortality", "fertility", "migration"),
    ("population",),
    ("scenario",),
    ("projection",),
    ("uncertainty", "calibrate"),
    ("demand", "supply"),
    ("plan",),
    ("place",),
    ("gap",),
    ("backtest", "reproduce", "examine"),
    ("plot", "report", "excel"),
    ("cli",),
    ("__main__",),
)
LINE = {name: number for number, names in enumerate(ORDER) for name in names}

# The kernels work on plain arrays.
ENGINE_MAY_IMPORT = {"numpy", "numba", "llvmlite", *sys.stdlib_module_names}

# Slow to load or optional: imported inside the functions that use them.
LAZY = {
    "dask",
    "distributed",
    "llvmlite",
    "matplotlib",
    "numba",
    "openpyxl",
    "scipy",
    "statsmodels",
    "tqdm",
}
# What needs numba: loaded only when the compiled kernel is first used.
COMPILED = tuple(
    f"yilao.engine.{name}"
    for name in (
        "compiled",
        "compiled_adjoint",
        "intrinsics",
        "launch",
        "life_tables",
        "loops",
        "weighted",
    )
)


@dataclass(frozen=True)
class Import:
    """One imported name: `from a.b import c` is `a.b.c`."""

    target: str
    lineno: int
    on_load: bool  # runs when the module is loaded: not in a function
    typing_only: bool  # under `if TYPE_CHECKING:`

    @property
    def head(self) -> str:
        return self.target.partition(".")[0]

    def reaches(self, module: str) -> bool:
        return f"{self.target}.".startswith(f"{module}.")


class ImportReader(ast.NodeVisitor):
    """Collects every import of one module, wherever it stands."""

    def __init__(self, package: str) -> None:
        self.package = package
        self.found: list[Import] = []
        self.in_function = False
        self.in_typing = False

    def add(self, target: str, node: ast.stmt) -> None:
        on_load = not self.in_function and not self.in_typing
        self.found.append(Import(target, node.lineno, on_load, self.in_typing))

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            self.add(alias.name, node)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        base = node.module or ""
        if node.level:
            parents = self.package.split(".")
            base = ".".join([*parents[: len(parents) - node.level + 1], *filter(None, [base])])
        for alias in node.names:
            self.add(f"{base}.{alias.name}", node)

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        before, self.in_function = self.in_function, True
        self.generic_visit(node)
        self.in_function = before

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_If(self, node: ast.If) -> None:
        before = self.in_typing
        self.in_typing = before or ast.unparse(node.test) in {
            "TYPE_CHECKING",
            "typing.TYPE_CHECKING",
        }
        for statement in node.body:
            self.visit(statement)
        self.in_typing = before
        for statement in node.orelse:
            self.visit(statement)


def read_modules(src: Path) -> Iterator[tuple[str, list[Import]]]:
    """Give the dotted name and the imports of every module of the package in `src`."""
    for path in sorted(src.rglob("*.py")):
        parts = ["yilao", *path.relative_to(src).with_suffix("").parts]
        package = ".".join(parts[:-1])
        module = package if parts[-1] == "__init__" else ".".join(parts)
        reader = ImportReader(package)
        reader.visit(ast.parse(path.read_text(encoding="utf-8")))
        yield module, reader.found


def order_fault(top: str, found: Import) -> str | None:
    """Say what is wrong with an import of yilao in the top-level module `top`, if anything."""
    part = found.target.split(".")[1:2]
    name = part[0] if part else ""
    if top == name or (name.startswith("__") and name.endswith("__")):
        return None
    if name not in LINE:
        return f"imports {found.target}: import from the module that defines it"
    if top == "engine":
        return f"imports {found.target}: engine knows plain arrays only"
    if LINE[name] == LINE[top]:
        return f"imports {found.target}: {name} and {top} stand on the same line"
    if LINE[name] > LINE[top]:
        return f"imports {found.target}: {name} stands after {top}"
    return None


def lazy_fault(module: str, top: str, found: Import) -> str | None:
    """Say what is wrong with an import of something slow to load, if anything."""
    if found.on_load and module not in COMPILED and any(map(found.reaches, COMPILED)):
        return f"imports {found.target} when it is loaded: import it inside a function"
    if found.head not in LAZY or found.typing_only:
        return None
    if found.head == "matplotlib" and top != "plot":
        return "imports matplotlib: drawing belongs in plot"
    if found.on_load and not (found.head in ("numba", "llvmlite") and module in COMPILED):
        return f"imports {found.target} when it is loaded: import it inside a function"
    return None


def faults(src: Path) -> list[str]:
    """List every break of the rules in the package in `src`."""
    result = []
    for module, imports in read_modules(src):
        top = module.partition(".")[2].partition(".")[0]  # empty for yilao/__init__.py
        if top and top not in LINE:
            result.append(f"{module}: {top} has no place in the order: add it to ORDER")
            continue
        for found in imports:
            messages = [lazy_fault(module, top, found)]
            if top and found.head == "yilao":
                messages.append(order_fault(top, found))
            if top == "engine" and found.head not in ENGINE_MAY_IMPORT | {"yilao"}:
                messages.append(f"imports {found.target}: engine needs only numpy and numba")
            result += [f"{module}, line {found.lineno}: {text}" for text in messages if text]
    return result


def test_yilao_keeps_the_order() -> None:
    assert "yilao.schema" in dict(read_modules(SRC))
    assert not faults(SRC), "\n" + "\n".join(faults(SRC))


def write(src: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = src / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return src


def test_what_is_allowed_passes(tmp_path: Path) -> None:
    files = {
        "__init__.py": "from yilao.cli import main\nfrom .gap import shortfall\n",
        "schema.py": "import numpy as np\nimport xarray as xr\n",
        "engine/__init__.py": "from .plain import step\ndef fast():\n    from . import compiled\n",
        "engine/plain.py": "from __future__ import annotations\nimport math\nimport numpy as np\n",
        "engine/compiled.py": "import numba\nfrom yilao.engine.plain import step\n",
        "projection.py": "from . import schema\ndef run():\n    import dask.array\n",
        "demand/__init__.py": "from .care import beds\n",
        "demand/care.py": "from ..schema import check\nfrom . import childcare\n",
        "demand/childcare.py": "import yilao.schema\n",
        "place.py": "from yilao.plan import load_plan\n",
        "gap.py": (
            "from typing import TYPE_CHECKING\n"
            "if TYPE_CHECKING:\n    from matplotlib.axes import Axes\n"
        ),
        "plot.py": "def draw():\n    import matplotlib.pyplot as plt\n",
        "cli.py": "from yilao import __version__\nfrom yilao import gap, plot\n",
    }
    assert faults(write(tmp_path, files)) == []


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        # the order, in every way an import can be written
        ("schema.py", "from yilao.gap import x", "gap stands after schema"),
        ("schema.py", "from yilao import gap", "gap stands after schema"),
        ("schema.py", "import yilao.gap as g", "gap stands after schema"),
        ("schema.py", "from .gap import x", "gap stands after schema"),
        ("scenario.py", "from . import facts, gap", "gap stands after scenario"),
        ("demand/care.py", "from ..gap import x", "gap stands after demand"),
        ("demand/__init__.py", "from .. import gap", "gap stands after demand"),
        ("plan.py", "from yilao.place import load_place", "place stands after plan"),
        ("schema.py", "def f():\n    from yilao import gap", "gap stands after schema"),
        ("schema.py", "async def f():\n    import yilao.gap", "gap stands after schema"),
        ("schema.py", "class A:\n    def f(self):\n        import yilao.gap", "stands after"),
        ("schema.py", "if TYPE_CHECKING:\n    from yilao.gap import x", "gap stands after schema"),
        ("schema.py", "try:\n    import yilao.gap\nexcept ImportError: ...", "stands after"),
        ("mortality.py", "from yilao.fertility import x", "stand on the same line"),
        ("demand/care.py", "from yilao.supply import x", "stand on the same line"),
        ("engine/plain.py", "from yilao.schema import x", "engine knows plain arrays only"),
        ("engine/plain.py", "import xarray as xr", "engine needs only numpy and numba"),
        ("gap.py", "import yilao", "import from the module that defines it"),
        ("gap.py", "from yilao import load_place", "import from the module that defines it"),
        ("gap.py", "from yilao import *", "import from the module that defines it"),
        ("utils.py", "", "utils has no place in the order"),
        ("helpers/__init__.py", "", "helpers has no place in the order"),
        # what is slow to load
        ("__init__.py", "import dask", "import it inside a function"),
        ("__init__.py", "from .engine import compiled", "import it inside a function"),
        ("calibrate.py", "from statsmodels.api import OLS", "import it inside a function"),
        ("projection.py", "try:\n    import dask\nexcept ImportError: ...", "inside a function"),
        ("projection.py", "import yilao.engine.compiled", "import it inside a function"),
        ("engine/__init__.py", "from .compiled import run", "import it inside a function"),
        ("engine/plain.py", "import numba", "import it inside a function"),
        ("plot.py", "import matplotlib.pyplot as plt", "import it inside a function"),
        ("gap.py", "def f():\n    import matplotlib", "drawing belongs in plot"),
        ("gap.py", "if TYPE_CHECKING: ...\nelse:\n    import numba", "import it inside a function"),
    ],
)
def test_what_is_not_allowed_is_caught(tmp_path: Path, name: str, text: str, message: str) -> None:
    (fault,) = faults(write(tmp_path, {name: text}))
    assert message in fault
