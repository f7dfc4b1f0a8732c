"""dlib on the fixtures of `perceive evaluate`, by the same protocol, as one line of JSON.

python faces.py PORTRAITS GROUPS
"""

import importlib.util
import json
import pathlib
import sys
import time

import dlib
import numpy as np
from PIL import Image

portraits, groups = map(pathlib.Path, sys.argv[1:])
KNOWN = {
    "biden.jpg": ("B", "B1"),
    "obama.jpg": ("O", "O1"),
    "obama_partial_face.jpg": ("O", "O1"),
    "obama_partial_face2.jpg": ("O", "O1"),
    "obama2.jpg": ("O", "O2"),
    "obama3.jpg": ("O", "O3"),
}
THRESHOLD = 0.6

package = pathlib.Path(importlib.util.find_spec("face_recognition_models").origin).parent / "models"
detect = dlib.get_frontal_face_detector()
measure = dlib.shape_predictor(str(package / "shape_predictor_68_face_landmarks.dat"))
describe = dlib.face_recognition_model_v1(str(package / "dlib_face_recognition_resnet_model_v1.dat"))


def look(picture):
    shapes = [measure(picture, box) for box in detect(picture, 1 if max(picture.shape) < 1500 else 0)]
    return [np.array(describe.compute_face_descriptor(picture, shape)) for shape in shapes]


def read(path):
    return np.array(Image.open(path).convert("RGB"))


found = []
for name, (person, taken) in KNOWN.items():
    found += [(person, taken, face) for face in look(read(portraits / name))[:1]]
count = len(found)
for at in range(1, 7):
    name = f"sample{at}.jpg"
    found += [(f"{name}/{n}", name, face) for n, face in enumerate(look(read(groups / name)))]
same, other = [], []
for at, (person, taken, face) in enumerate(found):
    for before, (who, when, face_before) in enumerate(found[:at]):
        distance = float(np.linalg.norm(face - face_before))
        if person == who and taken != when:
            same.append(distance)
        elif person != who and (before < count or taken == when):
            other.append(distance)
image = Image.open(portraits / "obama.jpg").convert("RGB")
image.thumbnail((640, 480))
frame = Image.new("RGB", (640, 480))
frame.paste(image, ((640 - image.width) // 2, 0))
frame = np.array(frame)
times = []
for _ in range(15):
    wall, processor = time.perf_counter(), time.thread_time()
    detected = detect(frame, 0)
    describe.compute_face_descriptor(frame, measure(frame, detected[0]))
    times.append((time.perf_counter() - wall, time.thread_time() - processor))
middle = lambda column: round(sorted(row[column] for row in times)[7] * 1000, 1)
print(
    json.dumps(
        {
            "dlib": dlib.__version__,
            "faces_found": {"portraits": [count, len(KNOWN)], "groups": len(found) - count},
            "threshold": THRESHOLD,
            "false_accepts": [sum(d <= THRESHOLD for d in other), len(other)],
            "false_rejects": [sum(d > THRESHOLD for d in same), len(same)],
            "unlikest_of_one_person": max(same),
            "likest_of_two_persons": min(other),
            "check_640x480": {"ms": middle(0), "processor_ms": middle(1)},
        }
    )
)
