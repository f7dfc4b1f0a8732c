/** Signing in by the institution's own provider: a real one, on this machine. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { audit } from './audit.mjs'
import { BASE, launch } from './desk.mjs'
import { serve } from './provider.mjs'

const demo = JSON.parse(process.env.XIAOBAO_DEMO ?? '{"accounts":[]}')
const INSTITUTION = 'jianglan'
let browser, provider, admin

async function desk(width = 1280) {
  return (await browser.newContext({ viewport: { width, height: 860 }, locale: 'zh-CN' })).newPage()
}

async function toProvider(page) {
  await page.goto(`${BASE}/console/sign-in`)
  await page.locator('#institution').fill(INSTITUTION)
  await page.getByRole('button', { name: '统一身份登录' }).click()
  await page.waitForURL(`${provider.issuer}/**`)
}

async function saysWho(page, account) {
  await page.locator('input[name=login]').fill(account)
  await page.locator('input[name=password]').fill('any')
  await page.locator('button[type=submit]').click()
  await page.waitForURL((url) => url.origin !== provider.issuer || url.pathname.startsWith('/interaction'))
  if (new URL(page.url()).origin === provider.issuer) await page.locator('button[type=submit]').click()
  await page.waitForURL(`${BASE}/console/**`)
}

async function refused(page, words) {
  await page.locator('.problem', { hasText: words }).waitFor()
  await page.goto(`${BASE}/console/journeys`)
  await page.locator('#password').waitFor()
}

before(async () => {
  browser = await launch()
  provider = await serve(`${BASE}/console/signed-in`)
})

after(async () => {
  provider?.close()
  await browser?.close()
})

test('an administrator names the provider', async () => {
  admin = await desk()
  await admin.goto(`${BASE}/console/sign-in`)
  await admin.locator('#institution').fill(INSTITUTION)
  await admin.locator('#account').fill('tangning')
  await admin.locator('#password').fill(demo.accounts.find((one) => one.account === 'tangning').password)
  await admin.locator('button[type=submit]').click()
  await admin.getByRole('link', { name: '机构设置' }).click()
  await admin.getByText(`${BASE}/console/signed-in`).waitFor()
  await admin.locator('#issuer').fill(provider.issuer)
  await admin.locator('#client_id').fill(provider.client.client_id)
  await admin.locator('#client_secret').fill(provider.client.client_secret)
  await admin.locator('section.provider button[type=submit]').click()
  await admin.getByText('已提出').waitFor()
  assert.equal(await admin.getByRole('button', { name: '同意' }).count(), 0, 'the proposer does not agree')
  await audit(admin, 'sign-in provider')
})

test('another administrator agrees', async () => {
  const other = await desk(375)
  await other.goto(`${BASE}/console/sign-in`)
  await other.locator('#institution').fill(INSTITUTION)
  await other.locator('#account').fill('hanyu')
  await other.locator('#password').fill(demo.accounts.find((one) => one.account === 'hanyu').password)
  await other.locator('button[type=submit]').click()
  await other.getByRole('button', { name: '菜单' }).click()
  await other.getByRole('link', { name: '机构设置' }).click()
  await other.getByText(provider.issuer).first().waitFor()
  await audit(other, 'a loosening that waits')
  await other.getByRole('button', { name: '同意' }).click()
  await other.getByRole('button', { name: '同意' }).waitFor({ state: 'detached' })
})

test('whom the provider names comes in, and the code leaves the address', async () => {
  const page = await desk(375)
  await toProvider(page)
  await saysWho(page, 'qinmo')
  await page.waitForURL(`${BASE}/console/workbench`)
  assert.equal(new URL(page.url()).search, '')
  await page.goto(`${BASE}/console/account`)
  await page.getByText('统一身份').first().waitFor()
})

test('whom nobody here knows stays outside', async () => {
  const page = await desk()
  await toProvider(page)
  await saysWho(page, 'nobody-here')
  await refused(page, '没有在这里开通')
})

test('whoever is disabled stays outside, whatever the provider says', async () => {
  const headers = { 'x-xiaobao': '1', 'content-type': 'application/json' }
  const found = await admin.request.post(`${BASE}/api/console/staff/search`, { headers, data: { q: 'baolu' } })
  const { rows: [colleague] } = await found.json()
  const change = (what) => admin.request.post(`${BASE}/api/console/staff/${colleague.id}/${what}`, { headers, data: {} })
  assert.equal((await change('disable')).status(), 204)
  const page = await desk()
  await toProvider(page)
  await saysWho(page, 'baolu')
  await refused(page, '没有在这里开通')
  assert.equal((await change('enable')).status(), 204)
})

test('another nonce, another state and another browser are refused', async () => {
  const page = await desk()
  // Somebody slips their own nonce into the way to the provider.
  await page.route(`${provider.issuer}/auth?**`, (route) => {
    const url = new URL(route.request().url())
    if (url.searchParams.get('nonce') === 'mine') return route.continue()
    url.searchParams.set('nonce', 'mine')
    return route.fulfill({ status: 302, headers: { location: url.toString() } })
  })
  await toProvider(page)
  await saysWho(page, 'qinmo')
  await refused(page, '没有给出所要求的证明')
  const other = await desk()
  await toProvider(other)
  await other.goto(`${BASE}/console/signed-in?code=abc&state=mine`)
  await refused(other, '不是从这个浏览器开始的')
  const third = await desk()
  await third.goto(`${BASE}/console/signed-in?code=abc&state=def`)
  await refused(third, '不是从这个浏览器开始的')
})

test('without a provider there is only the password', async () => {
  await admin.reload()
  await admin.getByRole('button', { name: '停用统一身份登录' }).click()
  await admin.getByRole('dialog').getByRole('button', { name: '停用统一身份登录' }).click()
  // While it is at work, page and dialog both bear the button.
  await admin.getByRole('dialog').waitFor({ state: 'detached' })
  await admin.getByRole('button', { name: '停用统一身份登录' }).waitFor({ state: 'detached' })
  const page = await desk()
  await page.goto(`${BASE}/console/sign-in`)
  await page.locator('#institution').fill(INSTITUTION)
  await page.getByRole('button', { name: '统一身份登录' }).click()
  await page.locator('.problem', { hasText: '没有开通统一身份登录' }).waitFor()
})
