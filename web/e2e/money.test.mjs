/** Money: a borrower calls a loan off on the phone; a payment that is wrong is handled by one person and closed by another. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { audit, good } from './audit.mjs'
import { BASE, PHONE, accountOf, call, enters, guard, launch, lender, opens, seated, until } from './desk.mjs'

const loan = { principal: 2_000_000, periods: 12 }
const someone = (name, day, phone) => ({ name, id_number: `110101${day}0010`, phone })
let browser, phone, service, reviewer, guards

before(async () => {
  browser = await launch()
  phone = await (await browser.newContext(PHONE)).newPage()
  ;[service, reviewer] = [await seated(browser, accountOf('luoyifan')), await seated(browser, accountOf('heyun'))]
  guards = [phone, service, reviewer].map(guard)
})

after(async () => {
  await browser?.close()
})

const press = (page, name) => page.getByRole('button', { name, exact: true }).click()
const released = async (id) => (await lender('GET', `/v1/journeys/${id}/release`)).body.missing.map((one) => one.code)

test('a borrower calls the loan off, told what follows and asked once', async () => {
  const opened = await opens('hemiao', someone('钱小舟', '19850612', '19910001001'), { loan })
  await enters(phone, service, opened.link.url)
  await until(async () => (await call(phone, 'GET', '/api/h5/journey')).status === 200, 10_000, 'entering')
  await phone.goto(`${BASE}/h5/#/loan/${opened.id}`)
  await phone.getByRole('heading', { name: '不想借了' }).waitFor()
  await press(phone, '取消这笔借款')
  await phone.getByText('取消之后不能恢复').waitFor()
  await good(phone, 'cancel')
  assert.ok(!(await released(opened.id)).includes('journey_cancelled'), 'asking is not yet doing')
  await press(phone, '确定取消')
  await until(async () => (await released(opened.id)).includes('journey_cancelled'), 5_000, 'the lender hears of it')
  await good(phone, 'cancelled loan')
  await phone.goto(`${BASE}/h5/#/home`)
  await phone.getByRole('heading', { level: 1, name: '这笔业务已经取消' }).waitFor()
  await good(phone, 'cancelled')
})

test('a payment without booking or token is an incident, and two people close it', async () => {
  const opened = await opens('hemiao', someone('孙大为', '19790304', '19910001002'), { loan })
  const paid = { net_amount: 1_900_000, payee: { account: '6222020200112233446' }, paid_at_ms: Date.now(), payment_reference: `E2E-${Date.now()}` }
  const recorded = await lender('POST', `/v1/journeys/${opened.id}/disbursed`, paid)
  assert.equal(recorded.status, 201, JSON.stringify(recorded.body))
  const findings = recorded.body.incidents.map((one) => one.finding)
  assert.deepEqual(findings, ['net_differs', 'not_booked', 'no_token', 'protection_missing'])

  await service.goto(`${BASE}/console/incidents`)
  await service.getByRole('link', { name: '实付与本金不符（砍头息）' }).first().waitFor()
  await audit(service, 'console incidents')
  await service.getByRole('link', { name: '实付与本金不符（砍头息）' }).first().click()
  await service.getByText(paid.payment_reference).waitFor()
  await audit(service, 'console incident')
  await service.locator('#words').fill('差额 1000 元已经退给借款人')
  await service.locator('#refund').fill('REF-1')
  await press(service, '提交处理')
  await service.getByText('等待另一位同事确认。').waitFor()
  assert.equal(await service.getByRole('button', { name: '情况属实，确认关闭' }).count(), 0, 'nobody closes their own')

  await reviewer.goto(service.url())
  await press(reviewer, '情况属实，确认关闭')
  await reviewer.getByText('已关闭').first().waitFor()
  await audit(reviewer, 'console incident closed')
})

test('a day is shown line by line, and waits for the lender', async () => {
  const today = new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 10)
  await service.goto(`${BASE}/console/reconciliations`)
  await service.getByRole('heading', { level: 1, name: '对账' }).waitFor()
  await audit(service, 'console reconciliations')
  await service.goto(`${BASE}/console/reconciliations/${today}`)
  await service.getByText('等待机构文件').waitFor()
  await service.getByRole('link', { name: '付款报告' }).first().waitFor()
  await audit(service, 'console reconciliation')
  await service.goto(`${BASE}/console/break-glass`)
  await service.getByText('没有应急放款').waitFor()
  await audit(service, 'console break glass')
})

test('a hold is placed by one person and lifted by another', async () => {
  const opened = await opens('hemiao', someone('吴思源', '19880926', '19910001003'), { loan })
  await service.goto(`${BASE}/console/journeys/${opened.id}`)
  await service.getByRole('heading', { name: '止付', exact: true }).waitFor()
  await press(service, '止付')
  await service.locator('#hold-words').fill('借款人来电称有人代办')
  await service.locator('form').getByRole('button', { name: '止付', exact: true }).click()
  await service.getByText('须由另一位同事解除').waitFor()
  await audit(service, 'console hold')
  assert.ok((await released(opened.id)).includes('held'))
  await reviewer.goto(service.url())
  await press(reviewer, '解除')
  await until(async () => !(await released(opened.id)).includes('held'), 5_000, 'the money is let go')
})

test('nothing asked another host or broke the page policy', () => {
  for (const done of guards) done()
})
