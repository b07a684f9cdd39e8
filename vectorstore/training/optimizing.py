"""A training loop that can be stopped and goes on where it was: the same data and seed give the same steps."""

import json
import math
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from vectorstore.hidden_states import processors

Batch = TypeVar("Batch")

_SAVE_SECONDS = 300.0
_WARM_UP = 0.06
_REPORT_STEPS = 25


def optimize(
    model: Any,
    batches: Sequence[Batch],
    loss_of: Callable[[Batch], Any],
    *,
    groups: Iterable[dict[str, Any]],
    work: Path,
) -> None:
    """Train ``model`` on the batches in order with AdamW, linear warm-up and decay, forward passes in bfloat16.

    ``groups`` are AdamW's parameter groups. The state is kept in ``work`` every five minutes: called again with the
    same batches it goes on there. ``work/loss.jsonl`` gets the mean loss of every 25 steps.
    """
    import torch

    # What was encoded before in this process may have left one
    torch.set_num_threads(processors())
    optimizer = torch.optim.AdamW(list(groups), weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: _rate(step, len(batches)))
    state = work / "state.pt"
    first = _resume(state, model, optimizer, schedule)
    saved, losses = time.monotonic(), []
    model.train()
    with click.progressbar(length=len(batches) - first, label=work.name, show_pos=True) as bar:
        for step in range(first, len(batches)):
            with torch.autocast("cpu", torch.bfloat16):
                loss = loss_of(batches[step])
            loss.backward()
            torch.nn.utils.clip_grad_norm_([p for p in model.parameters() if p.requires_grad], 1.0)
            optimizer.step()
            schedule.step()
            optimizer.zero_grad(set_to_none=True)
            losses.append(loss.item())
            bar.update(1)
            if len(losses) == _REPORT_STEPS or step + 1 == len(batches):
                _report(work / "loss.jsonl", step + 1, losses)
                losses = []
            if time.monotonic() - saved > _SAVE_SECONDS or step + 1 == len(batches):
                _save(state, step + 1, model, optimizer, schedule)
                saved = time.monotonic()
    model.eval()


def _rate(step: int, steps: int) -> float:
    warm = max(1.0, steps * _WARM_UP)
    return min((step + 1) / warm, max(0.0, (steps - step) / max(1.0, steps - warm)))


def _resume(state: Path, model: Any, optimizer: Any, schedule: Any) -> int:
    import torch

    if not state.is_file():
        return 0
    kept = torch.load(state, weights_only=True)
    model.load_state_dict(kept["model"])
    optimizer.load_state_dict(kept["optimizer"])
    schedule.load_state_dict(kept["schedule"])
    return int(kept["step"])


def _save(state: Path, step: int, model: Any, optimizer: Any, schedule: Any) -> None:
    import torch

    draft = state.with_suffix(".new")
    kept = {
        "step": step,
        "model": model.state_dict(),
        "optimizer": optimizer.state_dict(),
        "schedule": schedule.state_dict(),
    }
    torch.save(kept, draft)
    draft.replace(state)


def _report(path: Path, step: int, losses: Sequence[float]) -> None:
    mean = sum(losses) / len(losses)
    if not math.isfinite(mean):
        raise click.ClickException(f"The loss is {mean} at step {step}. Lower the learning rate and start again.")
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps({"step": step, "loss": round(mean, 5)}) + "\n")
