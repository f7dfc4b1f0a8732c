/** The public page that checks evidence: no login, no upload, and the same answer as the command line. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { audit, good } from './audit.mjs'
import { BASE, PHONE, STAFF, guard, launch, opens, seated, until } from './desk.mjs'

const SOMEONE = { name: '钱满仓', id_number: '33010219880312451X', phone: '13800005510' }
let browser, bundle

/** A page with the verifier, as somebody opens it who has never been here. */
async function visitor(options, hash = '') {
  const page = await (await browser.newContext(options)).newPage()
  await page.goto(`${BASE}/verify/${hash}`)
  await page.locator('.drop').waitFor()
  return page
}

const drops = (page, buffer, name = 'evidence.zip') => page.locator('.drop input').first().setInputFiles({ name, mimeType: 'application/zip', buffer })
const verdict = async (page) => (await page.locator('.verdict .word').textContent()).trim()

function flipped(at) {
  const bytes = Buffer.from(bundle)
  bytes[at] ^= 1
  return bytes
}

before(async () => {
  browser = await launch()
  const desk = await seated(browser, STAFF)
  const { id } = await opens('hexiang', SOMEONE)
  bundle = await until(async () => {
    const answer = await desk.context().request.get(`${BASE}/api/console/journeys/${id}/bundle`)
    return answer.status() === 200 ? answer.body() : null
  }, 15_000, 'a bundle')
})

after(async () => {
  await browser?.close()
})

test('the page may ask only this host, and nobody may frame it', async () => {
  const { headers } = await fetch(`${BASE}/verify/`)
  const policy = headers.get('content-security-policy')
  for (const part of ["default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'", "form-action 'none'", "frame-ancestors 'none'"]) assert.ok(policy.split('; ').includes(part), `${part} in ${policy}`)
})

test('a bundle is checked without a network, and its signer is unknown until a key is trusted', async () => {
  const page = await visitor(PHONE)
  const faultless = guard(page)
  await page.context().setOffline(true)
  const asked = []
  page.on('request', (request) => asked.push(request.url()))
  await drops(page, bundle)
  assert.equal(await verdict(page), '已证明一致，签署者未知')
  assert.deepEqual(asked, [], 'nothing was asked, nothing was sent')
  await page.getByText('贷款机构发起旅程').waitFor()
  assert.match(await page.locator('.said').first().textContent(), /证明到第 \d+ 条.*之后没有证据/)
  await good(page, 'verify, signer unknown')

  await page.context().setOffline(false)
  await page.getByRole('button', { name: '采用本站公布的公钥' }).click()
  await page.getByText('每一个字节都与机构签名的记录一致').waitFor()
  assert.equal(await verdict(page), '已证明')
  assert.deepEqual(asked.map((url) => new URL(url).pathname), ['/log/anhe/vkey'], 'only the published key was asked for')
  await good(page, 'verify, proved')
  faultless()
})

test('a link that names the institution brings its key, and one flipped byte names its part', async () => {
  const page = await visitor({ viewport: { width: 1280, height: 900 }, locale: 'zh-CN' }, '#anhe')
  await page.getByText('本站公布').waitFor()
  await page.context().setOffline(true)
  await drops(page, bundle)
  assert.equal(await verdict(page), '已证明')
  await audit(page, 'verify, proved, wide')

  const at = bundle.indexOf('"case_no":1,') + 3
  await drops(page, flipped(at), 'flipped.zip')
  await page.getByText('flipped.zip').waitFor()
  assert.equal(await verdict(page), '不成立')
  const parts = await page.locator('.findings li strong').allTextContents()
  assert.ok(parts.includes('第 1 条事实'), parts.join())
  await audit(page, 'verify, failed')

  await drops(page, flipped(bundle.length - 1), 'end.zip')
  await page.getByText('压缩包的结尾').waitFor()
})

test('a key from elsewhere decides, and one that is no key is said to be none', async () => {
  const page = await visitor({ ...PHONE, viewport: { width: 320, height: 640 }, locale: 'en' })
  await page.getByRole('button', { name: 'Larger' }).click()
  await good(page, 'verify, large letters')
  await page.getByText('Paste a key').click()
  await page.locator('textarea').fill('nonsense')
  await page.getByRole('button', { name: 'Take it' }).click()
  await page.getByText('This is not a key').waitFor()
  await page.locator('textarea').fill(await (await fetch(`${BASE}/log/anhe/vkey`)).text())
  await page.getByRole('button', { name: 'Take it' }).click()
  await page.getByText('given by you').waitFor()
  await drops(page, Buffer.from('not a zip at all'), 'letter.zip')
  assert.equal(await verdict(page), 'Does not hold')
  await drops(page, bundle)
  await page.getByText('Every byte agrees with what the lender recorded').waitFor()
  assert.equal(await verdict(page), 'Proved')
  await good(page, 'verify, proved, in English')
  const saved = page.waitForEvent('download').catch(() => null)
  const save = page.getByRole('button', { name: /^Save/ }).first()
  if (await save.count()) {
    await save.click()
    assert.ok(await saved, 'a document of the bundle can be saved')
  }
})
