"""A tiny language model, made on the spot, trained by Hugging Face's Trainer and recorded.

pip install transformers accelerate
python examples/with_hugging_face.py --steps 200
"""

import argparse
import tempfile

import torch
from transformers import GPT2Config, GPT2LMHeadModel, Trainer, TrainingArguments

import edgechaos_tui as edgechaos

_WORDS = 64


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--steps", type=int, default=200)
    given = parser.parse_args()
    torch.manual_seed(0)
    model = GPT2LMHeadModel(
        GPT2Config(vocab_size=_WORDS, n_positions=32, n_embd=32, n_layer=4, n_head=2)
    )
    sentences = [counting(start, step) for start in range(_WORDS) for step in range(1, 9)]
    with tempfile.TemporaryDirectory() as folder:
        arguments = TrainingArguments(
            output_dir=folder,
            max_steps=given.steps,
            per_device_train_batch_size=32,
            learning_rate=1e-3,
            logging_steps=10,
            save_strategy="no",
            report_to=[],
            use_cpu=not torch.cuda.is_available(),
        )
        Trainer(
            model,
            arguments,
            train_dataset=sentences,
            callbacks=[edgechaos.HuggingFaceCallback("with-hugging-face")],
        ).train()


def counting(start: int, step: int) -> dict[str, list[int]]:
    """A sentence that counts in steps, round and round."""
    words = [(start + step * place) % _WORDS for place in range(32)]
    return {"input_ids": words, "labels": words}


if __name__ == "__main__":
    main()
