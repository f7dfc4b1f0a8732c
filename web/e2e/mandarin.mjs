/** Mandarin answers put together from recorded syllables, as sound that a browser can play. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

/** Where `perceive models --fixtures` keeps them. */
export const MODELS = process.env.XIAOBAO_MODELS ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'xiaobao/models')
const SYLLABLES = join(MODELS, 'packages/gcin-voice-0~20170223-3/usr/share/gcin-voice/ogg')

/** Two women who recorded every syllable, as the package numbers them: voice 3 LGPL-3, voice 5 CC-BY-3.0. */
export const VOICES = ['3', '5']

/** Samples a second. */
export const RATE = 16_000

/** Sounds in Bopomofo, with the tone's number from the second on; 1 is the tone of particles. */
const SOUNDS = {
  零: 'ㄌㄧㄥ2', 一: 'ㄧ', 二: 'ㄦ4', 三: 'ㄙㄢ', 四: 'ㄙ4', 五: 'ㄨ3', 六: 'ㄌㄧㄡ4', 七: 'ㄑㄧ', 八: 'ㄅㄚ', 九: 'ㄐㄧㄡ3',
  我: 'ㄨㄛ3', 是: 'ㄕ4', 的: 'ㄉㄜ1', 对: 'ㄉㄨㄟ4', 不: 'ㄅㄨ4', 没: 'ㄇㄟ2', 有: 'ㄧㄡ3', 人: 'ㄖㄣ2', 清: 'ㄑㄧㄥ', 楚: 'ㄔㄨ3',
  已: 'ㄧ3', 知: 'ㄓ', 晓: 'ㄒㄧㄠ3', 道: 'ㄉㄠ4', 全: 'ㄑㄩㄢ2', 部: 'ㄅㄨ4', 成: 'ㄔㄥ2', 本: 'ㄅㄣ3', 阅: 'ㄩㄝ4', 读: 'ㄉㄨ2',
  并: 'ㄅㄧㄥ4', 理: 'ㄌㄧ3', 解: 'ㄐㄧㄝ3', 明: 'ㄇㄧㄥ2', 示: 'ㄕ4', 表: 'ㄅㄧㄠ3', 同: 'ㄊㄨㄥ2', 意: 'ㄧ4', 签: 'ㄑㄧㄢ', 署: 'ㄕㄨ3',
  愿: 'ㄩㄢ4', 自: 'ㄗ4', 申: 'ㄕㄣ', 请: 'ㄑㄧㄥ3', 收: 'ㄕㄡ', 过: 'ㄍㄨㄛ4', 确: 'ㄑㄩㄝ4', 认: 'ㄖㄣ4', 错: 'ㄘㄨㄛ4', 借: 'ㄐㄧㄝ4', 拒: 'ㄐㄩ4', 绝: 'ㄐㄩㄝ2',
}
const DIGITS = '零一二三四五六七八九'

/** Seconds of quiet at a comma, and between digits that are read one by one. */
const COMMA_S = 0.3
const DIGIT_S = 0.15

const decoded = new Map()

function syllable(sound, voice) {
  const key = `${sound}/${voice}`
  if (!decoded.has(key)) {
    const file = join(SYLLABLES, sound, `${voice}.ogg`)
    assert.ok(existsSync(file), `${file} is there after perceive models --fixtures`)
    const bytes = execFileSync('ffmpeg', ['-v', 'error', '-nostdin', '-i', file, '-ac', '1', '-ar', `${RATE}`, '-f', 'f32le', '-'], { maxBuffer: 1 << 26 })
    decoded.set(key, trimmed(new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length))))
  }
  return decoded.get(key)
}

/** Without the quiet before and after, and as loud as speech is. */
function trimmed(samples) {
  const loudest = samples.reduce((most, one) => Math.max(most, Math.abs(one)), 0)
  const loud = (one) => Math.abs(one) > 0.02 * loudest
  const part = samples.slice(samples.findIndex(loud), samples.findLastIndex(loud) + 1)
  const loudness = Math.sqrt(part.reduce((all, one) => all + one * one, 0) / part.length)
  return part.map((one) => Math.max(-1, Math.min(1, (one * 0.08) / loudness)))
}

/** The samples of a phrase; signs between words are short pauses. */
export function spoken(phrase, voice = VOICES[0]) {
  const parts = []
  for (const character of phrase) {
    const digit = DIGITS[character]
    const sound = SOUNDS[digit ?? character]
    if (sound) parts.push(syllable(sound, voice))
    else assert.match(character, /\p{P}|\s/u, `how ${character} sounds is known`)
    const quiet = sound ? (digit ? DIGIT_S : 0) : COMMA_S
    parts.push(new Float32Array(Math.round(quiet * RATE)))
  }
  const samples = new Float32Array(parts.reduce((all, part) => all + part.length, 0))
  parts.reduce((at, part) => (samples.set(part, at), at + part.length), 0)
  return samples
}

/** A WAV file of samples. */
export function wav(samples) {
  const file = Buffer.alloc(44 + 2 * samples.length)
  file.write('RIFF', 0, 'latin1')
  file.writeUInt32LE(36 + 2 * samples.length, 4)
  file.write('WAVEfmt ', 8, 'latin1')
  file.writeUInt32LE(16, 16)
  file.writeUInt16LE(1, 20)
  file.writeUInt16LE(1, 22)
  file.writeUInt32LE(RATE, 24)
  file.writeUInt32LE(2 * RATE, 28)
  file.writeUInt16LE(2, 32)
  file.writeUInt16LE(16, 34)
  file.write('data', 36, 'latin1')
  file.writeUInt32LE(2 * samples.length, 40)
  samples.forEach((one, at) => file.writeInt16LE(Math.round(Math.max(-1, Math.min(1, one)) * 32_767), 44 + 2 * at))
  return file
}
