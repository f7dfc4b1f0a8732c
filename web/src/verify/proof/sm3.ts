/** SM3, GB/T 32905-2016. */

const rotl = (x: number, by: number) => (x << by) | (x >>> (32 - by))

const START = [0x7380166f, 0x4914b2b9, 0x172442d7, 0xda8a0600, 0xa96f30bc, 0x163138aa, 0xe38dee4d, 0xb0fb0e4e]
const TURNED = Int32Array.from({ length: 64 }, (_, j) => rotl(j < 16 ? 0x79cc4519 : 0x7a879d8a, j % 32))
const BLOCK = 64

export class Sm3 {
  readonly #state = Int32Array.from(START)
  readonly #words = new Int32Array(68)
  readonly #rest = new Uint8Array(BLOCK)
  #held = 0
  #bytes = 0

  update(bytes: Uint8Array): this {
    this.#bytes += bytes.length
    let at = 0
    if (this.#held > 0) {
      at = Math.min(BLOCK - this.#held, bytes.length)
      this.#rest.set(bytes.subarray(0, at), this.#held)
      this.#held += at
      if (this.#held < BLOCK) return this
      this.#compress(this.#rest, 0)
    }
    for (; at + BLOCK <= bytes.length; at += BLOCK) this.#compress(bytes, at)
    this.#rest.set(bytes.subarray(at))
    this.#held = bytes.length - at
    return this
  }

  digest(): Uint8Array {
    const bits = this.#bytes * 8
    const padding = new Uint8Array((this.#held < 56 ? 64 : 128) - this.#held)
    padding[0] = 0x80
    const length = new DataView(padding.buffer, padding.length - 8)
    length.setUint32(0, Math.floor(bits / 2 ** 32))
    length.setUint32(4, bits >>> 0)
    this.update(padding)
    const out = new DataView(new ArrayBuffer(32))
    this.#state.forEach((word, at) => out.setInt32(4 * at, word))
    return new Uint8Array(out.buffer)
  }

  #compress(bytes: Uint8Array, from: number): void {
    const w = this.#words
    const word = (j: number) => w[j] as number
    for (let j = 0, at = from; j < 16; j++, at += 4) {
      w[j] = ((bytes[at] as number) << 24) | ((bytes[at + 1] as number) << 16) | ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number)
    }
    for (let j = 16; j < 68; j++) {
      const x = word(j - 16) ^ word(j - 9) ^ rotl(word(j - 3), 15)
      w[j] = x ^ rotl(x, 15) ^ rotl(x, 23) ^ rotl(word(j - 13), 7) ^ word(j - 6)
    }
    const v = this.#state
    let [a, b, c, d, e, f, g, h] = v as unknown as [number, number, number, number, number, number, number, number]
    for (let j = 0; j < 64; j++) {
      const a12 = rotl(a, 12)
      const ss1 = rotl((a12 + e + (TURNED[j] as number)) | 0, 7)
      const ff = j < 16 ? a ^ b ^ c : (a & b) | (a & c) | (b & c)
      const gg = j < 16 ? e ^ f ^ g : (e & f) | (~e & g)
      const tt1 = (ff + d + (ss1 ^ a12) + (word(j) ^ word(j + 4))) | 0
      const tt2 = (gg + h + ss1 + word(j)) | 0
      d = c
      c = rotl(b, 9)
      b = a
      a = tt1
      h = g
      g = rotl(f, 19)
      f = e
      e = tt2 ^ rotl(tt2, 9) ^ rotl(tt2, 17)
    }
    const next = [a, b, c, d, e, f, g, h]
    for (let at = 0; at < 8; at++) v[at] = (v[at] as number) ^ (next[at] as number)
  }
}
