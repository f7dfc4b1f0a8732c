/**
 * A camera and a microphone with a person before them, for a real browser.
 *
 * The person is a portrait under a licence that allows it, warped over time, with an answer put together from recorded
 * syllables: fixtures of `perceive models --fixtures`. Nothing of them is in the repository; where they, the models or
 * ffmpeg are missing, `missing()` says so.
 */
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { MODELS, VOICES, spoken, wav } from './mandarin.mjs'
import { install } from './person.page.mjs'

const PORTRAITS = join(MODELS, 'packages/face_recognition-1.3.0/face_recognition-1.3.0/tests/test_images')
const PERCEIVE = process.env.XIAOBAO_PERCEIVE ?? fileURLToPath(new URL('../../target/debug/perceive', import.meta.url))

/** One person in two photographs of different days, and another; portraits of the White House, public domain. */
export const SOMEBODY = 'obama.jpg'
export const SOMEBODY_ELSEWHERE = 'obama3.jpg'
export const ANOTHER = 'biden.jpg'
export { VOICES }

/** A portrait's file. */
export const portrait = (name) => join(PORTRAITS, name)

/** What can't be had here, in words; none where everything is there. */
export function missing() {
  const ran = (program) => spawnSync(program, ['-version']).error === undefined
  if (!existsSync(portrait(SOMEBODY)) || !existsSync(FONT)) return 'fixtures missing: cargo dev models --fixtures'
  if (!existsSync(PERCEIVE)) return 'perceive was not built: cargo build -p xiaobao-perception'
  return ran('ffmpeg') ? undefined : 'ffmpeg missing'
}

/** What a sense finds, as `perceive` says it. */
export function perceive(...words) {
  return JSON.parse(execFileSync(PERCEIVE, words, { maxBuffer: 1 << 26 }))
}

const [WIDTH, HEIGHT] = [480, 360]
/** Between the eyes of a person before a phone, in pixels, and the place of their middle. */
const EYES_APART = 63
const EYES = [WIDTH / 2, 142]
const seen = new Map()

/** A portrait as the camera sees it, with the 68 points of its face. */
function framed(name) {
  if (!seen.has(name)) seen.set(name, frame(name))
  return seen.get(name)
}

function frame(name) {
  const file = portrait(name)
  const [{ faces }] = perceive('faces', file, file).pictures
  assert.equal(faces.length, 1, `${name} shows one face`)
  const { points, eye_distance } = faces[0]
  const [width, height] = size(file)
  const scale = Math.max(EYES_APART / eye_distance, WIDTH / width, HEIGHT / height)
  const eyes = points.slice(36, 48)
  const middle = ['x', 'y'].map((axis) => eyes.reduce((all, one) => all + one[axis], 0) / eyes.length)
  const begin = (which, whole, part) => Math.max(0, Math.min(whole - part, Math.floor(middle[which] - EYES[which] / scale)))
  const part = [WIDTH, HEIGHT].map((side) => Math.floor(side / scale))
  const [x, y] = [begin(0, width, part[0]), begin(1, height, part[1])]
  const filter = `crop=${part[0]}:${part[1]}:${x}:${y},scale=${WIDTH}:${HEIGHT}`
  const jpeg = execFileSync('ffmpeg', ['-v', 'error', '-nostdin', '-i', file, '-vf', filter, '-q:v', '2', '-f', 'mjpeg', '-'], { maxBuffer: 1 << 24 })
  return { jpeg: jpeg.toString('base64'), points: points.map((point) => [(point.x - x) * scale, (point.y - y) * scale]) }
}

function size(file) {
  const said = execFileSync('ffprobe', ['-v', 'error', '-select_streams', 'v', '-show_entries', 'stream=width,height', '-of', 'csv=p=0', file])
  return `${said}`.trim().split(',').map(Number)
}

const FONT = fileURLToPath(new URL('../../crates/server/assets/fonts/NotoSansSC-Regular.otf', import.meta.url))

/** The front of an identity card as the camera sees it, a picture of the camera's size: drawn for the test, of nobody. */
export function card({ name, number, photo }) {
  const birth = `出生 ${number.slice(6, 10)} 年 ${Number(number.slice(10, 12))} 月 ${Number(number.slice(12, 14))} 日`
  const sex = Number(number[16]) % 2 === 1 ? '男' : '女'
  const rows = [['姓名', 26, 52, 19], [name, 84, 49, 24], [`性别 ${sex}  民族 汉`, 26, 92, 19], [birth, 26, 132, 19], ['住址', 26, 172, 19], ['北京市朝阳区清河路', 84, 172, 19], ['公民身份号码', 26, 286, 19], [number, 168, 282, 26]]
  const drawn = rows.map(([text, x, y, size]) => `drawtext=fontfile=${FONT}:text='${text}':x=${x}:y=${y}:fontsize=${size}:fontcolor=0x202020`)
  const filter = `[0]drawbox=x=8:y=24:w=464:h=312:color=0xdfe9ef:t=fill,${drawn.join(',')}[c];[1]crop=iw*0.5:iw*0.62:iw*0.26:0,scale=140:-2[p];[c][p]overlay=324:66`
  const wall = ['-f', 'lavfi', '-i', `color=0x8f8c86:s=${WIDTH}x${HEIGHT}`]
  const jpeg = execFileSync('ffmpeg', ['-v', 'error', '-nostdin', ...wall, '-i', portrait(photo), '-filter_complex', filter, '-frames:v', '1', '-q:v', '2', '-f', 'mjpeg', '-'], { maxBuffer: 1 << 24 })
  return jpeg.toString('base64')
}

/**
 * Gives a page a camera. `cards` are those that may be held before it, by name. `people` are those before it; `kind` is `live`, a `still` picture that nobody holds, a
 * `photograph` in a hand, a `film` that does other acts than asked, `refused` or `missing`.
 */
export async function camera(page, { people = [SOMEBODY], others = [ANOTHER], voice = VOICES[0], kind = 'live', cards = {} } = {}) {
  const portraits = Object.fromEntries([...new Set([...people, ...others])].map((name) => [name, framed(name)]))
  await page.addInitScript(install, { portraits, cards, scene: { people, kind } })
  return {
    /** Does `blink`, `turn_left`, `turn_right` or `open_mouth` (the person's own left), to its end. */
    act: (act) => page.evaluate((which) => globalThis.person.act(which), act),
    /** Says something to its end, in the voice that was chosen or in another. */
    say: (phrase, how = voice) => page.evaluate((sound) => globalThis.person.say(sound), wav(spoken(phrase, how)).toString('base64')),
    /** Puts other people before the camera, or the same in another way. */
    show: (scene) => page.evaluate((next) => globalThis.person.show(next), scene),
  }
}
