/** Inspection: the home leads to what waits, loans are drawn by lot, the matrix says what proves them, and all bundles come in one file. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, before, test } from 'node:test'
import { audit } from './audit.mjs'
import { BASE, accountOf, guard, launch, seated } from './desk.mjs'

let browser, inspector, service, guards

before(async () => {
  browser = await launch()
  ;[inspector, service] = [await seated(browser, accountOf('heyun')), await seated(browser, accountOf('luoyifan'))]
  guards = [inspector, service].map(guard)
})

after(async () => {
  await browser?.close()
})

const press = (page, name) => page.getByRole('button', { name, exact: true }).first().click()

test('the home shows what waits, and each number leads to its list', async () => {
  await inspector.goto(`${BASE}/console/`)
  await inspector.waitForURL(/\/console\/workbench/)
  await inspector.locator('.tile').first().waitFor()
  await inspector.locator('.charts svg').first().waitFor()
  await audit(inspector, 'console workbench')
  await inspector.setViewportSize({ width: 375, height: 800 })
  // Charts take their new width a moment after the window; then nothing is cut off.
  await inspector.waitForFunction(() => document.documentElement.scrollWidth <= innerWidth)
  await audit(inspector, 'console workbench at 375 px')
  await inspector.setViewportSize({ width: 1280, height: 900 })
  await inspector.locator('.tile', { hasText: '整改逾期' }).click()
  await inspector.waitForURL(/rectifications\?overdue=only/)
  await inspector.getByText('已逾期').first().waitFor()
  await audit(inspector, 'console rectifications')
})

test('loans are drawn by lot, looked at, and bundled', async () => {
  await inspector.goto(`${BASE}/console/draws`)
  await inspector.getByRole('heading', { level: 1, name: '迎检台' }).waitFor()
  await audit(inspector, 'console draws')
  await press(inspector, '抽取借款')
  await inspector.locator('#words').fill('骰子 3 5 6')
  await audit(inspector, 'console draw dialog')
  await press(inspector, '抽取')
  await inspector.waitForURL(/\/draws\/drw_/)
  await inspector.locator('.matrix tbody tr').first().waitFor()
  await inspector.locator('.running').waitFor({ state: 'detached' })
  await inspector.getByText('骰子 3 5 6').waitFor()
  await inspector.locator('.matrix .cell').first().waitFor()
  await audit(inspector, 'console draw')
  await press(inspector, '打包证据')
  const link = inspector.locator('.bundles a[download]').first()
  await link.waitFor({ timeout: 30_000 })
  await audit(inspector, 'console draw bundled')
  const file = await inspector.context().request.get(new URL(await link.getAttribute('href'), BASE).href)
  assert.equal(file.status(), 200)
  const bytes = await file.body()
  assert.equal(bytes.subarray(0, 4).toString('latin1'), 'PK\x03\x04')
  const digest = createHash('sha256').update(bytes).digest('hex')
  assert.ok((await inspector.locator('.bundles').textContent()).includes(digest.slice(0, 12)), 'the digest that is shown is the file’s')
})

test('a finding is opened on a loan, put right by one and accepted by another', async () => {
  await inspector.locator('.matrix tbody tr').first().getByRole('button', { name: /提出整改/ }).click()
  const dialog = inspector.getByRole('dialog')
  await dialog.locator('#words').fill('明示表告知后没有登记回访')
  await dialog.locator('#responsible').click()
  await inspector.getByRole('option', { name: /AH-0217/ }).click()
  await audit(inspector, 'console finding dialog')
  await dialog.getByRole('button', { name: '提出整改', exact: true }).click()
  await inspector.waitForURL(/\/rectifications\/rct_/)
  await inspector.getByText('明示表告知后没有登记回访').waitFor()
  await service.goto(inspector.url())
  await service.locator('#words').fill('已补登记并回访借款人')
  await audit(service, 'console finding')
  await press(service, '已改好，提交验收')
  await service.getByText('等待另一位同事验收。').waitFor()
  await inspector.reload()
  await press(inspector, '验收通过')
  await inspector.getByText('已验收').first().waitFor()
  await audit(inspector, 'console finding accepted')
})

test('nothing asked another host or broke the page policy', () => {
  for (const done of guards) done()
})
