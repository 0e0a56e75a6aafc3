"""The source has no way to unpickle or execute anything in a session."""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[3]
MODULES = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"}
CALLS = {"eval", "exec", "compile", "__import__"}
LOADERS = {("torch", "load"), ("np", "load"), ("numpy", "load")}


def _suspicious(tree: ast.AST) -> list[str]:
    uses = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            uses += [a.name for a in node.names if a.name.split(".")[0] in MODULES]
        elif isinstance(node, ast.ImportFrom):
            uses += [str(node.module)] if str(node.module).split(".")[0] in MODULES else []
        elif isinstance(node, ast.Call):
            uses += _suspicious_call(node)
    return uses


def _suspicious_call(node: ast.Call) -> list[str]:
    function = node.func
    if isinstance(function, ast.Name):
        return [function.id] if function.id in CALLS else []
    if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name):
        allow = [k for k in node.keywords if k.arg == "allow_pickle"]
        forbidden = any(isinstance(k.value, ast.Constant) and not k.value.value for k in allow)
        # PyTorch's own reader of tensors alone, which executes nothing.
        tensors = [k for k in node.keywords if k.arg == "weights_only"]
        forbidden |= any(
            isinstance(k.value, ast.Constant) and k.value.value is True for k in tensors
        )
        if (function.value.id, function.attr) in LOADERS and not forbidden:
            return [f"{function.value.id}.{function.attr}"]
    return []


def test_no_way_to_unpickle_or_execute_stands_in_the_source() -> None:
    sources = [path for room in ("engine", "edgechaos_tui") for path in (ROOT / room).rglob("*.py")]
    assert len(sources) > 50
    uses = {
        str(path.relative_to(ROOT)): names
        for path in sources
        if (names := _suspicious(ast.parse(path.read_text())))
    }
    assert not uses


def test_it_would_be_found() -> None:
    for line in (
        "import pickle",
        "from pickle import loads",
        "import torch; torch.load(path)",
        "np.load(path)",
        "np.load(path, allow_pickle=True)",
        "eval(text)",
        "exec(text)",
    ):
        assert _suspicious(ast.parse(line)), line
    assert not _suspicious(ast.parse("np.load(path, allow_pickle=False); re.compile(a)"))
