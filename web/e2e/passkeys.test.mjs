/** Passkeys in a real browser, with Chromium's own virtual authenticator. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { audit } from './audit.mjs'
import { BASE, launch } from './desk.mjs'

const demo = JSON.parse(process.env.XIAOBAO_DEMO ?? '{"accounts":[]}')
/** Browsers have no passkeys at bare addresses. */
const HERE = BASE.replace('127.0.0.1', 'localhost')
const ACCOUNT = 'fangyuan'
const faults = []
let browser, desk, cdp, authenticatorId, codes

async function firstStep() {
  await desk.goto(`${HERE}/console/sign-in`)
  await desk.locator('#institution').fill('jianglan')
  await desk.locator('#account').fill(ACCOUNT)
  await desk.locator('#password').fill(demo.accounts.find((one) => one.account === ACCOUNT).password)
  await desk.locator('button[type=submit]').click()
}

async function out() {
  await desk.getByRole('button', { name: '退出' }).click()
  await desk.locator('#password').waitFor()
}

before(async () => {
  browser = await launch()
  desk = await (await browser.newContext({ viewport: { width: 1280, height: 860 }, locale: 'zh-CN' })).newPage()
  desk.on('pageerror', (error) => faults.push(error.message))
  cdp = await desk.context().newCDPSession(desk)
  await cdp.send('WebAuthn.enable')
  const options = { protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true }
  authenticatorId = (await cdp.send('WebAuthn.addVirtualAuthenticator', { options })).authenticatorId
})

after(async () => {
  await browser?.close()
})

test('a passkey is added, and recovery codes come with it', async () => {
  await firstStep()
  await desk.waitForURL(/\/console\/workbench/)
  await desk.locator('a.me').click()
  await desk.locator('#passkey-name').fill('工作手机')
  await desk.getByRole('button', { name: '添加通行密钥' }).click()
  await desk.getByText('请保存这 10 个恢复码').waitFor()
  codes = await desk.locator('ul li.mono').allTextContents()
  assert.equal(codes.length, 10)
  await desk.reload()
  await desk.getByText('已设置 1 个').waitFor()
  assert.equal(await desk.getByLabel('通行密钥的名字').inputValue(), '工作手机')
  await audit(desk, 'account with a passkey')
})

test('the second step is one touch', async () => {
  await out()
  await firstStep()
  await desk.getByRole('button', { name: '用通行密钥' }).waitFor()
  await audit(desk, 'second step by passkey')
  await desk.getByRole('button', { name: '用通行密钥' }).click()
  await desk.waitForURL(/\/console\/workbench/)
  await desk.locator('a.me').click()
  await desk.getByText('密码和通行密钥').first().waitFor()
})

test('a passkey alone signs in, and nothing else is typed', async () => {
  await out()
  await desk.goto(`${HERE}/console/sign-in`)
  const alone = desk.getByRole('button', { name: '用通行密钥登录' })
  await audit(desk, 'sign-in')
  await cdp.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: false })
  await alone.click()
  await desk.getByText('浏览器没有给出通行密钥').waitFor()
  await cdp.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: true })
  await desk.locator('#institution').fill('anhe')
  await alone.click()
  await desk.getByText('这个通行密钥不能在这家机构登录').waitFor()
  await desk.locator('#institution').fill('jianglan')
  await alone.click()
  await desk.waitForURL(/\/console\/workbench/)
  await desk.locator('a.me').click()
  await desk.getByText(/· 通行密钥$/).first().waitFor()
})

test('a person who is not verified opens nothing, and may try again', async () => {
  await out()
  await firstStep()
  await cdp.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: false })
  await desk.getByRole('button', { name: '用通行密钥' }).click()
  await desk.getByText('浏览器没有给出通行密钥').waitFor()
  await cdp.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: true })
  await desk.getByRole('button', { name: '用通行密钥' }).click()
  await desk.waitForURL(/\/console\/workbench/)
})

test('a copy that counts backwards is noticed and shut out', async () => {
  await out()
  const { credentials: [one] } = await cdp.send('WebAuthn.getCredentials', { authenticatorId })
  assert.ok(one.signCount > 1)
  await cdp.send('WebAuthn.removeCredential', { authenticatorId, credentialId: one.credentialId })
  await cdp.send('WebAuthn.addCredential', { authenticatorId, credential: { ...one, signCount: 0 } })
  await firstStep()
  await desk.getByRole('button', { name: '用通行密钥' }).click()
  await desk.locator('.problem').waitFor()
  // The first device is as suspect as the copy: only a recovery code opens now.
  await firstStep()
  await desk.locator('#second').fill(codes[0])
  assert.equal(await desk.getByRole('button', { name: '用通行密钥' }).count(), 0)
  await desk.locator('button[type=submit]').click()
  await desk.waitForURL(/\/console\/workbench/)
  await desk.locator('a.me').click()
  await desk.getByText('可能被复制过').waitFor()
  await audit(desk, 'account with a copied passkey')
  await desk.getByRole('button', { name: '移除', exact: true }).click()
  await desk.getByText('可能被复制过').waitFor({ state: 'detached' })
  await out()
  await firstStep()
  await desk.waitForURL(/\/console\/workbench/)
  assert.deepEqual(faults, [])
})
