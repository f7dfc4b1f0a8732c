/** What the browser tests share: addresses and accounts from the environment, one Chromium, the demo outbox. */
import assert from 'node:assert/strict'
import { chromium } from 'playwright-core'

function need(name) {
  const value = process.env[name]
  assert.ok(value, `set ${name} to run the browser tests`)
  return value
}

export const BASE = need('XIAOBAO_URL').replace(/\/$/, '')

/** `institution/account/password`, or the JSON list of accounts that the demo prints, of which the first serves. */
function staffFrom(words) {
  if (words.startsWith('[')) return JSON.parse(words)[0]
  const [institution, account, ...password] = words.split('/')
  return { institution, account, password: password.join('/') }
}

export const STAFF = staffFrom(need('XIAOBAO_STAFF'))

/** What the demo printed: links, accounts, keys. */
export const DEMO = JSON.parse(need('XIAOBAO_DEMO'))
export const linkOf = (name) => DEMO.links.find((one) => one.name === name)
export const accountOf = (name) => DEMO.accounts.find((one) => one.account === name)

/** A phone of the smaller sort. */
export const PHONE = { viewport: { width: 375, height: 667 }, locale: 'zh-CN', hasTouch: true, isMobile: true }

/** A call of the first lender's own backend. */
export async function lender(method, path, body, headers = {}) {
  const key = DEMO.api_keys.find((one) => one.institution === 'anhe').key
  const init = { method, headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers } }
  if (method !== 'GET') init.body = JSON.stringify(body ?? {})
  const response = await fetch(BASE + path, init)
  return { status: response.status, body: await response.json() }
}

/** The last digit of an ID number that checks the others. */
export function checked(number) {
  const weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
  const sum = weights.reduce((all, weight, at) => all + weight * Number(number[at]), 0)
  return number.slice(0, 17) + '10X98765432'[sum % 11]
}

/** Has the lender open a journey for somebody; its id and link. */
export async function opens(product, someone, more = {}) {
  const borrower = { ...someone, id_number: checked(someone.id_number) }
  const body = { reference: 'E2E-1', product, borrower, ...more }
  const opened = await lender('POST', '/v1/journeys', body, { 'idempotency-key': `e2e-${someone.phone}-${Date.now()}` })
  assert.equal(opened.status, 201, JSON.stringify(opened.body))
  return opened.body
}

/** A desk with somebody at it. */
export async function seated(browser, account) {
  const desk = await (await browser.newContext({ viewport: { width: 1280, height: 900 }, locale: 'zh-CN' })).newPage()
  await desk.goto(`${BASE}/console/`)
  const signed = await call(desk, 'POST', '/api/console/session', { institution: account.institution, account: account.account, password: account.password })
  assert.equal(signed.status, 200)
  await desk.goto(`${BASE}/console/`)
  await desk.locator('nav.rail').waitFor()
  return desk
}

/** Opens a link on a phone and enters with the code that the demo's outbox shows to `desk`. */
export async function enters(phone, desk, url) {
  await phone.goto(url)
  const masked = (await phone.locator('.phone strong').textContent()).trim()
  const seen = await sentBefore(desk, masked)
  await phone.locator('.btn.main').first().click()
  await phone.locator('#code').fill(await freshCode(desk, masked, seen))
}

export async function launch(more = []) {
  return chromium.launch({
    executablePath: process.env.XIAOBAO_CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run', ...more],
  })
}

/** Notes everything a page must never do: ask another host, break the page policy, throw. */
export function guard(page) {
  const faults = []
  page.on('request', (request) => {
    const url = new URL(request.url())
    if (/^https?:$/.test(url.protocol) && url.origin !== new URL(BASE).origin) faults.push(`asked ${url.origin}`)
  })
  page.on('pageerror', (error) => faults.push(`threw ${error.message}`))
  page.on('console', (message) => {
    if (/content security policy/i.test(message.text())) faults.push(message.text())
  })
  return () => assert.deepEqual(faults, [])
}

/** A call from inside the page, with its cookies, as its own scripts make it. */
export async function call(page, method, path, body) {
  return page.evaluate(async ([how, where, what]) => {
    const init = how === 'GET' ? {} : { method: how, headers: { 'content-type': 'application/json', 'x-xiaobao': '1' }, body: JSON.stringify(what ?? {}) }
    const response = await fetch(where, init)
    return { status: response.status, body: await response.json().catch(() => null) }
  }, [method, path, body])
}

/** Asks again until `probe` gives something, at most `ms`; then fails with `what`. */
export async function until(probe, ms, what) {
  const end = Date.now() + ms
  for (;;) {
    const found = await probe()
    if (found) return found
    assert.ok(Date.now() < end, `${what} within ${ms} ms`)
    await new Promise((resolve) => setTimeout(resolve, 250))
  }
}

const CODE = /(?<!\d)\d{6}(?!\d)/

async function messages(desk, phone) {
  const { status, body } = await call(desk, 'GET', '/api/console/outbox?limit=50')
  assert.equal(status, 200, 'the demo outbox answers')
  return body.rows.filter((row) => row.to_masked === phone && CODE.test(row.text))
}

/** The codes already sent to this phone, so that a fresh one can be told from them. */
export async function sentBefore(desk, phone) {
  return new Set((await messages(desk, phone)).map((row) => row.id))
}

export async function freshCode(desk, phone, before) {
  const row = await until(async () => (await messages(desk, phone)).find((one) => !before.has(one.id)), 15_000, 'a code in the outbox')
  assert.match(row.text, /切勿|不会索要|never/, 'the message warns not to share the code')
  return CODE.exec(row.text)[0]
}

export const percent = (ppm) => `${(ppm / 10_000).toFixed(2)}%`
export const yuan = (fen) => (fen / 100).toFixed(2).replace(/\B(?=(\d{3})+\.)/g, ',')
