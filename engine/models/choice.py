"""The model that a run's hyperparameters name."""

import torch

from engine.models.deep.model import DeepModel
from engine.models.model import Model
from engine.models.paper.model import PaperModel
from engine.storage.hyperparameters import Hyperparameters


def model_of(
    hyperparameters: Hyperparameters, device: torch.device, dtype: torch.dtype = torch.float32
) -> Model:
    """The network called `hyperparameters.model`, drawn from the run's seed, with its optimiser."""
    kind = PaperModel if hyperparameters.model == "paper" else DeepModel
    return kind(hyperparameters, device, dtype)
