/** Seconds of a tone, as a file that any browser plays: 16-bit samples, 16,000 a second. */
export function tone(seconds = 1) {
  const count = seconds * 16_000
  const samples = Buffer.alloc(count * 2)
  for (let at = 0; at < count; at += 1) samples.writeInt16LE(Math.round(Math.sin(at / 12) * 9_000), at * 2)
  const head = Buffer.alloc(44)
  head.write('RIFF', 0)
  head.writeUInt32LE(36 + samples.length, 4)
  head.write('WAVEfmt ', 8)
  for (const [value, at] of [[16, 16], [16_000, 24], [32_000, 28]]) head.writeUInt32LE(value, at)
  for (const [value, at] of [[1, 20], [1, 22], [2, 32], [16, 34]]) head.writeUInt16LE(value, at)
  head.write('data', 36)
  head.writeUInt32LE(samples.length, 40)
  return Buffer.concat([head, samples])
}
