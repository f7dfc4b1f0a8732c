/** The whole path as two people walk it: the borrower on a phone, then the lender at the console. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { BASE, STAFF, call, freshCode, guard, launch, opens, percent, sentBefore, until, yuan } from './desk.mjs'

/** Old enough for large type; the price is final when she comes. */
const ELDER = { name: '试明示', id_number: '11010119600301002X', phone: '19901000062' }
const ANSWER_SLACK_MS = 400
let browser, desk, phone, link, deskGuard, phoneGuard

before(async () => {
  link = (await opens('hexiang_fixed', ELDER, { loan: { principal: 2_000_000, periods: 12 } })).link.url
  browser = await launch()
  desk = await (await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'zh-CN' })).newPage()
  phone = await (await browser.newContext({ viewport: { width: 375, height: 667 }, locale: 'zh-CN', hasTouch: true, isMobile: true })).newPage()
  deskGuard = guard(desk)
  phoneGuard = guard(phone)
})

after(async () => {
  await browser?.close()
})

const main = () => phone.locator('.btn.main').first()
const place = () => new URL(phone.url()).hash
const journeyNow = async () => (await call(phone, 'GET', '/api/h5/journey')).body

async function answer(journey, pickTotal, pickFirst) {
  for (const [no, pick] of [[1, pickTotal], [2, pickFirst]]) {
    await phone.waitForFunction((hash) => location.hash === hash, `#/question/${no}`)
    const question = journey.sheet.quiz.questions[no - 1]
    assert.ok(await phone.getByText(question.text.zh).isVisible())
    const choice = question.choices.findIndex(pick)
    assert.notEqual(choice, -1, `a choice for question ${no}`)
    await phone.locator('.choices label').nth(choice).click()
    await main().click()
  }
}

/** Answers of which none is right. */
async function wrongAnswers() {
  const { digest, sheet, quiz } = (await journeyNow()).sheet
  const right = { total: yuan(sheet.total_repaid), first_payment: yuan(sheet.first_payment) }
  const answers = quiz.questions.map(({ id, choices }) => ({ question: id, choice: choices.find((one) => !one.label.zh.includes(right[id])).id }))
  return { sheet_digest: digest, answers }
}

/** Asks for a fresh code on the link's page and types it in. */
async function enter(page) {
  const masked = (await page.locator('.phone strong').textContent()).trim()
  assert.match(masked, /^\d{3}\*+\d{2,4}$/, 'the phone is masked')
  const seen = await sentBefore(desk, masked)
  await page.locator('.btn.main').first().click()
  const field = page.locator('#code')
  await field.waitFor()
  assert.equal(await field.getAttribute('autocomplete'), 'one-time-code')
  assert.equal(await field.getAttribute('inputmode'), 'numeric')
  await field.fill(await freshCode(desk, masked, seen))
}

test('the desk signs in', async () => {
  await desk.goto(`${BASE}/console/`)
  await desk.locator('#institution').fill(STAFF.institution)
  await desk.locator('#account').fill(STAFF.account)
  await desk.locator('#password').fill(STAFF.password)
  await desk.locator('button[type=submit]').click()
  await desk.waitForURL(/\/console\/workbench/)
  await desk.locator('.tile').first().waitFor()
})

test('the link asks for a fresh code, and the code opens the sheet', async () => {
  await phone.goto(link)
  await phone.getByText('工作人员不会向您要验证码').waitFor()
  await enter(phone)
  await phone.locator('.sheet').waitFor()
  assert.equal(place(), '#/sheet', 'the token left the address')
})

test('nobody confirms early, whatever the page does', async () => {
  const journey = await until(async () => {
    const now = await journeyNow()
    return now.sheet?.reading.shown_at_ms ? now : null
  }, 5_000, 'the server learns that the sheet is shown')
  assert.equal(journey.state, 'open', 'the link belongs to a journey that was not begun')
  const { digest, reading } = journey.sheet
  assert.ok(reading.remaining_ms > 0, 'the server still holds reading time')
  const early = await call(phone, 'POST', '/api/h5/sheet/confirm', { sheet_digest: digest })
  assert.equal(early.status, 409)
  assert.ok(['sheet_reading_time', 'sheet_not_read'].includes(early.body.error.code), early.body.error.code)
  assert.ok(early.body.error.message.zh && early.body.error.message.en)
  const read = await call(phone, 'POST', '/api/h5/sheet/read', { sheet_digest: digest })
  assert.deepEqual([read.status, read.body.error.code], [409, 'sheet_reading_time'])
  assert.ok(read.body.error.retry_after_ms > 0)
  const other = await call(phone, 'POST', '/api/h5/sheet/confirm', { sheet_digest: '0'.repeat(64) })
  assert.equal(other.status, 409)
  assert.equal((await journeyNow()).sheet.confirmed_at_ms, null)
})

test('the sheet prints the server’s figures, and reading takes the server’s time', async () => {
  const journey = await journeyNow()
  const { sheet, digest, terms_digest: terms } = journey.sheet
  const text = await phone.locator('.sheet').innerText()
  const said = text.replaceAll('\n', '')
  const expected = [percent(sheet.composite.annual_ppm), yuan(sheet.total_repaid), yuan(sheet.first_payment), yuan(sheet.last_payment), digest, terms]
  for (const item of sheet.items) expected.push(item.name.zh, percent(item.annual_ppm), yuan(item.total), ...item.collectors.map((one) => one.name))
  for (const cost of sheet.contingent) expected.push(cost.name.zh, cost.standard.zh, cost.collector.name)
  expected.push(journey.sheet.no_other_charges.zh)
  for (const part of expected) assert.ok(said.includes(part), `the sheet says ${part}`)
  const size = await phone.evaluate(() => getComputedStyle(document.documentElement).fontSize)
  assert.equal(size, journey.audience === 'elder' ? '22px' : '17px', 'elders get large type without asking')

  const button = phone.locator('.foot .btn.main')
  assert.equal(await button.getAttribute('aria-disabled'), 'true')
  assert.ok((await button.boundingBox()).height >= 48)
  await phone.locator('.sheet .pages').evaluate((pages) => pages.scrollTo(0, pages.scrollHeight))
  await phone.locator('.foot .btn.main[aria-disabled=false]').waitFor({ timeout: journey.sheet.reading.min_ms + 10_000 })
  const shown = journey.sheet.reading.shown_at_ms
  // The network goes just now: the page says so, keeps everything, and goes on by itself.
  await phone.context().setOffline(true)
  await button.click()
  await phone.locator('.foot .notice').waitFor()
  await phone.context().setOffline(false)
  await phone.waitForFunction(() => location.hash === '#/question/1')
  const after = await until(async () => {
    const now = await journeyNow()
    return now.sheet.reading.read_at_ms ? now : null
  }, 5_000, 'the reading is recorded')
  assert.ok(after.sheet.reading.read_at_ms - shown >= after.sheet.reading.min_ms - ANSWER_SLACK_MS)
})

test('a wrong answer leads gently back to the sheet', async () => {
  const journey = await journeyNow()
  const { total_repaid: total, first_payment: first } = journey.sheet.sheet
  await answer(journey, (one) => !one.label.zh.includes(yuan(total)), (one) => one.label.zh.includes(yuan(first)))
  await phone.waitForFunction(() => location.hash === '#/hint')
  assert.ok(await phone.getByRole('button', { name: '和人工聊聊' }).first().isVisible())
  const early = await call(phone, 'POST', '/api/h5/sheet/confirm', { sheet_digest: journey.sheet.digest })
  assert.equal(early.status, 409, 'a wrong answer confirms nothing')
  await main().click()
  await phone.locator('[data-mark=total]').waitFor()
})

test('guessing has to wait, with the sheet and a person beside it', async () => {
  const { sheet_digest: digest, answers } = await wrongAnswers()
  for (let i = 0; i < 2; i++) await call(phone, 'POST', '/api/h5/sheet/answers', { sheet_digest: digest, answers })
  const early = await call(phone, 'POST', '/api/h5/sheet/answers', { sheet_digest: digest, answers })
  assert.deepEqual([early.status, early.body.error.code], [429, 'sheet_answer_wait'])
  assert.ok(early.body.error.retry_after_ms > 0)
  await phone.goto(`${BASE}/h5/#/question/2`)
  await phone.reload()
  await phone.getByText(/\d+ 秒后可以再答/).waitFor()
  assert.equal(await main().getAttribute('aria-disabled'), 'true')
  assert.ok(await phone.locator('.waiting').getByRole('button', { name: '和人工聊聊' }).isVisible())
  await phone.getByText('选好了').waitFor({ timeout: early.body.error.retry_after_ms + 5_000 })
  await phone.getByRole('button', { name: '看明示表' }).click()
  await phone.locator('.sheet').waitFor()
})

test('right answers lead to the confirmation, and back loses nothing', async () => {
  const button = phone.locator('.foot .btn.main')
  await phone.locator('.sheet .pages').evaluate((pages) => pages.scrollTo(0, pages.scrollHeight))
  await until(async () => (await button.getAttribute('aria-disabled')) !== 'true', 60_000, 'the sheet was read again')
  await button.click()
  const journey = await journeyNow()
  const { total_repaid: total, first_payment: first } = journey.sheet.sheet
  await answer(journey, (one) => one.label.zh.includes(yuan(total)), (one) => one.label.zh.includes(yuan(first)))
  await phone.waitForFunction(() => location.hash === '#/confirm')
  await phone.getByText('您确认看懂了吗').waitFor()
  await phone.locator('.btn.other').click()
  await phone.getByText(/^好的.先不确认$/).waitFor()
  await phone.goBack()
  await phone.getByText('您确认看懂了吗').waitFor()
  const text = await phone.locator('main').innerText()
  for (const part of [yuan(total), percent(journey.sheet.sheet.composite.annual_ppm)]) assert.ok(text.includes(part))
})

test('the confirmation is sealed and the documents come', async () => {
  await main().click()
  await phone.locator('.seal').waitFor()
  await phone.locator('.seal.proved').waitFor({ timeout: 45_000 })
  const journey = await until(async () => {
    const now = await journeyNow()
    return now.documents.length > 0 ? now : null
  }, 45_000, 'the document')
  assert.deepEqual([journey.state, journey.step, journey.proof.state], ['completed', 'done', 'proved'])
  const link = phone.locator('a[download]').first()
  await link.waitFor({ timeout: 45_000 })
  const file = await phone.context().request.get(new URL(await link.getAttribute('href'), BASE).href)
  assert.equal(file.status(), 200)
  assert.equal((await file.body()).subarray(0, 5).toString(), '%PDF-')
})

test('the console shows the timeline, the answer and a proof that holds', async () => {
  const { id } = await journeyNow()
  await desk.goto(`${BASE}/console/journeys/${id}`)
  await desk.locator('.card.allowed').waitFor({ timeout: 45_000 })
  const page = (await call(desk, 'GET', `/api/console/journeys/${id}`)).body
  assert.deepEqual([page.release.decision, page.release.missing], ['allowed', []])
  assert.equal(page.release.terms_digest, page.terms_digest)
  const { rows } = (await call(desk, 'GET', `/api/console/journeys/${id}/timeline?limit=200`)).body
  assert.ok(rows.length >= 6, 'the path left its facts')
  assert.deepEqual(rows.map((row) => row.no), rows.map((_, i) => i + 1), 'none between was left out')
  await desk.locator('.fact').nth(rows.length - 1).waitFor()
  await desk.locator('.seal.proved').first().click()
  await desk.locator('.found.matches').waitFor({ timeout: 10_000 })
  await desk.keyboard.press('Escape')
})

test('a search finds the journey and leaves no word of it in the address', async () => {
  const { id } = await journeyNow()
  await desk.goto(`${BASE}/console/journeys`)
  await desk.locator('.list').waitFor()
  await desk.keyboard.press('/')
  await desk.keyboard.type(id)
  await desk.keyboard.press('Enter')
  await desk.waitForFunction(() => document.querySelectorAll('.list tbody tr').length === 1)
  assert.ok((await desk.locator('.list tbody').innerText()).includes(id))
  assert.equal(new URL(desk.url()).search, '')
  await desk.locator('a.row').click()
  await desk.waitForURL(/journeys\/./)
  await desk.goBack()
  await desk.waitForFunction(() => document.querySelectorAll('.list tbody tr').length === 1)
  assert.equal(await desk.locator('.filters input').first().inputValue(), id, 'the way back remembers the search')
  await desk.goBack()
  await desk.waitForFunction(() => document.querySelectorAll('.list tbody tr').length > 1)
})

test('the bundle comes as a zip', async () => {
  const { id } = await journeyNow()
  const bundle = await desk.context().request.get(`${BASE}/api/console/journeys/${id}/bundle`)
  assert.equal(bundle.status(), 200)
  assert.equal((await bundle.body()).subarray(0, 2).toString(), 'PK')
})

test('opening the link elsewhere ends the first page, and says so', async () => {
  const other = await (await browser.newContext({ viewport: { width: 375, height: 667 }, locale: 'zh-CN', hasTouch: true, isMobile: true })).newPage()
  const check = guard(other)
  await other.goto(link)
  await enter(other)
  await other.getByText('都办好了').waitFor()
  assert.equal(await other.locator('.seal.proved').count(), 1, 'nothing was lost')
  await phone.reload()
  await phone.getByText('这张页面在别处打开了').waitFor()
  assert.equal((await call(phone, 'GET', '/api/h5/journey')).body.error.code, 'session_replaced')
  check()
  await other.close()
})

test('an unknown link says so and asks for nothing', async () => {
  const page = await (await browser.newContext({ viewport: { width: 320, height: 568 }, locale: 'en' })).newPage()
  const check = guard(page)
  await page.goto(`${BASE}/h5/#/j/not-a-link-of-ours`)
  await page.getByText('We cannot find this link').waitFor()
  assert.equal(await page.locator('input').count(), 0)
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'nothing is cut off at 320 px')
  check()
  await page.close()
})

test('no page asked another host, broke the policy or threw', () => {
  phoneGuard()
  deskGuard()
})
