"""A forward pass that changes no hook, mode, statistic or random state of the module."""

import random
import sys
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import torch
from torch import nn
from torch.nn.attention import SDPBackend, sdpa_kernel


def unwrapped(module: nn.Module) -> nn.Module:
    """The module inside DataParallel, DistributedDataParallel and torch.compile."""
    while True:
        if isinstance(module, nn.DataParallel | nn.parallel.DistributedDataParallel):
            module = module.module
        elif isinstance(inner := getattr(module, "_orig_mod", None), nn.Module):
            module = inner
        else:
            return module


@contextmanager
def undisturbed(module: nn.Module) -> Iterator[None]:
    """`module` in evaluation mode, eager, in full precision, without gradients; then as it was.

    Attention takes the paths that forward-mode differentiation knows.
    """
    with ExitStack() as stack:
        stack.enter_context(warnings.catch_warnings())
        # torch itself scripts its derivatives in a way that it deprecates.
        warnings.simplefilter("ignore", DeprecationWarning)
        stack.enter_context(_eager())
        stack.enter_context(torch.inference_mode(False))
        stack.enter_context(torch.no_grad())
        for kind in {p.device.type for p in module.parameters()} | {"cpu"}:
            stack.enter_context(torch.autocast(kind, enabled=False))
        stack.enter_context(sdpa_kernel(SDPBackend.MATH))
        stack.enter_context(_slow_attention())
        stack.enter_context(_random_states(module))
        stack.enter_context(_buffers(module))
        stack.enter_context(_evaluation(module))
        yield


@contextmanager
def _eager() -> Iterator[None]:
    """Run compiled parts inside the module eagerly."""
    with torch.compiler.set_stance("force_eager"):
        yield


@contextmanager
def _slow_attention() -> Iterator[None]:
    enabled = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        yield
    finally:
        torch.backends.mha.set_fastpath_enabled(enabled)


@contextmanager
def _random_states(module: nn.Module) -> Iterator[None]:
    devices = {p.device.index for p in module.parameters() if p.device.type == "cuda"}
    numpy = sys.modules.get("numpy")
    python_state = random.getstate()
    numpy_state = numpy.random.get_state() if numpy else None
    try:
        with torch.random.fork_rng(devices=[index for index in devices if index is not None]):
            yield
    finally:
        random.setstate(python_state)
        if numpy:
            numpy.random.set_state(numpy_state)


@contextmanager
def _buffers(module: nn.Module) -> Iterator[None]:
    """Restore buffers that a module changes even in evaluation mode."""
    saved = [
        (owner, name, buffer, buffer._version, buffer.clone())
        for owner in module.modules()
        for name, buffer in owner._buffers.items()
        if buffer is not None
    ]
    try:
        yield
    finally:
        for owner, name, buffer, version, values in saved:
            if buffer._version != version:
                buffer.copy_(values)
            owner._buffers[name] = buffer


@contextmanager
def _evaluation(module: nn.Module) -> Iterator[None]:
    """Put all modules in evaluation mode, and restore each one's own mode afterwards."""
    modes = [(part, part.training) for part in module.modules()]
    for part, _ in modes:
        part.training = False
    try:
        yield
    finally:
        for part, training in modes:
            part.training = training
