/** What goes wrong before the camera is told while it goes on, by real models that look at what was received. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { good } from './audit.mjs'
import { ANOTHER, SOMEBODY, camera, missing } from './camera.mjs'
import { accountOf, launch, seated, until } from './desk.mjs'
import { begins, confirmed, press, recording } from './recorded.mjs'

const skip = missing()
/** From the moment something was found until it stands on the phone. */
const SHOWN_WITHIN_MS = 500
let browser, service

before(async () => {
  if (skip) return
  browser = await launch()
  service = await seated(browser, accountOf('luoyifan'))
})

after(async () => {
  await browser?.close()
})

/** Has a page note when each prompt stands on it. */
async function watches(phone) {
  await phone.evaluate(() => {
    globalThis.shown = []
    let before = ''
    new MutationObserver(() => {
      const words = document.querySelector('.prompt')?.textContent ?? ''
      if (words !== '' && words !== before) globalThis.shown.push({ words, at: Date.now() })
      before = words
    }).observe(document.body, { childList: true, subtree: true, characterData: true })
  })
}

test('a lost face and a second one are told at once, large, and while the question is open', { skip }, async (t) => {
  const { phone, given: person } = await confirmed(browser, service, { setup: (page) => camera(page) })
  const acknowledged = []
  phone.on('response', (response) => {
    if (response.url().includes('/chunks/')) acknowledged.push(Date.now())
  })
  await begins(phone)
  await until(async () => (await recording(phone)).nodes[0].state === 'open', 30_000, 'the question is open')
  await press(phone, '打字回答')
  await watches(phone)
  const figures = []
  for (const [scene, code, words] of [
    [{ people: [] }, 'face_lost', '看不清您的脸'],
    [{ people: [SOMEBODY, ANOTHER] }, 'second_face', '画面里还有别人'],
  ]) {
    const begun = Date.now()
    await person.show(scene)
    await phone.locator('.prompt', { hasText: words }).waitFor({ timeout: 20_000 })
    if (code === 'face_lost') await good(phone, 'recording prompt')
    const told = (await recording(phone)).prompts.filter((one) => one.code === code)
    const found = told[0].at_ms
    const shown = (await phone.evaluate(() => globalThis.shown)).find((one) => one.words.includes(words)).at
    const chunk = acknowledged.filter((at) => at <= found).at(-1)
    figures.push({ code, happened_to_shown: shown - begun, acknowledged_to_shown: shown - chunk, found_to_shown: shown - found })
    await person.show({ people: [SOMEBODY] })
    await until(async () => (await phone.locator('.prompt').count()) === 0, 15_000, 'what is over is told no more')
  }
  t.diagnostic(JSON.stringify(figures))
  for (const { code, found_to_shown } of figures) assert.ok(found_to_shown <= SHOWN_WITHIN_MS, `${code} stands on the phone ${found_to_shown} ms after it was found`)
  assert.equal((await recording(phone)).nodes[0].state, 'open', 'a prompt ends nothing')
  await phone.context().close()
})
