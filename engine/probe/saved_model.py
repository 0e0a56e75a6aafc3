"""A model named by a person: built by their own code, with weights that are never unpickled."""

import importlib
import importlib.util
import sys
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import nn

from engine.data.published import torchvision_module
from engine.storage.errors import EdgeChaosError

_WRAPPERS = ("module.", "_orig_mod.")
_NESTED = ("state_dict", "model_state_dict", "model")


class ModelError(EdgeChaosError):
    """The model cannot be built; the message says why and what would be right."""


def build(spec: str) -> nn.Module:
    """The module that `spec` names: `package.module:callable` or `file.py:callable`.

    The user's code runs, because the user names it. Raises ModelError.
    """
    place, colon, attribute = spec.rpartition(":")
    if not colon or not place or not attribute:
        raise ModelError(
            f"{spec}: name a callable that makes the model, as in "
            "torchvision.models:resnet18 or mynet.py:build; give its weights with --weights"
        )
    try:
        target = getattr(_imported(place), attribute)
        model = target if isinstance(target, nn.Module) else target()
    except ModelError:
        raise
    except Exception as error:  # noqa: BLE001 - it is somebody else's code
        raise ModelError(f"{spec} cannot be built: {type(error).__name__}: {error}") from None
    if not isinstance(model, nn.Module):
        raise ModelError(f"{spec} makes a {type(model).__name__}, not a torch.nn.Module")
    return model


def _imported(place: str) -> Any:
    if not place.endswith(".py"):
        sys.path.insert(0, str(Path.cwd()))
        name = place.removeprefix("torchvision.")
        return torchvision_module(name) if name != place else importlib.import_module(place)
    path = Path(place).absolute()
    if not path.is_file():
        raise ModelError(f"there is no file {path}")
    sys.path.insert(0, str(path.parent))
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module


def load_weights(model: nn.Module, path: Path) -> None:
    """Put the weights in `path`, safetensors or a saved state dict, into `model`.

    Raises ModelError for a file with anything but tensors, or with tensors that do not fit.
    """
    state = _read(path)
    for key in _NESTED:
        if isinstance(state.get(key), dict):
            state = state[key]
    state = {_bare(name): value for name, value in state.items()}
    try:
        model.load_state_dict(state)
    except (RuntimeError, TypeError, AttributeError) as error:
        detail = " ".join(str(error).split())
        raise ModelError(f"{path} does not fit the model: {detail[:300]}") from None


def _read(path: Path) -> dict[str, Any]:
    try:
        if path.suffix == ".safetensors":
            return dict(load_file(path))
        state = torch.load(path, map_location="cpu", weights_only=True)
    except OSError as error:
        raise ModelError(f"{path} cannot be read: {error.strerror or error}") from None
    except SafetensorError as error:
        raise ModelError(f"{path} is not a safetensors file: {error}") from None
    except Exception as error:  # noqa: BLE001 - torch raises many kinds for other files
        raise ModelError(
            f"{path} is not a state dict of tensors alone, and no pickle is ever run "
            f"({type(error).__name__}); save model.state_dict() or safetensors"
        ) from None
    if not isinstance(state, dict):
        raise ModelError(f"{path} holds a {type(state).__name__}, not a state dict")
    return state


def _bare(name: str) -> str:
    """`name` without the prefixes of data parallelism and compilation."""
    while name.startswith(_WRAPPERS):
        name = name.partition(".")[2]
    return name
