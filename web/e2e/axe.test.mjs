/** Every screen of the phone and of the console, audited by axe as it stands in a real browser. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { audit, good } from './audit.mjs'
import { BASE, STAFF, call, freshCode, launch, linkOf, sentBefore, until, yuan } from './desk.mjs'

const link = linkOf('陈建国')
let browser, desk, phone

/** Places of the phone's pages at one moment of the journey. */
async function walk(...places) {
  for (const place of places) {
    await phone.goto(`${BASE}/h5/#/${place}`)
    await phone.reload()
    await phone.locator('main h1, dialog h1, .sheet').first().waitFor()
    await check(place)
  }
}

const check = (name) => good(phone, name)

const journeyNow = async () => (await call(phone, 'GET', '/api/h5/journey')).body

before(async () => {
  browser = await launch()
  desk = await (await browser.newContext({ viewport: { width: 1280, height: 900 }, locale: 'zh-CN' })).newPage()
  phone = await (await browser.newContext({ viewport: { width: 375, height: 667 }, locale: 'zh-CN', hasTouch: true, isMobile: true })).newPage()
})

after(async () => {
  await browser?.close()
})

test('the console before and after signing in', async () => {
  await desk.goto(`${BASE}/console/`)
  await desk.locator('#account').waitFor()
  await audit(desk, 'console sign-in')
  await desk.locator('#institution').fill(STAFF.institution)
  await desk.locator('#account').fill(STAFF.account)
  await desk.locator('#password').fill(STAFF.password)
  await desk.locator('button[type=submit]').click()
  await desk.waitForURL(/\/console\/workbench/)
  await desk.locator('.tile').first().waitFor()
})

test('the link, the code and the way to a person', async () => {
  await phone.goto(link.url)
  await phone.locator('.phone strong').waitFor()
  await check('link')
  const masked = (await phone.locator('.phone strong').textContent()).trim()
  const seen = await sentBefore(desk, masked)
  await phone.locator('.btn.main').first().click()
  await phone.locator('#code').waitFor()
  await check('code')
  await phone.getByRole('button', { name: '和人工聊聊' }).first().click()
  await phone.locator('dialog[open]').waitFor()
  await check('person')
  await phone.keyboard.press('Escape')
  await phone.locator('#code').fill(await freshCode(desk, masked, seen))
  await phone.locator('.sheet').waitFor()
})

test('the sheet, the questions and the confirmation', async () => {
  await walk('home', 'sheet', 'later')
  const { sheet } = await until(async () => {
    const now = await journeyNow()
    return now.sheet.reading.remaining_ms === 0 ? now : null
  }, 30_000, 'the reading time is over')
  const body = { sheet_digest: sheet.digest }
  assert.equal((await call(phone, 'POST', '/api/h5/sheet/read', body)).status, 200)
  await walk('question/1', 'question/2', 'hint')
  const right = { total: yuan(sheet.sheet.total_repaid), first_payment: yuan(sheet.sheet.first_payment) }
  const answers = sheet.quiz.questions.map(({ id, choices }) => ({ question: id, choice: choices.find((one) => one.label.zh.includes(right[id])).id }))
  assert.equal((await call(phone, 'POST', '/api/h5/sheet/answers', { ...body, answers })).status, 200)
  await walk('confirm')
  assert.equal((await call(phone, 'POST', '/api/h5/sheet/confirm', body)).status, 200)
  await walk('home')
})

test('my loans and rights, in both sizes of type', async () => {
  await walk('me')
  await phone.locator('button.loan').first().click()
  await phone.locator('#settle-on').waitFor()
  await phone.getByText('元').first().waitFor()
  await check('loan')
  const { id } = await journeyNow()
  await phone.getByRole('button', { name: '大字' }).click()
  await walk('me', `loan/${id}`)
})

test('a link of nobody', async () => {
  await phone.goto(`${BASE}/h5/#/j/not-a-link-of-ours`)
  await phone.reload()
  await phone.getByText('没有找到这个链接').waitFor()
  await check('unknown link')
})

test('every page of the console that its navigation leads to', async () => {
  await desk.goto(`${BASE}/console/journeys`)
  await desk.locator('.list').waitFor()
  const pages = await desk.locator('nav a[href]').evaluateAll((links) => links.map((one) => one.href))
  assert.ok(pages.length >= 3, 'the navigation was found')
  for (const page of [...new Set(pages)]) {
    await desk.goto(page)
    await desk.locator('h1').first().waitFor()
    await desk.waitForLoadState('networkidle')
    await audit(desk, new URL(page).pathname)
  }
  await desk.goto(`${BASE}/console/journeys/${link.journey}`)
  await desk.locator('.fact').first().waitFor()
  await audit(desk, 'console journey')
})
