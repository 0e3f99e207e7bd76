"""What PyTorch and transformers reach on the work that `crucible bench` measures: greedy decoding of one
stream, sampling of sixteen, and one preference step of 4 rows x 3 responses x 128 tokens with the reference
in it. usage: torch_peer.py MODEL_DIRECTORY decode|step"""
import json
import resource
import statistics
import sys
import time

import torch
from transformers import AutoModelForCausalLM

directory, task = sys.argv[1:]
torch.set_num_threads(2)
torch.manual_seed(0)


def load():
    return AutoModelForCausalLM.from_pretrained(directory, dtype=torch.float32)


def timed(work, turns):
    work()
    times = []
    for _ in range(turns):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def decode():
    model = load().eval()
    prompt = torch.tensor([[1, 2, 3, 4]])
    options = {"min_new_tokens": 64, "max_new_tokens": 64, "pad_token_id": 0}

    def generate(streams):
        with torch.inference_mode():
            model.generate(prompt.repeat(streams, 1), do_sample=streams > 1, **options)

    return {
        "single": 64 / timed(lambda: generate(1), 3),
        "streams_16": 16 * 64 / timed(lambda: generate(16), 2),
    }


def step():
    reference, policy = load().eval().requires_grad_(False), load().train()
    optimiser = torch.optim.AdamW(policy.parameters(), lr=1e-6, weight_decay=0.0)
    ids = torch.randint(10, 49000, (12, 128))

    def sums(model):
        logits = model(ids, use_cache=False).logits[:, 31:-1]
        return logits.log_softmax(-1).gather(2, ids[:, 32:, None]).squeeze(2).sum(1).view(3, 4)

    def update():
        with torch.no_grad():
            frozen = sums(reference)
        source, target, rejected = sums(policy) - frozen
        loss = -torch.nn.functional.logsigmoid(0.1 * (0.1 * source + 0.9 * target - rejected)).mean()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(policy.parameters(), 1.0)
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)

    return {"step": timed(update, 3)}


figures = {"decode": decode, "step": step}[task]()
figures["peak_memory"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
print(json.dumps(figures))
