// The face networks by the package's own code, on inputs that `perceive parity` wrote down.
// Prints the largest difference for each: node faces.mjs PACKAGE FOLDER
import { copyFileSync, promises, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [, , packageFolder, folder] = process.argv;
// The bundle is made for browsers; it must not see Node.
Object.defineProperty(process, 'versions', { value: {} });
globalThis.window = globalThis;
globalThis.document = { createElement: () => ({ getContext: () => null }) };
const bundle = join(folder, 'face-api.mjs');
copyFileSync(join(packageFolder, 'dist/face-api.esm.js'), bundle);
const faceapi = await import(pathToFileURL(bundle).href);
const { tf, nets } = faceapi;
await tf.setBackend('cpu');
await tf.ready();
// It asks of every input whether it is one of these.
const none = { Canvas: class {}, Image: class {}, ImageData: class {}, Video: class {} };
faceapi.env.setEnv({ ...none, readFile: (path) => promises.readFile(path) });

const floats = (name) => {
  const bytes = readFileSync(join(folder, name));
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
};

const cases = [
  ['face_detector.onnx', 416, nets.tinyFaceDetector, (net, x) => net.forwardInput(x, 416).transpose([0, 3, 1, 2])],
  ['face_landmarks.onnx', 112, nets.faceLandmark68Net, (net, x) => net.runNet(x)],
  ['face_descriptor.onnx', 150, nets.faceRecognitionNet, (net, x) => net.forwardInput(x)],
];
for (const [name, side, net, run] of cases) {
  await net.loadFromDisk(join(packageFolder, 'model'));
  const planes = tf.tensor(floats(`${name}.in`), [1, 3, side, side]);
  const input = await faceapi.toNetInput(planes.transpose([0, 2, 3, 1]));
  const theirs = run(net, input).dataSync();
  const ours = floats(`${name}.out`);
  if (theirs.length !== ours.length) throw new Error(`${name}: ${theirs.length} numbers, not ${ours.length}`);
  let difference = 0;
  for (let at = 0; at < ours.length; at += 1) difference = Math.max(difference, Math.abs(ours[at] - theirs[at]));
  console.log(`${name}\t${difference}`);
}
