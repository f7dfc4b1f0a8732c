/** The journey inside the lender's own app: a page of another origin opens it by a ticket, hears of each step, gets the person back. */
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { after, before, test } from 'node:test'
import { BASE, accountOf, call, checked, launch, lender, seated, until, yuan } from './desk.mjs'

const PERSON = { name: '试嵌入', id_number: '11010119780512015X', phone: '19901000015' }
let browser, app, stranger, partner, journey

/** A lender's page with nothing but a frame in it; it notes what it is told, and by whom. */
async function host() {
  const server = createServer((request, response) => {
    response.setHeader('content-type', 'text/html; charset=utf-8')
    response.end('<!doctype html><title>app</title><body><script>heard = []; addEventListener("message", (e) => heard.push({ from: e.origin, ...e.data }))</script>')
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { server, origin: `http://127.0.0.1:${server.address().port}` }
}

async function ticket() {
  const { status, body } = await lender('POST', `/v1/journeys/${journey.id}/ticket`)
  assert.equal(status, 201)
  return body.url
}

/** A frame with this address in a page of the app. */
async function framed(page, url) {
  await page.evaluate((src) => {
    document.querySelector('iframe')?.remove()
    const frame = document.createElement('iframe')
    Object.assign(frame, { src, width: 375, height: 640, title: 'loan' })
    document.body.append(frame)
  }, url)
  return page.frameLocator('iframe')
}
const heard = (page) => page.evaluate(() => globalThis.heard)

before(async () => {
  browser = await launch()
  app = await host()
  stranger = await host()
  const desk = await (await browser.newContext()).newPage()
  await desk.goto(`${BASE}/console/`)
  const { institution, account, password } = accountOf('heyun')
  const signed = await call(desk, 'POST', '/api/console/session', { institution, account, password })
  assert.equal(signed.status, 200)
  const known = (await call(desk, 'GET', '/api/console/settings')).body
  const settings = { ...known.settings, return_origins: [app.origin], embedding: 'allowed', brand_colour: '#23407a' }
  const set = await call(desk, 'PUT', '/api/console/settings', { version: known.version, settings })
  assert.equal(set.status, 200)
  const colleague = await seated(browser, accountOf('jiangtong'))
  const waiting = (await call(colleague, 'GET', '/api/console/settings/loosenings')).body.rows
  for (const { id } of waiting) assert.equal((await call(colleague, 'POST', `/api/console/settings/loosenings/${id}/approve`)).status, 204)
  partner = { ...PERSON, id_number: checked(PERSON.id_number) }
  const body = { reference: 'EMBED-1', product: 'hemiao', borrower: partner, loan: { principal: 600_000, periods: 6 }, return_url: `${app.origin}/loans/7?tab=1` }
  const opened = await lender('POST', '/v1/journeys', body, { 'idempotency-key': `embed-${Date.now()}` })
  assert.equal(opened.status, 201, JSON.stringify(opened.body))
  journey = opened.body
})

after(async () => {
  await browser?.close()
  app?.server.close()
  stranger?.server.close()
})

test('the whole journey runs inside the lender’s page, which hears of every step', async () => {
  const page = await (await browser.newContext({ locale: 'zh-CN' })).newPage()
  await page.goto(app.origin)
  const frame = await framed(page, await ticket())
  await frame.locator('.sheet').waitFor()
  const pages = frame.locator('.sheet .pages')
  await pages.evaluate((sheet) => sheet.scrollTo(0, sheet.scrollHeight))
  await frame.locator('.foot .btn.main[aria-disabled=false]').waitFor({ timeout: 30_000 })
  await frame.locator('.foot .btn.main').click()
  const inner = page.frames().find((one) => one.url().startsWith(BASE))
  const view = () => inner.evaluate(async () => (await fetch('/api/h5/journey')).json())
  const { sheet } = (await view()).sheet
  for (const right of [sheet.total_repaid, sheet.first_payment]) {
    await frame.locator('.choices label', { hasText: yuan(right) }).first().click()
    await frame.locator('.btn.main').first().click()
  }
  await frame.getByText('您确认看懂了吗').waitFor()
  await frame.locator('.btn.main').first().click()
  const back = frame.getByRole('link', { name: '返回' })
  await back.waitFor({ timeout: 15_000 })
  assert.equal(await back.getAttribute('href'), `${app.origin}/loans/7?tab=1&journey=${journey.id}&state=completed`)

  const said = await until(async () => {
    const all = await heard(page)
    return all.some((one) => one.event === 'done') ? all : null
  }, 10_000, 'the app hears that it is done')
  const events = said.map((one) => one.event)
  assert.equal(events[0], 'ready')
  assert.ok(events.filter((event) => event === 'step').length >= 3, events.join(' '))
  for (const one of said) {
    assert.deepEqual(Object.keys(one).sort(), ['event', 'from', 'journey', 'source', 'step', 'v'])
    assert.deepEqual([one.from, one.source, one.v, one.journey], [new URL(BASE).origin, 'xiaobao', 1, journey.id])
  }
  for (const secret of [partner.name, partner.phone, partner.id_number]) assert.ok(!JSON.stringify(said).includes(secret))

  await back.click()
  await page.waitForURL(`${app.origin}/loans/7**`)
  await page.close()
})

test('a ticket opens once, and a used one says what to do', async () => {
  const page = await (await browser.newContext({ viewport: { width: 375, height: 667 }, locale: 'zh-CN' })).newPage()
  const url = await ticket()
  await page.goto(url)
  await page.getByText('都办好了').waitFor()
  assert.equal(new URL(page.url()).hash, '#/home', 'the ticket left the address')
  const other = await (await browser.newContext({ viewport: { width: 375, height: 667 }, locale: 'zh-CN' })).newPage()
  await other.goto(url)
  await other.getByText('这个入口打不开了').waitFor()
  assert.ok(await other.getByRole('button', { name: '和人工聊聊' }).first().isVisible())
  await page.close()
  await other.close()
})

test('another origin can’t show the pages in a frame', async () => {
  const page = await (await browser.newContext()).newPage()
  const refused = []
  page.on('console', (message) => refused.push(message.text()))
  await page.goto(stranger.origin)
  await framed(page, await ticket())
  await until(() => refused.some((text) => text.includes('frame-ancestors')), 10_000, 'the browser refuses')
  assert.deepEqual(await heard(page), [])
  await page.close()
})

test('the list of cooperating institutions is there for anyone, in the brand’s colour', async () => {
  const page = await (await browser.newContext({ viewport: { width: 320, height: 640 }, locale: 'zh-CN' })).newPage()
  await page.goto(`${BASE}/h5/#/partners/anhe`)
  await page.getByText('禾信融资担保').waitFor()
  const colour = await page.evaluate(() => getComputedStyle(document.documentElement).getPropertyValue('--pine').trim())
  assert.equal(colour, '#23407a')
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'nothing is cut off at 320 px')
  await page.close()
})
