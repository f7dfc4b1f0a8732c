/** The person before the camera of these tests, as real models see and hear what a real Chromium records of them. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { ANOTHER, SOMEBODY, SOMEBODY_ELSEWHERE, camera, missing, perceive, portrait } from './camera.mjs'
import { BASE, PHONE, launch } from './desk.mjs'

const skip = missing()
const folder = mkdtempSync(join(tmpdir(), 'xiaobao-camera-'))
let browser

before(async () => {
  if (!skip) browser = await launch()
})

after(async () => {
  await browser?.close()
  rmSync(folder, { recursive: true })
})

/** Records what `plays` does, as the borrower's recorder would; gives the film and what `plays` gave. */
async function filmed(name, setup, plays) {
  const page = await (await browser.newContext(PHONE)).newPage()
  const person = await camera(page, setup)
  await page.goto(`${BASE}/h5/`)
  await page.evaluate(async () => {
    const stream = await navigator.mediaDevices.getUserMedia({ video: true, audio: true })
    const recorder = new MediaRecorder(stream, { mimeType: 'video/webm;codecs=vp8,opus', videoBitsPerSecond: 400_000 })
    const parts = []
    recorder.ondataavailable = ({ data }) => parts.push(data)
    const begun = performance.now()
    recorder.start(1_000)
    const ended = new Promise((resolve) => (recorder.onstop = resolve))
    globalThis.film = {
      at: () => (performance.now() - begun) / 1_000,
      end: async () => {
        recorder.stop()
        await ended
        for (const track of stream.getTracks()) track.stop()
        const bytes = new Uint8Array(await new Blob(parts).arrayBuffer())
        return btoa(bytes.reduce((text, byte) => text + String.fromCharCode(byte), ''))
      },
    }
  })
  const marks = await plays(person, () => page.evaluate(() => globalThis.film.at()))
  const file = join(folder, `${name}.webm`)
  writeFileSync(file, Buffer.from(await page.evaluate(() => globalThis.film.end()), 'base64'))
  await page.context().close()
  return { file, marks }
}

const pause = (seconds) => new Promise((resolve) => setTimeout(resolve, 1_000 * seconds))

/** Does acts one after another; each with the seconds of its stretch, as `perceive` is asked. */
function doing(acts) {
  return async (person, at) => {
    const asked = []
    await pause(1)
    for (const act of acts) {
      const from = await at()
      await pause(0.5)
      await person.act(act)
      await pause(0.8)
      asked.push(`${act}@${from.toFixed(1)}-${(await at()).toFixed(1)}`)
    }
    // A recorder that is stopped may not have come to its newest pictures.
    await pause(1)
    return asked.join(',')
  }
}

test('acts are done when they are asked for, by the one whose portrait it is', { skip }, async () => {
  const { file, marks } = await filmed('acts', {}, doing(['turn_left', 'open_mouth', 'turn_right']))
  const seen = perceive('acts', file, '--ask', marks, '--like', portrait(SOMEBODY_ELSEWHERE))
  assert.deepEqual(seen.acts.map((one) => one.outcome), ['done', 'done', 'done'], JSON.stringify(seen.acts))
  assert.ok(seen.pictures.one > 20 && seen.pictures.more === 0, JSON.stringify(seen.pictures))
  assert.ok(seen.like.distances[1] < seen.like.threshold, JSON.stringify(seen.like))
  const other = perceive('acts', file, '--like', portrait(ANOTHER)).like
  assert.ok(other.distances[0] > other.threshold, JSON.stringify(other))
})

test('a photograph in a hand does nothing, and two persons are two', { skip }, async () => {
  const { file, marks } = await filmed('attacks', { kind: 'photograph' }, async (person, at) => {
    const asked = await doing(['open_mouth'])(person, at)
    await person.show({ kind: 'live', people: [SOMEBODY, ANOTHER] })
    await pause(2)
    return asked
  })
  const seen = perceive('acts', file, '--ask', marks)
  assert.notEqual(seen.acts[0].outcome, 'done', JSON.stringify(seen.acts))
  assert.ok(seen.pictures.more >= 10 && seen.pictures.one >= 10, JSON.stringify(seen.pictures))
})

test('what is said is heard, and a no is a no', { skip }, async () => {
  const said = async (phrase) => {
    const { file } = await filmed(phrase, {}, async (person) => {
      await pause(0.5)
      await person.say(phrase)
      await pause(0.5)
    })
    return file
  }
  const words = ['--expect', '我已知晓全部成本', '--against', '我不知晓全部成本']
  assert.equal(perceive('speech', await said('我已知晓全部成本'), ...words).outcome, 'matched')
  assert.equal(perceive('speech', await said('我不知晓全部成本'), ...words).outcome, 'negated')
})
