/** Staff among themselves: an administrator invites, a colleague sets up their account, two people make an administrator. */
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { after, before, test } from 'node:test'
import { audit } from './audit.mjs'
import { BASE, guard, launch } from './desk.mjs'

const demo = JSON.parse(process.env.XIAOBAO_DEMO ?? '{"accounts":[]}')
const PASSWORD = 'mountains-and-rivers'
const ACCOUNT = `wenxin${Date.now() % 100_000}`
let browser, admin, colleague, other, secret, link, word
const checks = []

async function desk(width = 1280) {
  const page = await (await browser.newContext({ viewport: { width, height: 860 }, locale: 'zh-CN' })).newPage()
  checks.push(guard(page))
  return page
}

async function signIn(page, account, password) {
  await page.goto(`${BASE}/console/sign-in`)
  await page.locator('#institution').fill('anhe')
  await page.locator('#account').fill(account)
  await page.locator('#password').fill(password)
  await page.locator('button[type=submit]').click()
}

const demoPassword = (account) => demo.accounts.find((one) => one.account === account).password

/** RFC 6238 with the base 32 secret that the page shows. */
function code(atMs) {
  const bits = [...secret].map((sign) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(sign).toString(2).padStart(5, '0')).join('')
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)))
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(Math.floor(atMs / 30_000)))
  const mac = createHmac('sha1', key).update(counter).digest()
  const at = mac[19] & 15
  return String((mac.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, '0')
}

before(async () => {
  assert.ok(demo.accounts.length > 0, 'set XIAOBAO_DEMO to the line of JSON that the demo prints')
  browser = await launch()
  admin = await desk()
  colleague = await desk()
})

after(async () => {
  await browser?.close()
})

test('an administrator invites a colleague, and the link is shown once', async () => {
  await signIn(admin, 'jiangtong', demoPassword('jiangtong'))
  // An administrator sells nothing: their desk begins elsewhere.
  await admin.getByRole('link', { name: '人员', exact: true }).click()
  await admin.getByRole('button', { name: '邀请同事' }).click()
  await admin.locator('#invite-name').fill('闻心')
  await admin.locator('#invite-account').fill(ACCOUNT)
  await admin.locator('#invite-badge').fill('AH-0900')
  await admin.getByLabel('产品经理').check()
  await admin.getByLabel(/^管理员/).check()
  await admin.getByRole('button', { name: '生成邀请链接' }).click()
  link = (await admin.locator('.url .mono').textContent()).trim()
  assert.match(link, /\/console\/invitation#anhe\./)
  await admin.getByText('须两人授予的角色已经提出').waitFor()
  assert.equal(await admin.locator('.said').count(), 0, 'whoever holds the link is not shown its word')
  await admin.getByRole('button', { name: '关闭', exact: true }).last().click()
})

test('a second administrator agrees and is shown the word, the first can not', async () => {
  await admin.reload()
  const change = admin.locator('li', { hasText: '闻心' }).filter({ hasText: '角色改为' })
  await change.first().waitFor()
  assert.equal(await change.getByRole('button', { name: '同意' }).count(), 0)
  await colleague.goto(link)
  await colleague.getByText('还没有第二位同事同意').waitFor()
  other = await desk()
  await signIn(other, 'luyuan', demoPassword('luyuan'))
  await other.getByRole('link', { name: '人员', exact: true }).click()
  await other.locator('li', { hasText: '闻心' }).getByRole('button', { name: '同意' }).click()
  word = (await other.locator('.said .mono').textContent()).trim()
  assert.match(word, /^[0-9A-Z]{4}-[0-9A-Z]{4}$/)
  await audit(other, 'the word')
  await other.getByRole('dialog').getByRole('button', { name: /close|关闭/i }).first().click()
  await other.locator('li', { hasText: '角色改为' }).waitFor({ state: 'detached' })
  await other.locator('tr', { hasText: ACCOUNT }).getByText('管理员').waitFor()
})

test('the invited person sets a password with link and word, and the token leaves the address', async () => {
  await colleague.goto('about:blank')
  await colleague.goto(link)
  await colleague.getByText(ACCOUNT).waitFor()
  assert.equal(new URL(colleague.url()).hash, '')
  await audit(colleague, 'invitation')
  const sets = async (said, password) => {
    await colleague.locator('#word').fill(said)
    await colleague.locator('#first-password').fill(password)
    await colleague.locator('#again').fill(password)
    await colleague.locator('button[type=submit]').click()
  }
  await sets('0000-0000', PASSWORD)
  await colleague.getByText('口令不对').waitFor()
  await sets(word, 'administrator1')
  await colleague.getByText('太常见').waitFor()
  await sets(word.toLowerCase().replace('-', ' '), PASSWORD)
  await colleague.waitForURL(/\/console\/workbench/)
})

test('an authenticator is set up, and asked for from then on', async () => {
  await colleague.locator('a.me').click()
  await colleague.getByRole('button', { name: '设置验证器' }).click()
  await colleague.locator('img[alt="验证器用的二维码"]').waitFor()
  secret = (await colleague.locator('ol .mono').textContent()).trim()
  await colleague.locator('#first-code').fill(code(Date.now()))
  await colleague.getByRole('button', { name: '确认', exact: true }).click()
  await colleague.getByText('请保存这 10 个恢复码').waitFor()
  const codes = await colleague.locator('ul li.mono').allTextContents()
  assert.equal(codes.length, 10)
  const elsewhere = await desk(375)
  await signIn(elsewhere, ACCOUNT, PASSWORD)
  await elsewhere.locator('#second').fill('000000')
  await elsewhere.locator('button[type=submit]').click()
  await elsewhere.locator('.problem').waitFor()
  await elsewhere.getByRole('button', { name: '用恢复码' }).click()
  await elsewhere.locator('#second').fill(codes[0])
  await elsewhere.locator('button[type=submit]').click()
  await elsewhere.waitForURL(/\/console\/workbench/)
  assert.ok(await elsewhere.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'nothing is cut off at 375 px')
  // The first desk sees the second and ends it.
  await colleague.reload()
  await colleague.getByRole('button', { name: '结束其他登录' }).click()
  await colleague.getByRole('button', { name: '结束其他登录' }).waitFor({ state: 'detached' })
  await elsewhere.reload()
  await elsewhere.locator('#password').waitFor()
})

test('whoever is disabled is out at once', async () => {
  await admin.reload()
  await admin.locator('tr', { hasText: ACCOUNT }).locator('a.row').click()
  await admin.getByRole('button', { name: '停用' }).click()
  const asks = admin.getByRole('dialog')
  await asks.getByText('马上全部结束').waitFor()
  await audit(admin, 'disabling asks first')
  await asks.getByRole('button', { name: '停用' }).click()
  await admin.getByText('已停用').waitFor()
  await colleague.reload()
  await colleague.locator('#password').waitFor()
})

test('every page of staff passes the audit', async () => {
  for (const page of ['staff', 'roles', 'settings', 'account']) {
    await admin.goto(`${BASE}/console/${page}`)
    await admin.locator('main .card').first().waitFor()
    await audit(admin, page)
  }
})

test('no page asked another host, broke the policy or threw', () => {
  checks.forEach((check) => check())
})
