/** The institution's own recording of a question: two people release it, and a phone that has no voice plays it. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { good } from './audit.mjs'
import { accountOf, call, guard, launch, seated } from './desk.mjs'
import { begins, confirmed, recording } from './recorded.mjs'
import { tone } from './tone.mjs'

const FAKE = ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream']
const SECONDS = 8
let browser, service, manager, reviewer

before(async () => {
  browser = await launch(FAKE)
  ;[service, manager, reviewer] = [await seated(browser, accountOf('luoyifan')), await seated(browser, accountOf('shenqiao')), await seated(browser, accountOf('heyun'))]
})

after(async () => {
  await browser?.close()
})

/** Hands in a file as the console does. */
const uploads = (bytes) => manager.evaluate(async (list) => {
  const init = { method: 'POST', headers: { 'content-type': 'audio/wav', 'x-xiaobao': '1' }, body: new Uint8Array(list) }
  return (await fetch('/api/console/voices', init)).json()
}, [...bytes])

test('a question is played to its end before it is answered', async () => {
  const { rows } = (await call(manager, 'GET', '/api/console/products?limit=50')).body
  const { id } = rows.find((one) => one.code === 'yinling')
  const path = `/api/console/products/${id}`
  const { version, recording: words } = (await call(manager, 'GET', `${path}/recording`)).body
  const { digest, ms } = await uploads(tone(SECONDS))
  assert.equal(ms, SECONDS * 1_000)
  words.script[0].voice = { zh: digest }
  const proposed = await call(manager, 'POST', `${path}/recording`, { base: version, recording: words })
  assert.equal(proposed.status, 201, JSON.stringify(proposed.body))
  assert.equal((await call(manager, 'POST', `${path}/versions/${version + 1}/approve`)).status, 403, 'nobody releases their own')
  const released = await call(reviewer, 'POST', `${path}/versions/${version + 1}/approve`)
  assert.equal(released.status, 200, JSON.stringify(released.body))

  const { phone } = await confirmed(browser, service)
  const check = guard(phone)
  const heard = phone.waitForResponse((response) => response.url().endsWith(`/api/h5/recording/voices/${digest}`))
  await begins(phone)
  assert.equal((await heard).status(), 200)
  const began = Date.now()
  await phone.getByRole('button', { name: '正在读题' }).waitFor()
  await good(phone, 'recording a question is played')
  assert.equal((await recording(phone)).nodes[0].state, 'waiting', 'nothing is answered while it is said')
  await phone.getByText('请读出这四个数字').waitFor()
  assert.ok(Date.now() - began >= SECONDS * 1_000, 'and not before its end')
  check()
})
