"""The forward pass of the performance table in PyTorch: 32 candidates x 200 examples of an MLP D-D-10, one thread.

python3 mlp.py WIDTH MILLISECONDS prints best and median milliseconds of every way as JSON.
"""

import json
import sys
import time

import torch

try:
    from torch.func import vmap
except ImportError:
    from functorch import vmap

CANDIDATES, EXAMPLES, CLASSES = 32, 200, 10
SIGMA = 0.05


def timed(run, milliseconds):
    run()
    run()
    times = []
    end = time.perf_counter() + milliseconds / 1000
    while time.perf_counter() < end or len(times) < 3:
        start = time.perf_counter()
        run()
        times.append(1000 * (time.perf_counter() - start))
    times.sort()
    return {"best": times[0], "median": times[len(times) // 2]}


def main():
    width, milliseconds = int(sys.argv[1]), float(sys.argv[2])
    torch.set_num_threads(1)
    torch.set_grad_enabled(False)
    torch.manual_seed(0)

    def normal(*shape):
        return torch.randn(*shape) / width**0.5

    x = torch.randn(EXAMPLES, width)
    expected = torch.arange(EXAMPLES) % CLASSES
    hidden, output = normal(width, width), normal(width, CLASSES)
    hidden_rows, hidden_columns = torch.randn(CANDIDATES, width, 1), torch.randn(CANDIDATES, width, 1)
    output_rows, output_columns = torch.randn(CANDIDATES, width, 1), torch.randn(CANDIDATES, CLASSES, 1)
    hidden_bias, output_bias = normal(CANDIDATES, width), normal(CANDIDATES, CLASSES)

    def dense():
        return (
            hidden + SIGMA * hidden_rows @ hidden_columns.transpose(1, 2),
            output + SIGMA * output_rows @ output_columns.transpose(1, 2),
        )

    def one(x, w, b, v, c):
        return torch.softmax(torch.relu(x @ w + b) @ v + c, -1)

    def accuracy(predicted):
        return (predicted.argmax(-1) == expected).float().mean(1)

    def loop():
        w, v = dense()
        rows = [
            one(x[n : n + 1], w[p], hidden_bias[p], v[p], output_bias[p])
            for p in range(CANDIDATES)
            for n in range(EXAMPLES)
        ]
        return accuracy(torch.cat(rows).reshape(CANDIDATES, EXAMPLES, CLASSES))

    def vectorised():
        w, v = dense()
        over_examples = vmap(one, (0, None, None, None, None))
        over_candidates = vmap(over_examples, (None, 0, 0, 0, 0))
        return accuracy(over_candidates(x, w, hidden_bias, v, output_bias))

    def low_rank():
        change = SIGMA * (x @ hidden_rows) @ hidden_columns.transpose(1, 2)
        h = torch.relu((x @ hidden)[None] + change + hidden_bias[:, None])
        change = SIGMA * (h @ output_rows) @ output_columns.transpose(1, 2)
        base = (h.reshape(-1, width) @ output).reshape(CANDIDATES, EXAMPLES, CLASSES)
        return accuracy(torch.softmax(base + change + output_bias[:, None], -1))

    reference = low_rank()
    for other in (loop(), vectorised()):
        assert (other - reference).abs().max() <= 2 / EXAMPLES, "the ways disagree"
    ways = {"loop": loop, "vmap": vectorised, "lowRank": low_rank}
    timings = {name: timed(run, milliseconds) for name, run in ways.items()}
    print(json.dumps({"version": torch.__version__, **timings}))


main()
