"""YAML from outside, parsed strictly; all YAML is parsed here.

Scalars stay text (``no``, ``1984`` and ``2026-01-02`` are what the author typed); only an empty or
``null`` plain scalar becomes None. Tags, aliases, duplicate keys, deep nesting and control
characters are errors with a line. The C parser recurses into nested nodes and crashes the
interpreter at some 30,000 brackets, so the depth is checked first.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from yaml.resolver import BaseResolver

from aggregator.errors import BadDocument
from aggregator.model import Json

_MAX_DEPTH = 40
_NULLS = frozenset({"", "null", "Null", "NULL", "~"})
_TAG_OF: dict[type[Node], str] = {
    ScalarNode: "tag:yaml.org,2002:str",
    SequenceNode: "tag:yaml.org,2002:seq",
    MappingNode: "tag:yaml.org,2002:map",
}
_PLAIN_TAGS = frozenset(_TAG_OF.values())
_LEAD = re.compile(r"^[ \t\-?:]{2,}", re.MULTILINE)
_ALIAS = re.compile(r"(?:^|[\s\[,{:-])[&*]\w", re.MULTILINE)

try:
    from yaml._yaml import CParser as _Parser
except ImportError:  # PyYAML was built without libyaml: slower, the same result

    class _Parser(  # type: ignore[no-redef]
        yaml.reader.Reader, yaml.scanner.Scanner, yaml.parser.Parser, yaml.composer.Composer
    ):
        def __init__(self, stream: str) -> None:
            yaml.reader.Reader.__init__(self, stream)
            yaml.scanner.Scanner.__init__(self)
            yaml.parser.Parser.__init__(self)
            yaml.composer.Composer.__init__(self)


class _Loader(_Parser, BaseResolver):
    def __init__(self, stream: str) -> None:
        _Parser.__init__(self, stream)
        BaseResolver.__init__(self)

    def resolve(self, kind: type[Node], _value: object, _implicit: object) -> str:
        """The plain tag of a node without one of its own: no scalar is anything but text."""
        return _TAG_OF[kind]


@dataclass(frozen=True, slots=True)
class Loaded:
    """The value of a YAML text, with the lines of its parts."""

    value: Json
    _node: Node | None
    _first_line: int

    def line_of(self, path: tuple[str | int, ...]) -> int:
        """The line (from 1) of the value at `path`, or of its nearest parent that exists."""
        node, line = self._node, self._first_line
        for part in path:
            if isinstance(node, MappingNode):
                pair = next(((k, v) for k, v in node.value if k.value == part), None)
                if pair is None:
                    break
                key, node = pair
                line = self._first_line + key.start_mark.line
            elif isinstance(node, SequenceNode) and isinstance(part, int):
                if part >= len(node.value):
                    break
                node = node.value[part]
                line = self._first_line + node.start_mark.line
        return line

    def end_of_list(self, key: str) -> tuple[int, int]:
        """Where to append to the block list under a top-level key: the number of the last line
        of its last item, and the indent of its dashes. Raises BadDocument."""
        pairs = self._node.value if isinstance(self._node, MappingNode) else ()
        node = next((value for key_node, value in pairs if key_node.value == key), None)
        if not isinstance(node, SequenceNode) or node.flow_style or not node.value:
            raise BadDocument(f"{key}: only a list with one item per line can be appended to")
        last = node.value[-1]
        end = last.end_mark
        line = end.line + 1 if end.column else end.line
        return self._first_line - 1 + line, node.start_mark.column


def load_yaml(text: str, first_line: int = 1) -> Loaded:
    """The value of a YAML text, made of str, None, list and dict. Empty further documents are
    ignored.

    `first_line` is the line of the file on which `text` starts. Raises BadDocument.
    """
    try:
        if _may_be_deep(text) or _ALIAS.search(text):
            _check_events(text, first_line)
        loader = _Loader(text)
        try:
            node = loader.get_node() if loader.check_node() else None
            while loader.check_node():
                following = loader.get_node()
                if not (isinstance(following, ScalarNode) and following.value in _NULLS):
                    raise BadDocument("more than one YAML document", first_line)
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        raise BadDocument(*_reason(error, first_line)) from error
    except (yaml.YAMLError, ValueError) as error:
        raise BadDocument(_short(str(error)), first_line) from error
    return Loaded(_value(node, first_line, 0), node, first_line)


def _may_be_deep(text: str) -> bool:
    """Whether the text could nest deeper than the limit: each level needs a bracket or a lead."""
    leads = max((len(lead) for lead in _LEAD.findall(text)), default=0)
    return text.count("[") + text.count("{") + leads > _MAX_DEPTH


def _check_events(text: str, first_line: int) -> None:
    """Depth and aliases, from the stream of events: that parser does not recurse."""
    depth = 0
    loader = _Loader(text)
    try:
        while loader.check_event():
            event = loader.get_event()
            mark = event.start_mark if event else None
            line = first_line + (mark.line if mark else 0)
            if isinstance(event, yaml.AliasEvent):
                raise BadDocument("aliases (*name) are not allowed here", line)
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
                if depth > _MAX_DEPTH:
                    raise BadDocument(f"nested deeper than {_MAX_DEPTH} levels", line)
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1
    finally:
        loader.dispose()


def _value(node: Node | None, first_line: int, depth: int) -> Json:
    if node is None:
        return None
    if node.tag not in _PLAIN_TAGS:
        raise BadDocument(
            f"the tag {_short(node.tag)} is not allowed", first_line + node.start_mark.line
        )
    if isinstance(node, ScalarNode):
        return None if not node.style and node.value in _NULLS else node.value
    if isinstance(node, SequenceNode):
        return [_value(child, first_line, depth + 1) for child in node.value]
    assert isinstance(node, MappingNode), "there are three kinds of nodes"
    return _mapping(node, first_line, depth)


def _mapping(node: MappingNode, first_line: int, depth: int) -> dict[str, Json]:
    values: dict[str, Json] = {}
    for key, child in node.value:
        line = first_line + key.start_mark.line
        if not isinstance(key, ScalarNode):
            raise BadDocument("a key must be text", line)
        if key.value in values:
            raise BadDocument(f"duplicate key {_short(key.value)!r}", line)
        values[key.value] = _value(child, first_line, depth + 1)
    return values


def _reason(error: yaml.MarkedYAMLError, first_line: int) -> tuple[str, int]:
    mark = error.problem_mark or error.context_mark
    line = first_line + mark.line if mark else first_line
    column = f" (column {mark.column + 1})" if mark else ""
    hint = ""
    if error.problem and "mapping values are not allowed" in error.problem:
        hint = '; a text with ": " in it needs quotes'
    if error.problem and "cannot start any token" in error.problem:
        hint = "; YAML is indented by spaces, not tabs"
    return f"not valid YAML: {error.problem}{column}{hint}", line


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 120 else text[:119] + "…"
