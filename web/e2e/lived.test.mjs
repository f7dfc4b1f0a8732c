/** What lies behind the demo: a loan that runs and one that is settled, as their borrowers find them months later. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { good } from './audit.mjs'
import { BASE, PHONE, accountOf, call, enters, guard, launch, linkOf, seated, until } from './desk.mjs'

let browser, service, guards

before(async () => {
  browser = await launch()
  service = await seated(browser, accountOf('luoyifan'))
  guards = [guard(service)]
})

after(async () => {
  await browser?.close()
})

/** The person's own page of their loan, reached by the link of then. */
async function comesBack(name) {
  const { journey, url } = linkOf(name)
  const phone = await (await browser.newContext(PHONE)).newPage()
  guards.push(guard(phone))
  await enters(phone, service, url)
  await until(async () => (await call(phone, 'GET', '/api/h5/me')).status === 200, 10_000, 'entering')
  await phone.goto(`${BASE}/h5/#/loan/${journey}`)
  await phone.getByRole('heading', { name: '禾苗分期' }).waitFor()
  return { phone, loan: (await call(phone, 'GET', `/api/h5/me/loans/${journey}/running`)).body }
}

test('a loan that runs says what is paid and what comes next', async () => {
  const { phone, loan } = await comesBack('沈立群')
  assert.equal(loan.state, 'running')
  assert.deepEqual(loan.plan.map((one) => one.state).slice(0, 2), ['paid', 'paid'])
  assert.equal(loan.next.no, 3)
  assert.equal(loan.overdue, 0)
  await phone.getByText('下一期（第 3 期）').waitFor()
  await good(phone, 'lived loan')
})

test('a settled loan leaves a proof in its borrower’s hand', async () => {
  const { phone, loan } = await comesBack('何素梅')
  assert.equal(loan.state, 'settled')
  assert.equal(loan.proof, 'issued')
  await phone.getByText('这笔借款已结清').waitFor()
  await phone.getByText('结清证明').first().waitFor()
  await good(phone, 'lived settled')
  for (const check of guards) check()
})
