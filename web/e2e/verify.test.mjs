/** The public page that checks evidence: no login, no upload, and the same answer as the command line. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { after, before, test } from 'node:test'
import jsQR from 'jsqr'
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

/** The text of the QR code on a PDF's first page. */
function codeOn(pdf) {
  // Plain pixels: `P6`, width, height, 255, then three bytes each.
  const picture = execFileSync('pdftoppm', ['-r', '200', '-f', '1', '-l', '1', '-'], { input: pdf, maxBuffer: 1 << 27 })
  const [head, width, height] = /^P6\s+(\d+)\s+(\d+)\s+255\s/.exec(picture.subarray(0, 64).toString('latin1'))
  const colours = new Uint8ClampedArray(width * height * 4).fill(255)
  for (let at = head.length, to = 0; at < picture.length; at += 3, to += 4) colours.set(picture.subarray(at, at + 3), to)
  return jsQR(colours, Number(width), Number(height))?.data
}

/** Some cost sheet that the demo has printed, and its code's address. */
async function sheet() {
  const desk = await seated(browser, STAFF)
  const ask = async (path) => (await desk.context().request.get(`${BASE}${path}`)).json()
  return until(async () => {
    for (const { id } of (await ask('/api/console/journeys?limit=50')).rows) {
      const [found] = (await ask(`/api/console/journeys/${id}`)).documents.filter((one) => one.kind === 'cost_sheet')
      if (found === undefined) continue
      const pdf = await (await desk.context().request.get(`${BASE}/api/console/journeys/${id}/documents/${found.digest}`)).body()
      return { pdf, address: codeOn(pdf) }
    }
    return null
  }, 15_000, 'a printed cost sheet')
}

test('the code on a document opens a page that knows the file and nobody’s name', async () => {
  const { pdf, address } = await sheet()
  assert.match(address ?? 'no code', /\/r\/[A-Za-z0-9_-]{22}$/)
  const page = await (await browser.newContext(PHONE)).newPage()
  const faultless = guard(page)
  await page.goto(BASE + new URL(address).pathname)
  await page.getByText('综合融资成本明示表').waitFor()
  await page.getByText(/已证明，日志第 [\d,]+ 条/).waitFor()
  await good(page, 'receipt')
  await page.context().setOffline(true)
  const input = page.locator('.drop input')
  await input.setInputFiles({ name: 'sheet.pdf', mimeType: 'application/pdf', buffer: pdf })
  await page.getByText('就是这一份').waitFor()
  const other = Buffer.from(pdf)
  other[other.length >> 1] ^= 1
  await input.setInputFiles({ name: 'other.pdf', mimeType: 'application/pdf', buffer: other })
  await page.locator('.notice.bad').getByText('不是这一份').waitFor()
  await good(page, 'receipt, other file')
  await page.context().setOffline(false)
  const wide = await (await browser.newContext({ viewport: { width: 1280, height: 900 }, locale: 'en' })).newPage()
  await wide.goto(BASE + new URL(address).pathname)
  await wide.getByText('Cost sheet').waitFor()
  await audit(wide, 'receipt in English')
  await wide.goto(`${BASE}/r/AAAAAAAAAAAAAAAAAAAAAA`)
  await wide.getByText('No document has this number').waitFor()
  await audit(wide, 'receipt unknown')
  faultless()
})

test('a document by itself is told from a bundle', async () => {
  const page = await visitor(PHONE)
  await drops(page, Buffer.from('%PDF-1.7 and so on'), 'sheet.pdf')
  await page.getByText('这是一份 PDF 文件，不是证据包').waitFor()
})
