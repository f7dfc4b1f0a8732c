"""Prints how fast this machine is now: one thread of SHA-256, and a durable append of 4 KiB in the
folder given, so that absolute figures can be read beside it."""

import hashlib
import os
import sys
import time

block = bytes(16 * 1024 * 1024)
best = 0.0
for _ in range(5):
    started = time.perf_counter()
    hashlib.sha256(block).digest()
    best = max(best, len(block) / (time.perf_counter() - started) / 1e6)
print(f"figure machine.sha256_mb_s {best:.1f}")

path = os.path.join(sys.argv[1], f"xiaobao-calibrate-{os.getpid()}")
page = bytes(4096)
waits = []
file = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
try:
    for _ in range(400):
        started = time.perf_counter()
        os.write(file, page)
        os.fdatasync(file)
        waits.append((time.perf_counter() - started) * 1e3)
finally:
    os.close(file)
    os.unlink(path)
waits.sort()
print(f"figure machine.fdatasync_p50_ms {waits[len(waits) // 2]:.3f}")
print(f"figure machine.fdatasync_p99_ms {waits[len(waits) * 99 // 100]:.3f}")
