/** A recording's script edited in the console: previewed with real figures, kept over a reload, proposed, and looked at by another. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { audit } from './audit.mjs'
import { BASE, accountOf, call, guard, launch, seated } from './desk.mjs'
import { tone } from './tone.mjs'

let browser, manager, reviewer, product, guards

before(async () => {
  browser = await launch()
  ;[manager, reviewer] = [await seated(browser, accountOf('shenqiao')), await seated(browser, accountOf('heyun'))]
  guards = [manager, reviewer].map(guard)
  const { rows } = (await call(manager, 'GET', '/api/console/products?limit=50')).body
  product = rows.find((one) => one.code === 'hexiang').id
})

after(async () => {
  await browser?.close()
})

const heads = () => manager.locator('.pick')
const propose = () => manager.getByRole('button', { name: '提出新版本' })

test('the script opens from the product, with the phone beside it', async () => {
  await manager.goto(`${BASE}/console/products/${product}`)
  await manager.getByRole('button', { name: '编辑双录话术' }).click()
  await heads().nth(8).waitFor()
  assert.equal(await heads().count(), 9)
  await heads().nth(3).click()
  await manager.locator('.phone').getByText('本金20,000元，12期，综合融资成本年化13.80%（单利），总还款21,515.49元').waitFor()
  assert.ok(await propose().isDisabled(), 'nothing was changed yet')
  await audit(manager, 'console script')
})

test('a mistake is told at its field, a figure is inserted, and a reload loses nothing', async () => {
  const words = manager.locator('textarea').first()
  await words.fill('总还款{price}元。')
  await manager.locator('.form').getByText('花括号内只能是已有的数字名称').waitFor()
  assert.ok(await propose().isDisabled(), 'a mistake is not proposed')
  await audit(manager, 'console script mistake')
  await words.fill('请听清楚，总还款元。请读。')
  await words.evaluate((area) => {
    area.focus()
    area.setSelectionRange(8, 8)
  })
  await manager.getByRole('button', { name: '总还款', exact: true }).click()
  await manager.locator('.phone').getByText('请听清楚，总还款21,515.49元。请读。').waitFor()
  await heads().nth(8).focus()
  await manager.keyboard.press('Alt+ArrowUp')
  assert.equal(await manager.evaluate(() => document.activeElement.closest('li').querySelector('.no').textContent), '8')
  await manager.reload()
  await manager.getByText('已找回上次没有提出的改动').waitFor()
  await heads().nth(3).click()
  await manager.locator('.phone').getByText('请听清楚，总还款21,515.49元。请读。').waitFor()
})

test('the institution’s own voice is looked at before it is kept, and never holds figures', async () => {
  await manager.locator('.form').getByText('不能用录音').first().waitFor()
  await heads().nth(0).click()
  const file = manager.locator('.form input[type=file]').first()
  await file.setInputFiles({ name: 'a.wav', mimeType: 'audio/wav', buffer: Buffer.from('no sound at all') })
  await manager.locator('.form').getByText('打不开这段录音').waitFor()
  await file.setInputFiles({ name: 'a.wav', mimeType: 'audio/wav', buffer: tone() })
  await manager.locator('.form').getByRole('button', { name: '听一遍 中文录音' }).click()
  await manager.waitForFunction(() => document.querySelector('.form audio')?.duration > 0.9)
  await manager.locator('.phone:not(.stale)').waitFor()
  await audit(manager, 'console script voice')
})

test('whoever proposes meanwhile is told of, and nothing is proposed over it', async () => {
  const newest = (await call(manager, 'GET', `/api/console/products/${product}/recording`)).body
  const other = structuredClone(newest.recording)
  other.script[0].tries_max = 2
  const { status } = await call(manager, 'POST', `/api/console/products/${product}/recording`, { base: newest.version, recording: other })
  assert.equal(status, 201)
  await propose().click()
  await manager.getByText('已由同事提出').waitFor()
  await audit(manager, 'console script behind')
  await manager.getByRole('button', { name: '接着用我的改动' }).click()
  await manager.locator('.el-button--primary:not(.is-disabled)', { hasText: '提出新版本' }).click()
  await manager.waitForURL(new RegExp(`/products/${product}$`))
})

test('the second person sees old beside new, node by node', async () => {
  await reviewer.goto(`${BASE}/console/products/${product}`)
  await reviewer.getByText('请听清楚，总还款{total}元。请读。').waitFor()
  await reviewer.getByText('换了位置').waitFor()
  await reviewer.getByRole('button', { name: '听一遍 中文录音' }).click()
  await reviewer.waitForFunction(() => document.querySelector('audio')?.duration > 0.9)
  assert.equal(await reviewer.getByRole('button', { name: '编辑双录话术' }).count(), 0, 'who approves products proposes none')
  await audit(reviewer, 'console script changes')
  for (const check of guards) check()
})
