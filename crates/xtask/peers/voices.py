"""resemblyzer on three seconds of a fixture of `perceive evaluate`, one thread, as one line of JSON.

python voices.py SOUNDS
"""

import importlib.metadata
import json
import pathlib
import subprocess
import sys
import time

import numpy as np
import torch
from resemblyzer import VoiceEncoder, preprocess_wav

torch.set_num_threads(1)
RATE = 16_000
files = sorted(pathlib.Path(sys.argv[1]).glob("*.g722"))
g722 = b"".join(file.read_bytes() for file in files)[: 8_000 * 12]
decode = ["ffmpeg", "-v", "error", "-f", "g722", "-i", "pipe:0", "-ac", "1", "-ar", str(RATE), "-f", "s16le", "-"]
raw = subprocess.run(decode, input=g722, capture_output=True, check=True).stdout
# Spoken throughout, as ours is.
sound = preprocess_wav(np.frombuffer(raw, dtype="<i2").astype(np.float32) / 32_768, RATE)[: 3 * RATE]
encoder = VoiceEncoder("cpu", verbose=False)
times = []
for _ in range(15):
    wall, processor = time.perf_counter(), time.process_time()
    encoder.embed_utterance(preprocess_wav(sound, RATE))
    times.append((time.perf_counter() - wall, time.process_time() - processor))
middle = lambda column: round(sorted(row[column] for row in times)[7] * 1000, 1)
print(
    json.dumps(
        {
            "resemblyzer": importlib.metadata.version("resemblyzer"),
            "seconds": len(sound) / RATE,
            "check_3_s": {"ms": middle(0), "processor_ms": middle(1)},
        }
    )
)
