"""What the things are called that a network knows, from its file or from one beside it. Nothing of it is trusted."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gemma_events.errors import ConfigurationError
from gemma_events.words import printable

MOST_NAMES = 10_000
LONGEST_TEXT = 1_000_000  # characters of all of them
LISTS = '.yaml', '.yml', '.json'
KEYS = 'names', 'id2label'  # where Ultralytics and Hugging Face have them

Names = Mapping[int, str]

_COCO = (  # https://cocodataset.org: what most networks know, in this order
    'person,bicycle,car,motorcycle,airplane,bus,train,truck,boat,traffic light,fire hydrant,stop sign,parking meter,'
    'bench,bird,cat,dog,horse,sheep,cow,elephant,bear,zebra,giraffe,backpack,umbrella,handbag,tie,suitcase,frisbee,'
    'skis,snowboard,sports ball,kite,baseball bat,baseball glove,skateboard,surfboard,tennis racket,bottle,wine glass,'
    'cup,fork,knife,spoon,bowl,banana,apple,sandwich,orange,broccoli,carrot,hot dog,pizza,donut,cake,chair,couch,'
    'potted plant,bed,dining table,toilet,tv,laptop,mouse,remote,keyboard,cell phone,microwave,oven,toaster,sink,'
    'refrigerator,book,clock,vase,scissors,teddy bear,hair drier,toothbrush'
)
COCO = tuple(_COCO.split(','))
MISSING_IN_COCO = 0, 12, 26, 29, 30, 45, 66, 68, 69, 71, 83  # of its own numbers, up to 90
KNOWN: Mapping[str, Names] = {
    'coco': dict(enumerate(COCO)),
    'coco91': dict(zip((number for number in range(91) if number not in MISSING_IN_COCO), COCO, strict=True)),
}


def from_metadata(metadata: Mapping[str, str]) -> Names:
    """The names in a file of Ultralytics, which writes {0: 'person', 1: 'bicycle'}; empty where there are none."""
    text = metadata.get('names', '')
    if not text or len(text) > LONGEST_TEXT:
        return {}
    try:
        return numbered(ast.literal_eval(text))
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return {}


def from_file(path: Path) -> Names:
    """The names in a text file, one in a line, or in a list or mapping `names` of a YAML or JSON file.

    Raises ConfigurationError, one line, where there are none.
    """
    try:
        with path.open(encoding='utf-8-sig') as file:
            text = file.read(LONGEST_TEXT + 1)
        if len(text) > LONGEST_TEXT:
            raise ValueError('it is too long')
        names = numbered(_listed(text) if path.suffix.lower() in LISTS else text.split('\n'))
        if not names:
            raise ValueError('it is empty')
    except (OSError, ValueError, TypeError, RecursionError) as error:
        why = ' '.join(str(getattr(error, 'strerror', '') or error).split())[:150]
        raise ConfigurationError(f'parameter names: {str(path)!r} has no names: {why}') from error
    return names


def numbered(names: Any) -> Names:
    """Names by their number, from a list of names or a mapping. Raises ValueError or TypeError where it is neither."""
    if isinstance(names, Mapping):
        pairs = [(int(number), name) for number, name in names.items()]
    elif isinstance(names, list | tuple):
        pairs = list(enumerate(names))
    else:
        raise ValueError('it is no list of names')
    if len(pairs) > MOST_NAMES or any(not 0 <= number < MOST_NAMES for number, _ in pairs):
        raise ValueError(f'it has more than {MOST_NAMES}')
    found = {number: printable(str(name)).strip() for number, name in pairs}
    return {number: name for number, name in found.items() if name}


def _listed(text: str) -> Any:
    import yaml

    try:
        content = yaml.safe_load(text)  # JSON is YAML
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from error
    if isinstance(content, Mapping):
        return next((content[key] for key in KEYS if key in content), None)
    return content
