/** 居民身份证 before the camera of a real Chromium: read by real models, and held against the person and what is known of them. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { good } from './audit.mjs'
import { SOMEBODY, camera, card, missing } from './camera.mjs'
import { accountOf, call, checked, launch, seated } from './desk.mjs'
import { answers, begins, confirmed } from './recorded.mjs'

const skip = missing()
const NODE = { code: 'card', kind: 'card', spoken: { zh: '请把身份证有照片的一面举到镜头前。', en: 'Hold the side of your ID card with the photo into the camera.' }, on_wrong: 'again', answer_seconds: 20, tries_max: 3 }
let browser, service, manager, reviewer, product, usual

/** Releases another recording of the product: one proposes it, another approves it. */
async function release(change) {
  const path = `/api/console/products/${product}`
  const { version, recording } = (await call(manager, 'GET', `${path}/recording`)).body
  const proposed = await call(manager, 'POST', `${path}/recording`, { base: version, recording: change(structuredClone(recording)) })
  assert.equal(proposed.status, 201, JSON.stringify(proposed.body))
  const { status } = await call(reviewer, 'POST', `${path}/versions/${proposed.body.version}/approve`)
  assert.equal(status, 200)
  return recording
}

before(async () => {
  if (skip) return
  browser = await launch()
  ;[service, manager, reviewer] = await Promise.all(['luoyifan', 'shenqiao', 'heyun'].map((name) => seated(browser, accountOf(name))))
  const { rows } = (await call(manager, 'GET', '/api/console/products?limit=50')).body
  product = rows.find((one) => one.code === 'yinling').id
  usual = await release((recording) => ({ ...recording, script: [recording.script[0], NODE] }))
})

after(async () => {
  if (usual !== undefined) await release(() => usual)
  await browser?.close()
})

test('a stranger’s card is refused for its number, the person’s own is read and its photo is theirs', { skip }, async (t) => {
  const other = checked('110101197105120320')
  const { phone, given: person } = await confirmed(browser, service, {
    setup: (page, { name, id_number: number }) => {
      // One photograph on both: of another day, it lies where a colleague is asked.
      const cards = { foreign: card({ name: '王小明', number: other, photo: SOMEBODY }), own: card({ name, number, photo: SOMEBODY }) }
      return camera(page, { cards })
    },
  })
  await begins(phone)
  const over = await answers(phone, person, async (node, attempt) => {
    if (node.code !== 'card') return person.say(node.digits)
    if (attempt === 1) await good(phone, 'recording card')
    await person.show({ people: [], card: attempt === 1 ? 'foreign' : 'own' })
    await phone.waitForTimeout(4_000)
  }, 300_000)
  const { body } = await call(reviewer, 'GET', `/api/console/recordings/${over.id}`)
  const tries = body.nodes.find((one) => one.code === 'card').tries.map(({ state, reasons }) => [state, reasons.map((one) => one.code)])
  t.diagnostic(JSON.stringify(tries))
  assert.deepEqual(tries[0], ['again', ['card_other_person']], JSON.stringify(body.nodes))
  assert.deepEqual([over.nodes[1].state, tries.at(-1)[0]], ['passed', 'passed'], JSON.stringify(body.nodes))
  const said = JSON.stringify(body)
  assert.ok(!said.includes(other) && !said.includes('王小明'), 'what the card says is kept nowhere')
  await phone.context().close()
})
