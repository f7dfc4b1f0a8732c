/** Every page of the console that somebody's rights open, the first entry of each list, and the dialogs of each page. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { audit } from './audit.mjs'
import { BASE, accountOf, call, launch, linkOf, seated } from './desk.mjs'

let browser

before(async () => {
  browser = await launch()
})

after(async () => {
  await browser?.close()
})

async function calm(desk) {
  await desk.locator('h1').first().waitFor()
  await desk.waitForLoadState('networkidle')
}

async function looks(desk, place, name) {
  await desk.goto(`${BASE}${place}`)
  await calm(desk)
  await audit(desk, name)
  assert.ok(await desk.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${name} is not cut off`)
}

/** Opens each dialog that a button at the head of the page leads to. */
async function dialogs(desk, name) {
  const buttons = desk.locator('main .head button, main header button')
  for (let i = 0; i < (await buttons.count()); i++) {
    const before = desk.url()
    if (!(await buttons.nth(i).isEnabled()) || !(await buttons.nth(i).isVisible())) continue
    await buttons.nth(i).click()
    const dialog = desk.locator('.el-dialog:visible, .el-drawer:visible').first()
    if (await dialog.waitFor({ timeout: 700 }).then(() => true, () => false)) {
      await audit(desk, `${name} dialog ${i}`)
      await desk.keyboard.press('Escape')
      await dialog.waitFor({ state: 'hidden' })
    }
    if (desk.url() !== before) {
      await desk.goto(before)
      await calm(desk)
    }
  }
}

/** Everything that the navigation leads to, and one step further. */
async function walk(desk, who) {
  await calm(desk)
  const pages = await desk.locator('nav a[href]').evaluateAll((links) => [...new Set(links.map((one) => one.pathname))])
  for (const page of pages) {
    await looks(desk, page, `${who} ${page}`)
    await dialogs(desk, `${who} ${page}`)
    const entry = await desk.locator(`main a[href^="${page}/"]`).evaluateAll((links) => links[0]?.pathname)
    if (entry === undefined) continue
    await looks(desk, entry, `${who} ${page} entry`)
    // Elsewhere a button at the head of an entry acts at once: it disables, resumes, rotates.
    if (page.endsWith('/journeys')) await dialogs(desk, `${who} ${page} entry`)
  }
  return pages
}

test('a reviewer with most rights', async () => {
  const desk = await seated(browser, accountOf('heyun'))
  const added = await call(desk, 'POST', '/api/console/webhooks', { url: 'http://127.0.0.1:9/events', events: ['journey.completed'] })
  assert.ok([200, 201].includes(added.status), JSON.stringify(added.body))
  const pages = await walk(desk, 'reviewer')
  const { rows } = (await call(desk, 'GET', '/api/console/reviews?limit=1')).body
  await looks(desk, `/console/reviews/${rows[0].id}`, 'a review')
  await looks(desk, `/console/identities/${linkOf('周桂兰').journey}`, 'an identity')
  for (const room of ['journeys', 'identities', 'reviews', 'consents', 'notices', 'products', 'roster', 'subjects', 'openings', 'settings', 'webhooks', 'log']) {
    assert.ok(pages.includes(`/console/${room}`), `${room} is in the navigation`)
  }
})

test('who proposes, who serves, and who gives rights', async () => {
  for (const account of ['shenqiao', 'luoyifan', 'jiangtong']) await walk(await seated(browser, accountOf(account)), account)
})

test('the operator of the house', async () => {
  assert.ok((await walk(await seated(browser, accountOf('weiran')), 'operator')).includes('/console/institutions'))
})

test('the same in English, in the dark', async () => {
  const desk = await seated(browser, accountOf('heyun'))
  await desk.getByRole('button', { name: 'English' }).click()
  await desk.getByRole('button', { name: /dark/i }).click()
  await walk(desk, 'dark')
  await looks(desk, `/console/journeys/${linkOf('周桂兰').journey}`, 'dark journey')
})

test('an address that leads nowhere', async () => {
  const desk = await seated(browser, accountOf('luoyifan'))
  for (const place of ['/console/nothing', '/console/journeys/jny_nobody']) await looks(desk, place, `nowhere ${place}`)
})
