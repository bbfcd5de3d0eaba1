"""Generation parameters and software names in texts: PNG chunks, EXIF tags, comments.

Each generator writes under keys of its own; what it wrote is recognised by its form, not by the
key alone, since `parameters`, `prompt` or `Comment` are anybody's words.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator

from inpaintscan.findings import Evidence
from inpaintscan.provenance.blocks import Block, shorten

_SOFTWARE_KEYS = {"Software", "ProcessingSoftware", "CreatorTool"}
_INVOKEAI_KEYS = {
    "Dream",
    "sd-metadata",
    "invokeai_metadata",
    "invokeai_graph",
    "invokeai_workflow",
}
_SEARCH_LIMIT = 256 * 1024
"""Characters searched by patterns; JSON is read whole."""
_PARAMETER_WORDS = {
    "prompt", "negative_prompt", "uc", "seed", "steps", "sampler", "sampler_name", "cfg_scale",
    "guidance_scale", "scale", "model", "base_model", "num_inference_steps", "strength",
}  # fmt: skip
_WORDS = re.compile(r"\b(?:prompt|steps|seed|sampler|cfg|guidance|model)\b", re.I)
"""What `parameters` of a generator name; the key alone is anybody's."""
_INPAINTING = re.compile(
    r"inpaint|infill|brushnet|powerpaint|noise_?mask|mask blur|masked content|\binit_mask", re.I
)
_WEIGHTS_ENDING = re.compile(r"\.(?:safetensors|ckpt|gguf)", re.I)
_WEIGHTS_NAME = re.compile(r"[^\"\\/:,\n]*\Z")
_NAMES_LIMIT = 3
"""Names of weights files given of one text."""
_A1111 = re.compile(r"\bSteps: (?=\d)|\b(?:Sampler|CFG scale|Seed): ")
_A1111_REACH = 420
"""Characters from `Steps: ` to the next of its companions, at most."""
_A1111_MODEL = re.compile(r"\bModel: ([^,\n]{1,80})")
_MIDJOURNEY = re.compile(r"\bJob ID: [0-9a-f]{8}-[0-9a-f]{4}-")
_EXIF_PREFIX = re.compile(r"^(?:workflow|prompt):(?=\{)", re.I)


def read_text(block: Block) -> Iterator[Evidence]:
    """Yield the software a text names, or the generator whose parameters it holds."""
    text = block.data.decode("utf-8", "replace").strip("\0 \t\r\n")
    where = f"{block.where} {block.key}"
    if not text:
        return
    if block.key in _SOFTWARE_KEYS:
        yield Evidence("software", shorten(text), where)
        return
    text = _EXIF_PREFIX.sub("", text)
    content = _parse(text)
    body = text[:_SEARCH_LIMIT]
    for name, recognise in GENERATORS.items():
        detail = recognise(block.key, body, content)
        if detail is not None:
            note = " (names inpainting)" if _INPAINTING.search(body) else ""
            value = shorten(f"{name}{note}: {detail}") if detail else name + note
            yield Evidence("generation-parameters", value, where)
            return


def _parse(text: str) -> dict[str, object]:
    """Return the JSON object a text is, or an empty one."""
    if not text.startswith("{"):
        return {}
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}


def _plain(value: object) -> str:
    """Return text as it is, and nothing for any other kind of value."""
    return value if isinstance(value, str) else ""


def _invokeai(key: str, text: str, content: dict[str, object]) -> str | None:
    if key not in _INVOKEAI_KEYS and "invokeai" not in _plain(content.get("app_id")):
        return None
    image = content.get("image")
    prompt = image.get("prompt") if isinstance(image, dict) else content.get("positive_prompt")
    if isinstance(prompt, list) and prompt and isinstance(prompt[0], dict):
        prompt = prompt[0].get("prompt")
    return _plain(prompt) or text


def _comfyui(key: str, text: str, content: dict[str, object]) -> str | None:
    nodes = content.get("nodes") if "nodes" in content else list(content.values())
    if not isinstance(nodes, list):
        return None
    field = "type" if "links" in content else "class_type"
    named = [node[field] for node in nodes if isinstance(node, dict) and field in node]
    kinds = [kind for kind in named if isinstance(kind, str)]
    if not kinds or key in _INVOKEAI_KEYS:
        return None
    told = list(dict.fromkeys(kinds))
    told.sort(key=lambda kind: not _INPAINTING.search(kind))
    return f"{len(kinds)} nodes; {', '.join((*_weights_names(text), *told))}"


def _weights_names(text: str) -> list[str]:
    """Return the first names of weights files in a text, without their folders."""
    names: dict[str, None] = {}
    for ending in _WEIGHTS_ENDING.finditer(text):
        before = text[max(0, ending.start() - 80) : ending.start()]
        stem = _WEIGHTS_NAME.search(before)
        if stem is not None and stem[0]:
            names.setdefault(f"{stem[0]}{ending[0]}".strip())
        if len(names) == _NAMES_LIMIT:
            break
    return list(names)


def _swarmui(_key: str, _text: str, content: dict[str, object]) -> str | None:
    settings = content.get("sui_image_params")
    return _plain(settings.get("prompt")) if isinstance(settings, dict) else None


def _fooocus(key: str, text: str, content: dict[str, object]) -> str | None:
    version = _plain(content.get("version", content.get("Version")))
    if version.startswith("Fooocus") or "Version: Fooocus" in text:
        return _plain(content.get("prompt", content.get("Prompt"))) or text
    return text if key == "fooocus_scheme" else None


def _novelai(key: str, text: str, content: dict[str, object]) -> str | None:
    if key in {"Source", "Title", "comment"} and "NovelAI" in text:
        return text
    if {"prompt", "uc"} <= content.keys() or "signed_hash" in content:
        return _plain(content.get("prompt"))
    return None


def _a1111(_key: str, text: str, _content: dict[str, object]) -> str | None:
    if not _has_steps(text):
        return None
    model = _A1111_MODEL.search(text)
    return f"model {model[1]}; {text}" if model else text


def _has_steps(text: str) -> bool:
    """Tell whether a text holds `Steps: N` and, not far behind, a sampler, scale or seed."""
    steps: int | None = None
    for word in _A1111.finditer(text):
        if word[0] == "Steps: ":
            steps = word.end()
        elif steps is not None and word.start() - steps <= _A1111_REACH:
            return True
    return False


def _midjourney(_key: str, text: str, _content: dict[str, object]) -> str | None:
    return text if _MIDJOURNEY.search(text) else None


def _aigc(key: str, text: str, content: dict[str, object]) -> str | None:
    return text if key == "AIGC" or "AIGC" in content else None


def _other(key: str, text: str, content: dict[str, object]) -> str | None:
    """Recognise parameters of a tool not known by name."""
    if len(_PARAMETER_WORDS & {name.lower() for name in content}) >= 3:
        return _plain(content.get("prompt")) or text
    if key in {"prompt", "negative_prompt"}:
        return text
    return text if key in {"parameters", "generation_data"} and _WORDS.search(text) else None


GENERATORS: dict[str, Callable[[str, str, dict[str, object]], str | None]] = {
    "InvokeAI": _invokeai,
    "SwarmUI": _swarmui,
    "Fooocus": _fooocus,
    "NovelAI": _novelai,
    "A1111": _a1111,
    "ComfyUI": _comfyui,
    "Midjourney": _midjourney,
    "AIGC label": _aigc,
    "parameters": _other,
}
"""Name shown -> given key, text and parsed JSON, what to say of it, or None if it is not its."""
