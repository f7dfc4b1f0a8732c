/** A borrower of the product that is always recorded, up to the recording; and how somebody goes through one. */
import assert from 'node:assert/strict'
import { BASE, PHONE, call, checked, enters, opens, until, yuan } from './desk.mjs'

let count = 0

export async function acts(phone, path, body) {
  const { status, body: said } = await call(phone, 'POST', path, body)
  assert.equal(status, 200, `${path}: ${JSON.stringify(said)}`)
  return said
}

/** The newest recording, as the borrower's page has it. */
export const recording = async (phone) => (await call(phone, 'GET', '/api/h5/recording')).body.recording

export const press = (phone, name) => phone.getByRole('button', { name }).click()

/**
 * Somebody who has confirmed the sheet. `setup` is done to the page, with who they are, before anything is opened; `declines` are consents
 * that they don't give.
 */
export async function confirmed(browser, desk, { context = {}, setup = async () => {}, declines = [] } = {}) {
  count += 1
  // Each file of tests has a process, and people of its own.
  const mine = String(10 * process.pid + count).padStart(6, '0').slice(-6)
  const someone = { name: '试录像', id_number: checked(`11010119600301${mine.slice(-3)}`), phone: `19903${mine}` }
  const { id: journey, link } = await opens('yinling', someone, { loan: { principal: 800_000, periods: 12 } })
  const phone = await (await browser.newContext({ ...PHONE, permissions: ['camera', 'microphone'], ...context })).newPage()
  const given = await setup(phone, someone)
  await enters(phone, desk, link.url)
  await until(async () => (await call(phone, 'GET', '/api/h5/journey')).status === 200, 10_000, 'the journey is open')
  for (const { step, kind, notice, digest } of (await call(phone, 'GET', '/api/h5/notices')).body.rows) {
    const does = step !== 'separate_consents' ? 'acknowledge' : declines.includes(kind) ? 'decline' : 'give'
    await acts(phone, `/api/h5/steps/${step}/shown`, { notice, digest })
    await acts(phone, `/api/h5/steps/${step}/${does}`, { notice, digest })
  }
  const { sheet: { digest, sheet } } = await acts(phone, '/api/h5/sheet/shown', { sheet_digest: (await call(phone, 'GET', '/api/h5/journey')).body.sheet.digest })
  await until(async () => (await call(phone, 'POST', '/api/h5/sheet/read', { sheet_digest: digest })).status === 200, 10_000, 'the sheet is read')
  const { sheet: { quiz } } = (await call(phone, 'GET', '/api/h5/journey')).body
  const right = { total: yuan(sheet.total_repaid), first_payment: yuan(sheet.first_payment) }
  const answers = quiz.questions.map(({ id, choices }) => ({ question: id, choice: choices.find((one) => one.label.zh.includes(right[id])).id }))
  await acts(phone, '/api/h5/sheet/answers', { sheet_digest: digest, answers })
  await acts(phone, '/api/h5/sheet/confirm', { sheet_digest: digest })
  await phone.goto(`${BASE}/h5/#/home`)
  await phone.reload()
  await phone.locator('main h1').first().waitFor()
  return { journey, phone, given }
}

/** Before the camera, at the first question. */
export async function begins(phone) {
  await press(phone, '好，看看镜头')
  await press(phone, '准备好了，开始录')
  await until(async () => (await recording(phone))?.segment === 1, 10_000, 'the recorder runs')
}

/**
 * Answers one question after the other with what `does(node, attempt)` does, until the recording is over; `attempt` counts
 * from 1. Acts that are asked for are done by `person`.
 */
export async function answers(phone, person, does, ms = 240_000) {
  const attempts = {}
  const end = Date.now() + ms
  for (;;) {
    const now = await recording(phone)
    if (now.state !== 'running') return now
    assert.ok(Date.now() < end, `the recording is over within ${ms} ms: ${JSON.stringify(now.nodes.map(({ code, state }) => [code, state]))}`)
    await answer(phone, person, does, attempts, now)
    await new Promise((resolve) => setTimeout(resolve, 150))
  }
}

async function answer(phone, person, does, attempts, { nodes, at }) {
  const main = phone.locator('.actions .btn.main:enabled').first()
  const name = await main.innerText({ timeout: 300 }).catch(() => '')
  // A button that went away was overtaken by what the server said, or by the clock.
  const goes = () => main.click({ timeout: 1_000 }).catch(() => undefined)
  const node = nodes[at - 1]
  if (['接着录', '再来一次', '看完了，开始', '听明白了'].includes(name)) return goes()
  if (node?.state !== 'open') return
  if (name === '做完了') {
    const left = await phone.getByText('请慢慢向左转头').isVisible()
    const right = await phone.getByText('请慢慢向右转头').isVisible()
    await person.act(left ? 'turn_left' : right ? 'turn_right' : 'open_mouth')
    return goes()
  }
  if (name !== '说完了' && name !== '拍清楚了') return
  attempts[node.code] = (attempts[node.code] ?? 0) + 1
  await does(node, attempts[node.code])
  return goes()
}
