/** 远程双录: two colleagues and a borrower, each in a browser of their own, on the real server; pictures from page to page. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { audit, good } from './audit.mjs'
import { BASE, accountOf, call, launch, seated, until } from './desk.mjs'
import { confirmed, recording } from './recorded.mjs'

const FAKE = ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream', '--autoplay-policy=no-user-gesture-required']
let there, here, service, officer

before(async () => {
  // Two programs: nothing of the person's browser is in the colleagues'.
  there = await launch(FAKE)
  here = await launch(FAKE)
  service = await seated(here, accountOf('luoyifan'))
  officer = await seated(here, accountOf('heyun'))
})

after(async () => {
  await there?.close()
  await here?.close()
})

const press = (page, name) => page.getByRole('button', { name, exact: true }).click()

async function reads(desk, path) {
  const { status, body } = await call(desk, 'GET', path)
  assert.equal(status, 200, `${path}: ${JSON.stringify(body)}`)
  return body
}

/** Every fact of a journey. */
async function timeline(desk, journey) {
  const facts = []
  for (let after = ''; after !== null;) {
    const page = await reads(desk, `/api/console/journeys/${journey}/timeline?after=${after}`)
    facts.push(...page.rows)
    after = page.next
  }
  return facts
}

/** Frames of the other side that a page has shown, and how wide they are. */
const film = (page, label) => page.getByLabel(label, { exact: true }).evaluate((video) => ({ width: video.videoWidth, frames: video.getVideoPlaybackQuality().totalVideoFrames }))

/** The other's picture moves on both sides. */
async function meet(phone, desk) {
  for (const [page, label] of [[phone, '工作人员的画面'], [desk, '客户']]) {
    const first = await until(async () => {
      const now = await film(page, label)
      return now.width > 0 && now
    }, 15_000, `${label} is seen`)
    await until(async () => (await film(page, label)).frames > first.frames + 5, 10_000, `${label} moves`)
  }
}

/** From the next page on every way but the relay's is shut, as between two networks that let nothing else through. */
async function shut(page) {
  await page.addInitScript(() => {
    const Real = RTCPeerConnection
    window.RTCPeerConnection = class extends Real {
      constructor(settings) {
        super({ ...settings, iceTransportPolicy: 'relay' })
        window.link = this
      }
    }
  })
  await page.reload()
}

/** Where picture and sound go through: the kinds of both ends of the way that was chosen. */
const way = (page) => page.evaluate(async () => {
  const stats = await window.link.getStats()
  const pair = [...stats.values()].find((one) => one.type === 'candidate-pair' && one.nominated && one.state === 'succeeded')
  return [stats.get(pair?.localCandidateId)?.candidateType, stats.get(pair?.remoteCandidateId)?.candidateType]
})

/** Asks the node that is due, lets it go on for a moment and ends it; the phone hands it in by itself. */
async function leads(phone, desk) {
  const { at } = await recording(phone)
  const ask = desk.getByRole('button', { name: /^(提问|再问这一题)$/ })
  await until(() => ask.isEnabled(), 10_000, 'the film of the person arrives')
  await ask.click()
  await until(async () => (await recording(phone)).nodes[at - 1].state === 'open', 5_000, 'the node is open')
  await phone.getByText('请回答').waitFor()
  await new Promise((resolve) => setTimeout(resolve, 1_200))
  await press(desk, '答完了')
  await until(async () => !['open', 'waiting'].includes((await recording(phone)).nodes[at - 1].state), 15_000, 'the phone handed it in')
  return at
}

/** Whoever hangs up while an answer is looked at, waits for a colleague: so not before. */
async function hangsUp(phone, node) {
  await until(async () => (await recording(phone)).nodes[node - 1].state !== 'checking', 60_000, 'the answer was looked at')
  await press(phone, '挂断')
  await phone.getByRole('group').getByRole('button', { name: '挂断', exact: true }).click()
  await phone.getByText('视频已经挂断').waitFor()
}

test('a colleague takes whoever waits, both see each other, nodes are led, handed over, and both films are kept', { timeout: 180_000 }, async () => {
  const { journey, phone } = await confirmed(there, service)
  await press(phone, '请工作人员用视频带我录')
  await good(phone, 'remote offer')
  await press(phone, '好，先看看镜头')
  await phone.getByText('光线可以').waitFor()
  await press(phone, '准备好了，去等工作人员')
  await phone.getByText('下一位就是您').waitFor()
  await good(phone, 'remote queue')

  await service.goto(`${BASE}/console/recording-desk`)
  const { id } = await until(async () => recording(phone), 5_000, 'the recording')
  await service.getByRole('button', { name: '接待' }).waitFor()
  await audit(service, 'console recording desk')
  await service.getByRole('button', { name: '接待' }).click()
  await meet(phone, service)
  const first = await leads(phone, service)
  await good(phone, 'remote led')
  await audit(service, 'console leading')

  // Each page is loaded anew: they find each other again.
  await phone.reload()
  await meet(phone, service)
  await service.reload()
  await meet(phone, service)
  const second = await leads(phone, service)
  assert.ok(second >= 1 && first === 1)

  await officer.goto(`${BASE}/console/recording-desk`)
  await officer.getByText('没有人在等').waitFor()
  await service.locator('.el-select').first().click()
  await service.getByRole('option', { name: /何芸/ }).click()
  await press(service, '转交')
  await phone.getByText('正在换一位工作人员').waitFor()
  await officer.getByText('转给您').waitFor()
  await officer.getByRole('button', { name: '接待' }).click()
  await meet(phone, officer)
  const last = await leads(phone, officer)

  await hangsUp(phone, last)
  await officer.getByText('客户已挂断').waitFor()
  await officer.getByText('双方的录像都已保存').waitFor()

  // Both tracks are there: what the log swears to is what the server holds, on both sides. The last pieces may still be coming.
  const [sides, sworn] = await until(async () => {
    const sides = (await reads(officer, `/api/console/recordings/${id}`)).segments.filter((one) => one.chunks > 0)
    const received = (await timeline(officer, journey)).filter((one) => one.kind === 'recording.received.v1').map((one) => one.data)
    return sides.every((one) => received.some((fact) => fact.segment === one.no && fact.head === one.head && fact.chunks === one.chunks)) && [sides, received]
  }, 25_000, 'every chunk of both sides is sworn to')
  assert.deepEqual([...new Set(sides.map((one) => one.side))].sort(), ['agent', 'person'])
  for (const one of sides) assert.equal(sworn.find((fact) => fact.segment === one.no).side ?? 'person', one.side)
})

test('where two pages find no way to each other, a relay carries both pictures', { timeout: 120_000 }, async () => {
  const { phone } = await confirmed(there, service)
  await shut(phone)
  await press(phone, '请工作人员用视频带我录')
  await press(phone, '好，先看看镜头')
  await press(phone, '准备好了，去等工作人员')
  await phone.getByText('下一位就是您').waitFor()
  await service.goto(`${BASE}/console/recording-desk`)
  await shut(service)
  await service.getByRole('button', { name: '接待' }).click()
  await meet(phone, service)
  for (const page of [phone, service]) assert.deepEqual(await way(page), ['relay', 'relay'])
  await hangsUp(phone, await leads(phone, service))

  // What the colleague noticed too late to end it: it is still noted, and looked at before anything else.
  const { id } = await recording(phone)
  await service.getByText('客户已挂断').waitFor()
  await audit(service, 'console led and over')
  await press(service, '我觉得可疑')
  await press(service, '是，记下疑点')
  await service.getByText('疑点已记下').waitFor()
  const now = await recording(phone)
  assert.deepEqual([now.id, now.state], [id, 'needs_person'])
})
