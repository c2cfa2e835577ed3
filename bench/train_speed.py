"""The peer of bench_train_speed: the same network in a plain eager PyTorch loop, driven over stdin and stdout.

usage: train_speed.py FOLDER, which holds config.json and tensors.safetensors (data, order of cells, initial weights).
Commands, one a line: "train STEPS" and "validate"; each answers with one line of JSON. No step-wise metrics, no workers,
batches by index: the fair loop, not the published program.
"""
import json
import pathlib
import resource
import sys
import time

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F


def read_safetensors(path):
    raw = pathlib.Path(path).read_bytes()
    length = int.from_bytes(raw[:8], "little")
    header = json.loads(raw[8:8 + length])
    types = {"F32": np.float32, "I64": np.int64}
    tensors = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        begin, end = entry["data_offsets"]
        values = np.frombuffer(raw, types[entry["dtype"]], offset=8 + length + begin,
                               count=(end - begin) // np.dtype(types[entry["dtype"]]).itemsize)
        tensors[name] = torch.from_numpy(values.reshape(entry["shape"]).copy())
    return tensors


class Mlp(nn.Sequential):
    def __init__(self, inputs, widths, dropout):
        layers = []
        for width in widths:
            layers += [nn.Linear(inputs, width), nn.LayerNorm(width, elementwise_affine=False), nn.LeakyReLU(), nn.Dropout(dropout)]
            inputs = width
        super().__init__(*layers)


class Encoder(nn.Module):
    def __init__(self, inputs, hidden, latent, dropout):
        super().__init__()
        self.hidden = Mlp(inputs, hidden, dropout)
        self.mu = nn.Linear(hidden[-1], latent)
        self.log_variance = nn.Linear(hidden[-1], latent)

    def forward(self, x, sample):
        h = self.hidden(x)
        mu, sigma = self.mu(h), torch.sqrt(torch.exp(self.log_variance(h)) + 1e-4)
        z = mu + sigma * torch.randn_like(mu) if sample else mu
        kl = (0.5 * (mu.square() + sigma.square() - 1) - sigma.log()).sum(1)
        return z, kl


class Decoder(nn.Module):
    def __init__(self, latent, hidden, dropout):
        super().__init__()
        self.hidden = Mlp(latent, hidden[:0:-1], dropout)
        self.out = nn.Linear(hidden[1] if len(hidden) > 1 else latent, hidden[0])

    def forward(self, z):
        return self.out(self.hidden(z))


class CellVae(nn.Module):
    """Stage 1: negative binomial on counts, logits over genes."""

    def __init__(self, c):
        super().__init__()
        self.cell_encoder = Encoder(c["genes"], c["hidden"], c["latent"], c["dropout"])
        self.cell_decoder = Decoder(c["latent"], c["hidden"], c["dropout"])
        self.head = nn.Linear(c["hidden"][0], c["genes"])
        self.dropout = nn.Dropout(c["dropout"])
        self.log_theta = nn.Parameter(torch.zeros(c["genes"]))

    def forward(self, x, beta, sample):
        total = x.sum(1, keepdim=True).clamp_min(1)
        z, kl = self.cell_encoder(torch.log1p(x * (1e4 / total)), sample)
        logits = self.head(self.dropout(self.cell_decoder(z))).float()
        mu, theta = torch.softmax(logits, 1) * total, torch.exp(self.log_theta)
        log_sum = torch.log(theta + mu)
        log_p = (torch.lgamma(x + theta) - torch.lgamma(theta) - torch.lgamma(x + 1) + theta * (torch.log(theta) - log_sum)
                 + x * (torch.log(mu + 1e-12) - log_sum))
        return -log_p.sum(1).mean() + beta * kl.float().mean()


class Direct(nn.Module):
    """Direct mode: expression is the inner product of cell and gene decoder, squared error on scaled values."""

    def __init__(self, c, vectors):
        super().__init__()
        self.cell_encoder = Encoder(c["genes"], c["hidden"], c["latent"], c["dropout"])
        self.cell_decoder = Decoder(c["latent"], c["hidden"], c["dropout"])
        self.gene_encoder = Encoder(vectors.shape[1], c["hidden"], c["latent"], c["dropout"])
        self.gene_decoder = Decoder(c["latent"], c["hidden"], c["dropout"])
        self.bias = nn.Parameter(torch.zeros(c["genes"]))
        self.vectors, self.gamma = vectors, c["gamma"]
        self.scales = c["recon_scale"], c["align_scale"]

    def forward(self, x, beta, sample):
        cell_z, cell_kl = self.cell_encoder(x, sample)
        gene_z, gene_kl = self.gene_encoder(self.vectors, sample)
        recon = self.scales[0] * self.cell_decoder(cell_z) @ self.gene_decoder(gene_z).T + self.bias
        aligned = self.scales[1] * cell_z @ gene_z.T + self.bias
        error = F.mse_loss(recon.float(), x, reduction="sum") + self.gamma * F.mse_loss(aligned.float(), x, reduction="sum")
        return error / x.shape[0] + beta * (cell_kl.float().mean() + gene_kl.float().mean())


def load_weights(model, tensors):
    names = {}
    for side in ("cell", "gene"):
        for part, of in ((f"{side}_encoder", f"{side}_encoder0" if side == "gene" else "cell_encoder"), (f"{side}_decoder", f"{side}_decoder")):
            for layer in range(8):
                names[f"{part}.hidden.{4 * layer}"] = f"{of}.hidden.linear{layer}"
            names[f"{part}.mu"], names[f"{part}.log_variance"] = f"{of}.heads.mu", f"{of}.heads.log_variance"
            names[f"{part}.out"] = f"{of}.out"
    ours = {"log_theta": "head_log_theta", "bias": "head_bias", "head.weight": "head_weight", "head.bias": "head_bias"}
    with torch.no_grad():
        for name, weight in model.named_parameters():
            module, _, kind = name.rpartition(".")
            weight.copy_(tensors["weight." + (ours.get(name) or names[module] + "." + kind)])


def cpu_seconds():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def main():
    folder = pathlib.Path(sys.argv[1])
    config = json.loads((folder / "config.json").read_text())
    tensors = read_safetensors(folder / "tensors.safetensors")
    torch.set_num_threads(config["threads"])
    torch.manual_seed(0)
    x, order, validation = tensors["x"], tensors["order"], tensors["validation"]
    model = Direct(config, tensors["vectors"]) if config["mode"] == "direct" else CellVae(config)
    load_weights(model, tensors)
    optimizer = torch.optim.AdamW(model.parameters(), lr=config["learning_rate"], weight_decay=0.0)
    bf16 = torch.autocast("cpu", torch.bfloat16, enabled=config["precision"] == "bf16")
    done = 0
    print(json.dumps({"torch": torch.__version__}), flush=True)
    for line in sys.stdin:
        command, *arguments = line.split()
        if command == "train":
            model.train()
            steps, cells = int(arguments[0]), 0
            start, cpu = time.perf_counter(), cpu_seconds()
            for step in range(done, done + steps):
                rows = order[step][order[step] >= 0]
                beta = min(max((step - config["flat_steps"]) / config["ramp_steps"], 0.0), 1.0)
                optimizer.zero_grad()
                with bf16:
                    loss = model(x[rows], beta, True)
                loss.backward()
                if config["clip_norm"] > 0:
                    torch.nn.utils.clip_grad_norm_(model.parameters(), config["clip_norm"])
                optimizer.step()
                cells += len(rows)
            done += steps
            print(json.dumps({"seconds": time.perf_counter() - start, "cpu": cpu_seconds() - cpu, "cells": cells, "loss": loss.item()}), flush=True)
        elif command == "validate":
            model.eval()
            with torch.no_grad(), bf16:
                total = sum(model(x[rows], 1.0, False).item() * len(rows) for rows in validation.split(config["batch"]))
            print(json.dumps({"loss": total / len(validation)}), flush=True)


main()
