/** Half-way and afterwards: a borrower leaves without reminders, gives another one up, and agrees to a change of a paid loan. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { audit, good } from './audit.mjs'
import { BASE, PHONE, accountOf, call, enters, guard, launch, lender, opens, seated, until } from './desk.mjs'

const loan = { principal: 2_000_000, periods: 12 }
const someone = (name, day, phone) => ({ name, id_number: `110101${day}0020`, phone })
let browser, phone, service, guards

before(async () => {
  browser = await launch()
  service = await seated(browser, accountOf('luoyifan'))
  guards = [guard(service)]
})

after(async () => {
  await browser?.close()
})

const press = (page, name) => page.getByRole('button', { name, exact: true }).click()
const state = async (id) => (await lender('GET', `/v1/journeys/${id}`)).body.state

async function at(url) {
  // A phone of its own: nothing of the session before is left.
  phone = await (await browser.newContext(PHONE)).newPage()
  guards.push(guard(phone))
  await enters(phone, service, url)
  await until(async () => (await call(phone, 'GET', '/api/h5/journey')).status === 200, 10_000, 'entering')
}

/** Reads, answers rightly and stops before the confirmation, as the page's own scripts would. */
async function understands() {
  const sheet = async () => (await call(phone, 'GET', '/api/h5/journey')).body.sheet
  const { digest, reading, quiz, sheet: figures } = await sheet()
  await call(phone, 'POST', '/api/h5/sheet/shown', { sheet_digest: digest })
  await new Promise((resolve) => setTimeout(resolve, reading.min_ms + 200))
  assert.equal((await call(phone, 'POST', '/api/h5/sheet/read', { sheet_digest: digest })).status, 200)
  const right = { total: figures.total_repaid, first_payment: figures.first_payment }
  const yuan = (fen) => `${(fen / 100).toFixed(2).replace(/\B(?=(\d{3})+\.)/g, ',')} 元`
  const answers = quiz.questions.map(({ id, choices }) => ({ question: id, choice: choices.find((one) => one.label.zh === yuan(right[id])).id }))
  assert.equal((await call(phone, 'POST', '/api/h5/sheet/answers', { sheet_digest: digest, answers })).status, 200)
  return digest
}

test('on any step’s page she leaves without reminders, or gives it up for good', async () => {
  const opened = await opens('hemiao', someone('孟晓岚', '19860317', '19910002001'), { loan })
  await at(opened.link.url)
  await phone.goto(`${BASE}/h5/#/home`)
  await press(phone, '先离开或不办了')
  await phone.getByText('最多两次').waitFor()
  await good(phone, 'leaving')
  await press(phone, '不用提醒我')
  await phone.getByText('好的，不会提醒您。').waitFor()
  assert.equal((await lender('GET', `/v1/journeys/${opened.id}`)).body.reminders.state, 'declined')
  await press(phone, '不办了')
  await phone.getByText('之后不能恢复').waitFor()
  await good(phone, 'giving up')
  assert.equal(await state(opened.id), 'open', 'asking is not yet doing')
  await press(phone, '确定不办了')
  await phone.getByRole('heading', { level: 1, name: '这笔业务已经取消' }).waitFor()
  await good(phone, 'given up')
  assert.equal(await state(opened.id), 'cancelled')
})

test('a change that costs more shows old beside new and is agreed to by itself', async () => {
  const opened = await opens('hemiao', someone('方立言', '19810922', '19910002002'), { loan })
  await at(opened.link.url)
  const digest = await understands()
  assert.equal((await call(phone, 'POST', '/api/h5/sheet/confirm', { sheet_digest: digest })).status, 200)
  const paid = { net_amount: 2_000_000, payee: { account: '6222020200112233446' }, paid_at_ms: Date.now(), payment_reference: `E2E-CHG-${Date.now()}` }
  assert.equal((await lender('POST', `/v1/journeys/${opened.id}/disbursed`, paid)).status, 201)
  const { terms } = (await lender('GET', `/v1/journeys/${opened.id}/terms`)).body
  const asked = { reference: 'E2E-CHG', reason: 'extension', terms: { ...terms, periods: 24 } }
  const change = (await lender('POST', `/v1/journeys/${opened.id}/changes`, asked, { 'idempotency-key': `change-${Date.now()}` })).body
  assert.equal(change.kind, 'change', JSON.stringify(change))
  await at(change.link.url)
  const started = await call(phone, 'POST', '/api/h5/steps/identity/start', { document: { until: '2036-05-01' } })
  assert.equal(started.status, 200, JSON.stringify(started.body))
  const verified = async () => (await call(phone, 'GET', '/api/h5/journey')).body.current === 'cost_disclosure'
  await until(verified, 15_000, 'identity of the change')
  await phone.goto(`${BASE}/h5/#/sheet`)
  await phone.reload()
  await phone.getByRole('heading', { name: '条件变更' }).waitFor()
  await good(phone, 'change sheet')
  await understands()
  await phone.goto(`${BASE}/h5/#/confirm`)
  await phone.reload()
  await phone.getByRole('button', { name: '我知道会更重，仍然同意' }).waitFor()
  await good(phone, 'change dearer')
  await press(phone, '我知道会更重，仍然同意')
  await phone.getByRole('button', { name: '我确认' }).waitFor()
  const confirm = await call(phone, 'GET', '/api/h5/journey')
  assert.ok(confirm.body.change.dearer_accepted_at_ms)
  await call(phone, 'POST', '/api/h5/sheet/confirm', { sheet_digest: confirm.body.sheet.digest })
  await until(async () => (await lender('GET', `/v1/journeys/${opened.id}/terms`)).body.change === change.id, 5_000, 'the new terms are in force')
  await service.goto(`${BASE}/console/journeys/${change.id}`)
  await service.getByRole('heading', { name: '条件变更' }).waitFor()
  await audit(service, 'console change')
  await service.goto(`${BASE}/console/journeys/${opened.id}`)
  await service.getByRole('link', { name: '展期' }).waitFor()
  await audit(service, 'console changed loan')
  for (const check of guards) check()
})
