"""What `predict.py` says of itself, read without running it, as `cog build` reads it.

Knows: the part of Cog's notation in which nothing is lost. Cog's own reader drops what it cannot read (a
description joined from two strings, a limit that is an expression, a default from another file) or fails in the
image build; here each of those is a `NotationError` with the input and the line. Knows nothing about OpenAPI.
"""

import ast
import io
import re
import tokenize
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PRIMITIVES = ("bool", "float", "int", "str", "Path")
ITERATORS = ("Iterator", "AsyncIterator", "ConcatenateIterator", "AsyncConcatenateIterator")
METHODS = ("run", "predict")  # Cog prefers the first
FROM_CONSTANTS = ("default", "description", "choices")  # keywords that may name a constant of the same file
KEYWORDS = (*FROM_CONSTANTS, "ge", "le", "min_length", "max_length", "regex", "deprecated", "accept")
PLAIN_NUMBER = re.compile(r"-?\d+(\.\d+)?")
LARGEST_INTEGER = 2**53  # limits are doubles in Cog's reader


class NotationError(ValueError):
    """`predict.py` is written in a way that `cog build` would misread; the message names the place."""


@dataclass(frozen=True)
class InputField:
    """One parameter of predict()."""

    name: str
    line: int
    primitive: str  # one of PRIMITIVES
    is_list: bool
    is_optional: bool
    keywords: dict[str, Any]  # what Input() was given; "default" is there when there is one


@dataclass(frozen=True)
class Signature:
    """The inputs in their order, the output, and what the decorators say."""

    inputs: tuple[InputField, ...]
    output: tuple[str, str]  # one of ITERATORS, or "" for a single value; one of PRIMITIVES
    is_streaming: bool
    max_concurrency: int


def read(predict_py: Path, class_name: str = "Predictor") -> Signature:
    """Read the signature of `class_name`'s run() or predict(). Raises NotationError, SyntaxError, OSError."""
    return _Reader(predict_py.read_text(encoding="utf-8"), predict_py.name).signature(class_name)


class _Reader:
    """The source of one file and its constants; every method reads one piece of notation."""

    def __init__(self, source: str, filename: str) -> None:
        self.source = source
        self.filename = filename
        self.module = ast.parse(source, filename)
        self.constants: dict[str, Any] = {}
        for statement in self.module.body:
            match statement:
                case ast.Assign(targets=[ast.Name(id=name)], value=value) if self.is_readable(value):
                    self.constants[name] = self.literal(value)

    def error(self, node: ast.AST, what: str) -> NotationError:
        return NotationError(f"{self.filename}:{getattr(node, 'lineno', 0)}: {what}")

    def signature(self, class_name: str) -> Signature:
        function = self.function(class_name)
        arguments = function.args
        if arguments.posonlyargs or arguments.vararg or arguments.kwonlyargs or arguments.kwarg:
            raise self.error(function, f"{function.name}() may have plain parameters only: no *, / or **")
        parameters = arguments.args[1:]
        defaults = [None] * (len(parameters) - len(arguments.defaults)) + list(arguments.defaults)
        inputs = tuple(self.input_field(*pair) for pair in zip(parameters, defaults, strict=True))
        output = self.output(function)
        is_streaming, max_concurrency = self.decorators(function)
        if is_streaming and not output[0]:
            raise self.error(function, "@cog.streaming needs an iterator as the return type")
        if max_concurrency > 1 and not isinstance(function, ast.AsyncFunctionDef):
            raise self.error(function, f"@cog.concurrent(max={max_concurrency}) needs an async {function.name}()")
        return Signature(inputs, output, is_streaming, max_concurrency)

    def function(self, class_name: str) -> ast.FunctionDef | ast.AsyncFunctionDef:
        for node in self.module.body:
            if isinstance(node, ast.ClassDef) and node.name == class_name:
                methods = {m.name: m for m in node.body if isinstance(m, ast.FunctionDef | ast.AsyncFunctionDef)}
                for name in METHODS:
                    if name in methods:
                        return methods[name]
                raise self.error(node, f"class {class_name} itself defines neither run() nor predict()")
        raise NotationError(f"{self.filename}: there is no class {class_name}")

    def input_field(self, parameter: ast.arg, default: ast.expr | None) -> InputField:
        about = f"input '{parameter.arg}'"
        primitive, is_list, is_optional = self.input_type(parameter, about)
        match default:
            case None:
                keywords = {}
            case ast.Call(func=ast.Name(id="Input")):
                keywords = self.input_call(default, about)
            case _:
                keywords = {"default": self.value(default, f"{about}: default")}
        if not is_optional and keywords.get("default", ...) is None:
            raise self.error(
                parameter, f"{about}: a default of None needs Optional; Cog drops it and requires the input"
            )
        if "choices" in keywords and (not keywords["choices"] or is_list or primitive not in ("str", "int", "float")):
            raise self.error(
                parameter, f"{about}: choices must not be empty, and only str, int and float can have them"
            )
        if "accept" in keywords and primitive != "Path":
            raise self.error(parameter, f"{about}: only a Path can have accept")
        return InputField(parameter.arg, parameter.lineno, primitive, is_list, is_optional, keywords)

    def input_type(self, parameter: ast.arg, about: str) -> tuple[str, bool, bool]:
        node, is_list, is_optional = parameter.annotation, False, False
        match node:
            case ast.Subscript(value=ast.Name(id="Optional"), slice=inner):
                node, is_optional = inner, True
            case ast.BinOp(left=inner, op=ast.BitOr(), right=ast.Constant(value=None)):
                node, is_optional = inner, True
        match node:
            case ast.Subscript(value=ast.Name(id="list" | "List"), slice=inner):
                node, is_list = inner, True
        match node:
            case ast.Name(id=name) if name in PRIMITIVES:
                return name, is_list, is_optional
        raise self.error(
            parameter, f"{about}: its type must be {', '.join(PRIMITIVES)}, a list of one, or Optional of these"
        )

    def input_call(self, call: ast.Call, about: str) -> dict[str, Any]:
        if call.args:
            raise self.error(call, f"{about}: Input() is read by keyword; Cog drops what is given by position")
        keywords = {}
        for keyword in call.keywords:
            if keyword.arg not in KEYWORDS:
                raise self.error(
                    keyword, f"{about}: Cog knows no keyword {keyword.arg!r}; it reads {', '.join(KEYWORDS)}"
                )
            constants = keyword.arg in FROM_CONSTANTS
            keywords[keyword.arg] = self.value(keyword.value, f"{about}: {keyword.arg}", constants)
        return keywords

    def value(self, node: ast.expr, about: str, constants: bool = True) -> Any:
        """The literal at `node`, or the constant of this file that it names where Cog looks names up."""
        if constants and isinstance(node, ast.Name) and node.id in self.constants:
            return self.constants[node.id]
        if not self.is_readable(node):
            raise self.error(node, f"{about} is not a plain literal in one piece; Cog would drop or misread it")
        return self.literal(node)

    def literal(self, node: ast.expr) -> Any:
        return ast.literal_eval(node)

    def is_readable(self, node: ast.expr) -> bool:
        """Whether Cog reads the same value here as Python does."""
        text = ast.get_source_segment(self.source, node) or ""
        if self.is_in_parentheses(node):
            return False
        match node:
            case ast.Constant(value=bool() | None):
                return True
            case ast.Constant(value=str() as value):
                return _string_as_cog_reads_it(text) == value
            case ast.Constant() | ast.UnaryOp(op=ast.USub(), operand=ast.Constant()):
                return PLAIN_NUMBER.fullmatch(text) is not None and _is_written_alike(ast.literal_eval(node))
            case ast.List(elts=items):
                return not _has_comment(text) and all(self.is_readable(item) for item in items)
        return False

    def is_in_parentheses(self, node: ast.expr) -> bool:
        lines = self.source.splitlines(keepends=True)[: node.lineno]
        lines[-1] = lines[-1].encode()[: node.col_offset].decode()
        return "".join(lines).rstrip().endswith("(")

    def output(self, function: ast.FunctionDef | ast.AsyncFunctionDef) -> tuple[str, str]:
        match function.returns:
            case ast.Name(id=name) if name in PRIMITIVES:
                return "", name
            case ast.Subscript(value=ast.Name(id=iterator), slice=ast.Name(id=name)) if iterator in ITERATORS:
                if name == "str" or (name in PRIMITIVES and "Concatenate" not in iterator):
                    return iterator, name
        raise self.error(function, f"{function.name}() must return {', '.join(PRIMITIVES)} or an iterator of one")

    def decorators(self, function: ast.FunctionDef | ast.AsyncFunctionDef) -> tuple[bool, int]:
        is_streaming, max_concurrency = False, 1
        for decorator in function.decorator_list:
            match decorator:
                case ast.Attribute(value=ast.Name(id="cog"), attr="streaming"):
                    is_streaming = True
                case ast.Call(
                    func=ast.Attribute(value=ast.Name(id="cog"), attr="concurrent"),
                    args=[],
                    keywords=[ast.keyword(arg="max", value=node)],
                ):
                    max_concurrency = self.value(node, "@cog.concurrent(max=…)", constants=False)
                    if type(max_concurrency) is not int or max_concurrency < 1:
                        raise self.error(
                            node, f"@cog.concurrent(max={max_concurrency}): it must be an integer, 1 or more"
                        )
                case _:
                    raise self.error(
                        decorator, "the only decorators read are @cog.streaming and @cog.concurrent(max=N)"
                    )
        return is_streaming, max_concurrency


def _string_as_cog_reads_it(text: str) -> str | None:
    """The source of a string without its outer quotes: Cog undoes no escape and knows no joined pieces."""
    for quote in ('"""', "'''", '"', "'"):
        if text.startswith(quote):
            return text[len(quote) : -len(quote)]
    return text[2:-1] if text.startswith(('r"', "r'")) else None


def _is_written_alike(number: float) -> bool:
    """Whether Go and Python write this number in JSON with the same digits."""
    return abs(number) <= LARGEST_INTEGER and "e" not in repr(number)


def _has_comment(text: str) -> bool:
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return any(token.type == tokenize.COMMENT for token in tokens)
