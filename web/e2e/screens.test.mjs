/** The phone's other screens, in English on the narrowest phone: help, waiting, no, lines, a counter tablet. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { good } from './audit.mjs'
import { BASE, accountOf, call, enters, freshCode, launch, lender, opens, seated, sentBefore, until } from './desk.mjs'

const NARROW = { viewport: { width: 320, height: 640 }, locale: 'en-GB', hasTouch: true, isMobile: true }
let browser, service, count = 0

before(async () => {
  browser = await launch()
  service = await seated(browser, accountOf('luoyifan'))
})

after(async () => {
  await browser?.close()
})

const view = async (phone) => (await call(phone, 'GET', '/api/h5/journey')).body

/** Somebody new in a journey of the product with every step. */
async function somebody(born, more = {}) {
  count += 1
  const someone = { name: '试屏幕', id_number: `110101${born}70${count}0`, phone: `1990200000${count}` }
  const { id, link } = await opens('hexiang', someone, more)
  const phone = await (await browser.newContext(NARROW)).newPage()
  await enters(phone, service, link.url)
  await until(async () => (await view(phone)).id === id, 10_000, 'the journey is open')
  return { phone, id, someone }
}

async function step(phone, name, act, body = {}) {
  const { status, body: said } = await call(phone, 'POST', `/api/h5/steps/${name}/${act}`, body)
  assert.equal(status, 200, `${name}/${act}: ${JSON.stringify(said)}`)
}

/** Answers every notice of a step as its page would. */
async function notices(phone, name, act) {
  const { rows } = (await call(phone, 'GET', '/api/h5/notices')).body
  for (const row of rows.filter((one) => one.step === name)) {
    const one = { notice: row.notice, digest: row.digest }
    await step(phone, name, 'shown', one)
    if (name === 'credit_authority' && act === 'give') {
      const { phone_masked: masked } = await view(phone)
      const seen = await sentBefore(service, masked)
      await step(phone, name, 'code', one)
      one.code = await freshCode(service, masked, seen)
    }
    await step(phone, name, act, one)
  }
}

/** Every step up to one, over the API of the page. */
async function upTo(phone, last, id) {
  const way = {
    personal_information_notice: () => notices(phone, 'personal_information_notice', 'acknowledge'),
    separate_consents: () => notices(phone, 'separate_consents', 'give'),
    identity: async () => {
      await step(phone, 'identity', 'start', { document: { until: '2036-05-01' } })
      await until(async () => (await view(phone)).current !== 'identity', 20_000, 'the identity is checked')
    },
    credit_authority: () => notices(phone, 'credit_authority', 'give'),
    affordability: () => step(phone, 'affordability', 'declare', { occupation: 'employed', studying: null, monthly_income: 900_000, monthly_debts: 10_000, purpose: 'daily' }),
    credit_decision: async () => assert.equal((await lender('POST', `/v1/journeys/${id}/decision`, { ruling: 'approved', made: 'automatically', limit: 2_000_000 })).status, 200),
  }
  for (;;) {
    const { current } = await view(phone)
    if (current === last || current === null) return
    await way[current]()
  }
}

async function looks(phone, name, place = 'home') {
  await phone.goto(`${BASE}/h5/#/${place}`)
  await phone.reload()
  await phone.locator('main h1').first().waitFor()
  await good(phone, `en ${name}`)
  // An elder who agreed that a relative may know is asked who, and may go on without.
  const without = phone.getByRole('button', { name: 'Go on without' })
  if (await without.isVisible()) {
    await without.click()
    await without.waitFor({ state: 'detached' })
    await good(phone, `en ${name}, without a relative`)
  }
}

test('who would rather be seen by a person is, and whoever declines what is needed hears what follows', async () => {
  const { phone } = await somebody('19600301')
  await looks(phone, 'elder notice')
  await upTo(phone, 'separate_consents')
  await looks(phone, 'elder consent')
  await upTo(phone, 'identity')
  await looks(phone, 'elder identity')
  await phone.getByRole('button', { name: /machine/i }).click()
  await good(phone, 'en elder rather a person')
  await step(phone, 'identity', 'person', { route: 'video_agent' })
  await looks(phone, 'elder waiting for a person')
  await step(phone, 'identity', 'start', { document: { until: '2036-05-01' } })
  await until(async () => (await view(phone)).current === 'credit_authority', 20_000, 'the identity is checked')
  await looks(phone, 'elder authority')
  await notices(phone, 'credit_authority', 'decline')
  await looks(phone, 'elder declined')
})

test('a refusal of the lender names its reasons and offers a person', async () => {
  const { phone, id } = await somebody('19880512')
  await upTo(phone, 'credit_decision', id)
  await looks(phone, 'lender decides')
  const reasons = [{ code: 'debts_high', text: { zh: '负债偏高。', en: 'Your debts are high for your income.' } }]
  assert.equal((await lender('POST', `/v1/journeys/${id}/decision`, { ruling: 'refused', made: 'automatically', reasons })).status, 200)
  await looks(phone, 'lender refused')
  assert.ok((await phone.locator('main').innerText()).includes(reasons[0].text.en))
  for (const place of ['me', 'consents', 'openings', 'partners/anhe']) await looks(phone, place, place)
})

test('a credit line is granted, and a drawdown of it chooses amount and use', async () => {
  const { phone, id, someone } = await somebody('19900512', { kind: 'line' })
  await upTo(phone, null, id)
  await looks(phone, 'line granted')
  const { link } = await opens('hexiang', someone, { kind: 'drawdown', line: id })
  const other = await (await browser.newContext(NARROW)).newPage()
  await enters(other, service, link.url)
  await until(async () => (await view(other)).current === 'drawdown', 10_000, 'the drawdown is open')
  await looks(other, 'drawdown of a line')
})

test('a tablet at the counter says who helps', async () => {
  const { id } = await somebody('19850512')
  const readied = await call(service, 'POST', `/api/console/journeys/${id}/assist`)
  assert.equal(readied.status, 200)
  const tablet = await (await browser.newContext({ ...NARROW, viewport: { width: 768, height: 1024 }, locale: 'zh-CN' })).newPage()
  // The phone gets another code a second after the last at the earliest.
  await new Promise((done) => setTimeout(done, 1_200))
  await enters(tablet, service, readied.body.url)
  await tablet.getByText('罗一帆').first().waitFor()
  await good(tablet, 'counter tablet')
})
