"""The blocks of a network, between which a profile over depth takes its readings."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from torch import nn

from engine.storage.errors import EdgeChaosError

WEIGHT_LAYERS: Final = (nn.Linear, nn.modules.conv._ConvNd)
_ACTIVATIONS: Final = {nn.Tanh: "tanh", nn.ReLU: "relu"}


class BlocksError(EdgeChaosError):
    """No blocks can be measured; the message says why and what to name instead."""


@dataclass(frozen=True)
class Block:
    """A part of the network, from the input of `modules[0]` to the output of `modules[-1]`.

    The modules of a block follow each other. name: the dotted path of the weight layer, or of the
    module. whole: the block computes everything between the outputs of its neighbours, so that
    it can be run by itself. activation: "tanh", "relu" or "" where it is not known. readout: the
    last linear layer, which gives the classes; it is listed, and excluded from λ.
    """

    name: str
    modules: tuple[nn.Module, ...]
    whole: bool
    activation: str = ""
    readout: bool = False


def discover(module: nn.Module, named: Sequence[str | nn.Module] | None = None) -> list[Block]:
    """The blocks of `module`: those in `named`, by dotted name or as modules, in order of depth.

    Without `named`, the children of its outermost Sequentials and ModuleLists; a layer with weights
    takes the following activation, normalisation or pooling into its block. Where that gives fewer
    than two, each Linear and convolution is a block, from its predecessor's output on.

    Raises BlocksError for an unknown name, and for a module without any weight layer.
    """
    if named is not None:
        return [_named(module, block) for block in named]
    blocks = _from_containers(module)
    if len(blocks) < 2:
        blocks = [
            Block(name, (part,), whole=False)
            for name, part in module.named_modules()
            if isinstance(part, WEIGHT_LAYERS)
        ]
    if not blocks:
        raise BlocksError(
            "no blocks were found: the module has no Sequential, no ModuleList and no linear or "
            "convolution layer; name its blocks"
        )
    return _with_readout(blocks)


def _named(module: nn.Module, block: str | nn.Module) -> Block:
    parts = dict(module.named_modules())
    if isinstance(block, str):
        if block not in parts:
            raise BlocksError(f"the module has no part named {block!r}")
        return Block(block, (parts[block],), whole=True)
    for name, part in parts.items():
        if part is block:
            return Block(name, (part,), whole=True)
    raise BlocksError(f"a {type(block).__name__} that was named as a block is not in the module")


def _from_containers(module: nn.Module) -> list[Block]:
    blocks: list[Block] = []
    for chain in _chains(module, ""):
        group: list[tuple[str, nn.Module]] = []
        for name, part in chain:
            if _has_weights(part):
                if group:
                    blocks.append(_block(group))
                group = [(name, part)]
            elif group:
                group.append((name, part))
        if group:
            blocks.append(_block(group))
    return blocks


def _block(group: list[tuple[str, nn.Module]]) -> Block:
    name, parts = group[0][0], tuple(part for _, part in group)
    activations = [_ACTIVATIONS[type(part)] for part in parts if type(part) in _ACTIVATIONS]
    activation = (
        activations[0] if len(activations) == 1 and isinstance(parts[0], WEIGHT_LAYERS) else ""
    )
    return Block(name, parts, whole=True, activation=activation)


def _chains(module: nn.Module, prefix: str) -> Iterator[list[tuple[str, nn.Module]]]:
    """The outermost containers as flat lists of their parts; plain Sequentials inside are opened.

    Each part of a ModuleList is a list of its own: what its owner does between them is unknown.
    """
    if type(module) is nn.Sequential:
        yield list(_opened(module, prefix))
        return
    for name, child in module.named_children():
        path = f"{prefix}.{name}" if prefix else name
        if isinstance(module, nn.ModuleList):
            yield list(_opened(child, path)) if type(child) is nn.Sequential else [(path, child)]
        else:
            yield from _chains(child, path)


def _opened(sequential: nn.Module, prefix: str) -> Iterator[tuple[str, nn.Module]]:
    for name, child in sequential.named_children():
        path = f"{prefix}.{name}" if prefix else name
        if type(child) is nn.Sequential:
            yield from _opened(child, path)
        else:
            yield path, child


def _has_weights(part: nn.Module) -> bool:
    return any(isinstance(p, nn.UninitializedParameter) or p.ndim >= 2 for p in part.parameters())


def _with_readout(blocks: list[Block]) -> list[Block]:
    """The last block marked as the readout where it is a lone linear layer."""
    last_block = blocks[-1]
    if (
        len(blocks) > 1
        and len(last_block.modules) == 1
        and isinstance(last_block.modules[0], nn.Linear)
    ):
        return [
            *blocks[:-1],
            Block(last_block.name, last_block.modules, last_block.whole, readout=True),
        ]
    return blocks
