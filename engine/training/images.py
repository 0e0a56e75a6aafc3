"""Training images, kept so that drawing a batch from them is cheap."""

from collections.abc import Iterator

import torch


class Images:
    """Images of shape (S, 784), float32 in [0, 1], served in `dtype` on `device`.

    A batch's rows lie all over memory. When the images are whole 255ths, as photographs are, they
    are kept as bytes: a quarter of the memory to fetch, and the same values when divided again.
    """

    def __init__(self, images: torch.Tensor, device: torch.device, dtype: torch.dtype) -> None:
        levels = (images * 255).round().to(torch.uint8)
        self._bytes = torch.equal(levels.to(torch.float32).div_(255), images)
        self._images = levels.to(device) if self._bytes else images.to(device, dtype)
        self._dtype = dtype
        self._raw = self._images[:0]

    def __len__(self) -> int:
        return len(self._images)

    def take(self, chosen: torch.Tensor, out: torch.Tensor) -> None:
        """The images with indices `chosen`, (B,), into `out`, (B, 784)."""
        if not self._bytes:
            torch.index_select(self._images, 0, chosen, out=out)
            return
        if len(self._raw) != len(out):
            self._raw = self._images.new_empty(out.shape)
        torch.index_select(self._images, 0, chosen, out=self._raw)
        out.copy_(self._raw).div_(255)

    def blocks(self, size: int) -> Iterator[torch.Tensor]:
        """All images in order, `size` at a time."""
        for part in torch.split(self._images, size):
            yield part.to(self._dtype).div_(255) if self._bytes else part
