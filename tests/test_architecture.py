"""The rules of the house that source code can be searched for."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FILES = sorted(path for package in ("vectorstore", "assistant") for path in (ROOT / package).rglob("*.py"))
TREES = {path.relative_to(ROOT).as_posix(): ast.parse(path.read_text(encoding="utf-8")) for path in FILES}
# Each heavy library and where alone it may be imported
ADDRESSES = {
    "streamlit": ("assistant/ui/",),
    "chromadb": ("vectorstore/dense.py",),
    "sentence_transformers": ("vectorstore/embeddings.py", "vectorstore/training/"),
    "torch": ("vectorstore/hidden_states.py", "vectorstore/reranking.py", "vectorstore/training/"),
    "transformers": ("vectorstore/embeddings.py", "vectorstore/reranking.py", "vectorstore/training/"),
    "jieba": ("vectorstore/dictionary.py",),
    "bm25s": ("vectorstore/lexical.py",),
    "pypinyin": ("assistant/sounds.py",),
    "sklearn": ("assistant/training/",),
    "docx": ("assistant/formats.py",),
    "openpyxl": ("assistant/formats.py",),
    "lxml": ("vectorstore/html_texts.py", "vectorstore/docx_texts.py", "vectorstore/list_numbers.py"),
    "trafilatura": ("vectorstore/html_texts.py",),
    "pdfplumber": ("vectorstore/pdf_texts.py",),
    "pdfminer": ("vectorstore/pdf_texts.py",),
}
MAY_LOAD_AT_ONCE = ("assistant/ui/", "assistant/training/", "vectorstore/training/")


def imports(nodes: Iterator[ast.AST], package: str) -> Iterator[str]:
    """Yield the dotted names that import statements load; ``from a import b`` loads a and perhaps a.b."""
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            module = ".".join([*above, *([node.module] if node.module else [])])
            yield module
            yield from (f"{module}.{alias.name}" for alias in node.names)


def at_once(tree: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes that run when a module is imported: all but the bodies of functions and type-checking blocks."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        yield node
        yield from at_once(node)


def package_of(path: str) -> str:
    return path.rpartition("/")[0].replace("/", ".")


def module_of(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def calls_of(name: str) -> list[str]:
    """Return where something of this name is called: file and innermost function."""
    found = []

    def visit(node: ast.AST, path: str, function: str) -> None:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            function = node.name
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] == name:
            found.append(f"{path}:{function}")
        for child in ast.iter_child_nodes(node):
            visit(child, path, function)

    for path, tree in TREES.items():
        visit(tree, path, "module")
    return found


def test_the_source_is_found():
    assert {"vectorstore/store.py", "assistant/quotes.py"} <= set(TREES)


@pytest.mark.parametrize("path", [path for path in TREES if path.startswith("vectorstore/")])
def test_vectorstore_does_not_know_who_asks(path):
    loaded = imports(ast.walk(TREES[path]), package_of(path))
    assert not [name for name in loaded if name.split(".")[0] == "assistant"]


@pytest.mark.slow
@pytest.mark.parametrize("library", ADDRESSES)
def test_a_heavy_library_has_one_address(library):
    users = [
        p for p, tree in TREES.items() if library in {n.split(".")[0] for n in imports(ast.walk(tree), package_of(p))}
    ]
    assert not [path for path in users if not path.startswith(ADDRESSES[library])]


@pytest.mark.parametrize("path", [path for path in TREES if not path.startswith(MAY_LOAD_AT_ONCE)])
def test_no_heavy_library_is_loaded_with_a_module(path):
    loaded = {name.split(".")[0] for name in imports(at_once(TREES[path]), package_of(path))}
    assert not loaded & set(ADDRESSES)


def test_no_module_imports_itself_through_others():
    modules = {module_of(path): path for path in TREES}
    below = {
        module: sorted({n for n in imports(ast.walk(TREES[path]), package_of(path)) if n in modules and n != module})
        for module, path in modules.items()
    }
    done: set[str] = set()

    def walk(module: str, way: tuple[str, ...]) -> None:
        assert module not in way, " → ".join([*way, module])
        if module not in done:
            for name in below[module]:
                walk(name, (*way, module))
            done.add(module)

    for module in below:
        walk(module, ())


def test_only_make_quote_makes_a_quote():
    assert calls_of("Quote") == ["assistant/quotes.py:make_quote"]


@pytest.mark.parametrize("path", TREES)
def test_no_exception_is_caught_without_being_named(path):
    bare = [node.lineno for node in ast.walk(TREES[path]) if isinstance(node, ast.ExceptHandler) and node.type is None]
    assert not bare
