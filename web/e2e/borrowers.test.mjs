/** The demo's borrowers through every step, on a small phone: who passes, who is refused kindly, who changes her mind. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { audit, good } from './audit.mjs'
import { BASE, PHONE, accountOf, call, enters, freshCode, guard, launch, lender, linkOf, opens, percent, seated, sentBefore, until, yuan } from './desk.mjs'

const ZHOU = linkOf('周桂兰')
const LIN = linkOf('林晓')
let browser, service, reviewer, zhou, lin, guards

before(async () => {
  browser = await launch()
  const page = async () => (await browser.newContext(PHONE)).newPage()
  ;[service, reviewer] = [await seated(browser, accountOf('luoyifan')), await seated(browser, accountOf('heyun'))]
  ;[zhou, lin] = [await page(), await page()]
  guards = [zhou, lin, service, reviewer].map(guard)
})

after(async () => {
  await browser?.close()
})

const view = async (phone) => (await call(phone, 'GET', '/api/h5/journey')).body
const press = (phone, name) => phone.getByRole('button', { name, exact: true }).click()
const heading = (phone, text) => phone.getByRole('heading', { level: 1, name: text }).waitFor()

/** Waits until the journey is at a step. */
const reaches = (phone, step) => until(async () => (await view(phone)).current === step, 20_000, `the step ${step}`)

/** Reads a notice, looks at the page, answers. */
async function answers(phone, title, name) {
  await heading(phone, title)
  await good(phone, title)
  await press(phone, name)
}

/** Two strokes in the box, as a finger would. */
async function writes(phone) {
  const box = await phone.locator('canvas').boundingBox()
  for (const [from, to] of [[0.2, 0.8], [0.7, 0.3]]) {
    await phone.mouse.move(box.x + box.width * 0.2, box.y + box.height * from)
    await phone.mouse.down()
    await phone.mouse.move(box.x + box.width * 0.8, box.y + box.height * to, { steps: 8 })
    await phone.mouse.up()
  }
}

/** The two notices, the separate consents and the identity, as one who agrees to what is needed. */
async function isKnown(phone, marketing, relative) {
  await answers(phone, '个人信息处理告知书', '我看过了，知道了')
  await answers(phone, '征信报送告知书', '我看过了，知道了')
  await answers(phone, '向合作机构提供个人信息单独同意书', '同意')
  await answers(phone, '接收营销信息同意书', marketing)
  if (relative !== undefined) await namesRelative(phone, relative)
  await heading(phone, '确认是您本人')
  await phone.getByLabel('身份证有效期到哪一天？').fill('20360501')
  await good(phone, 'identity')
  await press(phone, '信息没错，开始核对')
  await reaches(phone, 'credit_authority')
  const masked = (await view(phone)).phone_masked
  const seen = await sentBefore(service, masked)
  await answers(phone, '征信查询授权书', '同意')
  // A tap alone gives no authority: the code goes to the borrower's own phone.
  await heading(phone, '请输入验证码，确认授权')
  await good(phone, 'sign')
  await phone.locator('#code').fill(await freshCode(service, masked, seen))
}

/** An elder is offered that a relative be told: a consent of its own, and who. */
async function namesRelative(phone, relative) {
  await answers(phone, '知情家人同意书', '同意')
  await heading(phone, '想让哪位家人知道？')
  // The button says why it is not ready yet when it is pressed all the same.
  await phone.getByRole('button', { name: '保存并告诉家人' }).click({ force: true })
  await phone.getByRole('alert').getByText('请填好姓名、关系和手机号').waitFor()
  await phone.getByLabel('对方姓名').fill(relative.name)
  await phone.getByLabel('对方是您的').selectOption('child')
  await phone.getByLabel('对方手机号').fill(relative.phone)
  await phone.getByLabel('我已征得对方同意').check()
  await good(phone, 'relative')
  await press(phone, '保存并告诉家人')
}

/** One question of what can be repaid: a choice or a sum. */
async function says(phone, asked, answer) {
  await heading(phone, asked)
  if (typeof answer === 'number') await phone.locator('input[inputmode=numeric]').fill(String(answer))
  else await phone.locator('.choices label', { hasText: answer }).click()
  await good(phone, asked)
  await phone.locator('.btn.main').first().click()
}

async function declares(phone, { work, studying, income, debts }) {
  await says(phone, '您现在主要做什么？', work)
  if (studying !== undefined) await says(phone, '您现在在上学吗？', studying)
  await says(phone, '您每个月大概收入多少？', income)
  await says(phone, '您每个月要还别处多少钱？', debts)
  await says(phone, '这笔钱打算用来做什么？', '日常消费')
}

test('周桂兰, 62, enters: large type without asking, and a person in one tap', async () => {
  await enters(zhou, service, ZHOU.url)
  await heading(zhou, '个人信息处理告知书')
  assert.equal(await zhou.evaluate(() => getComputedStyle(document.documentElement).fontSize), '22px')
  const person = zhou.getByRole('button', { name: '和人工聊聊' }).first()
  assert.ok(await person.isVisible())
  const box = await person.boundingBox()
  assert.ok(box.y + box.height <= PHONE.viewport.height, 'without scrolling')
  await person.click()
  await zhou.getByRole('link', { name: /打电话 400/ }).waitFor()
  await good(zhou, 'person')
  await zhou.keyboard.press('Escape')
  // Nothing of hers is asked before the notice, whatever the page does.
  const early = await call(zhou, 'POST', '/api/h5/steps/identity/start', { document: 'long_term' })
  assert.deepEqual([early.status, early.body.error.code], [409, 'step_too_early'])
})

test('she is told, asked one by one, made sure of, and answers what she earns and owes', async () => {
  await isKnown(zhou, '同意', { name: '周晓梅', phone: '10000000071' })
  await declares(zhou, { work: '退休', income: 5200, debts: 300 })
  await zhou.getByText('正在办理这一步').waitFor()
  await good(zhou, 'credit_decision')
})

test('the lender asks the bureau under her authority and decides by API', async () => {
  const asked = await lender('POST', '/v1/credit-authority/check', { journey: ZHOU.journey, purpose: 'loan_review' }, { 'idempotency-key': 'e2e-bureau' })
  assert.deepEqual([asked.status, asked.body.decision], [200, 'allowed'])
  const decided = await lender('POST', `/v1/journeys/${ZHOU.journey}/decision`, { ruling: 'approved', made: 'by_person', limit: 2_000_000 })
  assert.equal(decided.status, 200)
  await press(zhou, '现在看看')
})

test('she chooses amount and use, and only then is there a price', async () => {
  await heading(zhou, '您想借多少，怎么用')
  assert.equal((await view(zhou)).sheet, null, 'no sheet before the price is final')
  await zhou.getByLabel('借多少（元）').fill('20000')
  await zhou.getByLabel('分几期还').selectOption({ label: '12 期' })
  await zhou.getByLabel('用来做什么').selectOption({ label: '日常消费' })
  await zhou.getByLabel('收款的银行卡号').fill('4111111111111111')
  await good(zhou, 'drawdown')
  await press(zhou, '看这笔的全部成本')
  await reaches(zhou, 'cost_disclosure')
})

test('she reads the sheet, answers and confirms', async () => {
  const { sheet } = await view(zhou)
  assert.deepEqual([yuan(sheet.sheet.total_repaid), percent(sheet.sheet.composite.annual_ppm)], ['21,515.49', '13.80%'])
  if (!(await zhou.locator('.sheet').isVisible())) await zhou.locator('.btn.main').first().click()
  await zhou.locator('.sheet').waitFor()
  await good(zhou, 'sheet')
  await zhou.locator('.sheet .pages').evaluate((pages) => pages.scrollTo(0, pages.scrollHeight))
  await zhou.locator('.foot .btn.main[aria-disabled=false]').waitFor({ timeout: 30_000 })
  await zhou.locator('.foot .btn.main').click()
  for (const right of [sheet.sheet.total_repaid, sheet.sheet.first_payment]) {
    await zhou.locator('.choices label', { hasText: yuan(right) }).first().click()
    await good(zhou, `question ${right}`)
    await zhou.locator('.btn.main').first().click()
  }
  await zhou.getByText('您确认看懂了吗').waitFor()
  await good(zhou, 'confirm')
  await press(zhou, '我确认')
  await heading(zhou, '签署合同')
  await good(zhou, 'contracts')
})

test('she opens every contract, is made sure of for exactly these, signs with a code that names the loan, and is told the total once more', async () => {
  const { signing } = await view(zhou)
  assert.deepEqual(signing.documents.map((one) => one.title.zh), ['个人消费借款合同', '委托保证合同', '委托扣款授权书', '数字证书授权书', '借款用途承诺书'])
  for (const { title } of signing.documents) {
    await press(zhou, '看下一份')
    await heading(zhou, title.zh)
    await good(zhou, title.zh)
    await press(zhou, '看完了')
  }
  const early = await call(zhou, 'POST', '/api/h5/steps/signing/code', { set_digest: signing.set_digest })
  assert.deepEqual([early.status, early.body.error.code], [409, 'signing_identity_missing'], 'a code alone never suffices')
  await press(zhou, '确认是我本人')
  await heading(zhou, '国家网络身份认证')
  await good(zhou, 'authority')
  await press(zhou, '我本人确认')
  await zhou.getByRole('button', { name: '去签署' }).waitFor({ timeout: 20_000 })
  const masked = (await view(zhou)).phone_masked
  const seen = await sentBefore(service, masked)
  await press(zhou, '去签署')
  await heading(zhou, '请写下您的姓名')
  await good(zhou, 'handwriting')
  await writes(zhou)
  await press(zhou, '用这个签名')
  await heading(zhou, '请输入签署验证码')
  await good(zhou, 'signing code')
  await zhou.locator('#code').fill(await freshCode(service, masked, seen))
  await zhou.getByRole('heading', { name: '放款前，再看一次总成本' }).waitFor({ timeout: 45_000 })
  await good(zhou, 'total cost')
  const told = (await view(zhou)).total_cost
  const hasty = await call(zhou, 'POST', '/api/h5/steps/total_cost_notice/confirm', { notice_digest: told.digest })
  assert.ok(told.remaining_ms === 0 || hasty.body.error.code === 'total_cost_reading_time', 'nobody is hurried past the figures')
  await zhou.getByRole('button', { name: '我已知晓全部费用' }).click({ timeout: 15_000 })
  await zhou.locator('.seal.proved').waitFor({ timeout: 30_000 })
  await good(zhou, 'done')
  const release = await until(async () => {
    const { body } = await lender('GET', `/v1/journeys/${ZHOU.journey}/release`)
    return body.decision === 'allowed' ? body : null
  }, 30_000, 'the release is allowed')
  assert.deepEqual(release.missing, [])
})

test('the lender books, pays once on a token, and the evidence of it all holds in a browser', async () => {
  const path = `/v1/journeys/${ZHOU.journey}`
  const { terms } = (await lender('GET', path)).body
  const account = '4111111111111111'
  const booking = { net_amount: terms.principal, terms, payee: { account }, loan_number: 'L-E2E-0001' }
  const wrong = await lender('POST', `${path}/booking`, { ...booking, terms: { ...terms, annual_rate_ppm: terms.annual_rate_ppm + 100 } }, { 'idempotency-key': 'e2e-wrong' })
  assert.deepEqual([wrong.status, wrong.body.error.code, wrong.body.error.fields[0].path], [409, 'booking_differs', 'terms.annual_rate_ppm'])
  assert.equal((await lender('POST', `${path}/booking`, booking, { 'idempotency-key': 'e2e-booking' })).status, 201)
  const released = await until(async () => {
    const answer = await lender('POST', `${path}/release`)
    return answer.status === 201 ? answer.body : null
  }, 20_000, 'the booking is proved')
  const paid = { token: released.token, net_amount: terms.principal, payee: { account }, paid_at_ms: Date.now(), payment_reference: 'E2E-PAY-1' }
  const recorded = await lender('POST', `${path}/disbursed`, paid)
  assert.deepEqual([recorded.status, recorded.body.incidents], [201, []])
  assert.equal((await lender('GET', path)).body.state, 'disbursed')

  const bundle = await until(async () => {
    const answer = await service.context().request.get(`${BASE}/api/console/journeys/${ZHOU.journey}/bundle`)
    return answer.status() === 200 ? answer.body() : null
  }, 15_000, 'a bundle')
  assert.ok(bundle.includes('contract-1-loan-contract.pdf'), 'the signed contract is inside')
  const anyone = await (await browser.newContext(PHONE)).newPage()
  guards.push(guard(anyone))
  await anyone.goto(`${BASE}/verify/#anhe`)
  await anyone.getByText('本站公布').waitFor()
  await anyone.locator('.drop input').first().setInputFiles({ name: 'evidence.zip', mimeType: 'application/zip', buffer: bundle })
  await anyone.locator('.verdict .word').getByText('已证明', { exact: true }).waitFor()
  await good(anyone, 'verify, signed and paid')
})

test('a consent she takes back stops the queued message, and the console shows both', async () => {
  const tomorrow = Date.now() + 86_400_000
  const queued = await lender('POST', '/v1/marketing-messages', { journey: ZHOU.journey, template: 'education', send_at_ms: tomorrow }, { 'idempotency-key': 'e2e-marketing' })
  assert.deepEqual([queued.status, queued.body.state], [201, 'waiting'])
  await zhou.getByRole('button', { name: '我的借款与权益' }).click()
  await heading(zhou, '我的借款与权益')
  await good(zhou, 'me')
  await press(zhou, '我的同意')
  await heading(zhou, '我的同意')
  await zhou.getByText('已允许查询').waitFor()
  await good(zhou, 'consents')
  const card = zhou.locator('article', { has: zhou.getByRole('heading', { name: '接收营销信息同意书' }) })
  await card.getByRole('button', { name: '撤回同意' }).click()
  await zhou.locator('dialog[open]').waitFor()
  await good(zhou, 'withdraw')
  await press(zhou, '确认撤回')
  await card.getByText('已撤回').waitFor()
  assert.equal((await lender('GET', `/v1/marketing-messages/${queued.body.id}`)).body.state, 'stopped')
  const again = await lender('POST', '/v1/marketing-messages', { journey: ZHOU.journey, template: 'education', send_at_ms: tomorrow }, { 'idempotency-key': 'e2e-marketing-again' })
  assert.deepEqual([again.status, again.body.error.code], [409, 'consent_withdrawn'])

  await service.goto(`${BASE}/console/consents`)
  await service.getByRole('row', { name: /接收营销信息同意书.*撤回/ }).waitFor()
  await service.goto(`${BASE}/console/journeys/${ZHOU.journey}`)
  await service.getByText('撤回同意', { exact: false }).first().waitFor()
  const { rows } = (await call(service, 'GET', `/api/console/journeys/${ZHOU.journey}/timeline?limit=200`)).body
  const withdrawn = rows.find((row) => row.kind === 'consent.withdrawn.v1')
  assert.deepEqual([withdrawn.data.kind, withdrawn.data.jobs_cancelled], ['marketing', 1])
})

/** Nobody is told at night; in Shanghai it is eight hours later. */
const awake = [...Array(13).keys()].includes((new Date().getUTCHours() + 8) % 24 - 8)

test('her daughter is told without a figure, and takes herself out by her own link', { skip: awake ? false : 'messages wait for the morning' }, async () => {
  const told = await until(async () => (await call(service, 'GET', '/api/console/outbox?limit=200')).body.rows.find((row) => row.template === 'relative_informed'), 15_000, 'a message to the daughter')
  assert.ok(!/\d元|20,?000|%/.test(told.text), told.text)
  const third = await (await browser.newContext(PHONE)).newPage()
  guards.push(guard(third))
  await third.goto(/https?:\S+?(?=[。，]|$)/.exec(told.text)[0])
  await heading(third, '家人希望您知道一件事')
  await good(third, 'third person')
  await press(third, '移除我的信息')
  await heading(third, '已经移除')
  await good(third, 'removed')
  await zhou.goto(`${BASE}/h5/#/contacts`)
  await heading(zhou, '紧急联系人和知情家人')
  await zhou.getByText('您没有填写任何人').waitFor()
  await good(zhou, 'contacts')
  await service.goto(`${BASE}/console/journeys/${ZHOU.journey}`)
  await service.getByText('知情家人 · 子女').waitFor()
})

test('her loan runs: what is next, what it takes to settle, and seven days to change her mind', async () => {
  const path = `/v1/journeys/${ZHOU.journey}`
  const loan = await until(async () => {
    const answer = await lender('GET', `${path}/loan`)
    return answer.status === 200 ? answer.body : null
  }, 15_000, 'the loan opens by the payment’s fact')
  assert.deepEqual([loan.state, loan.plan.length, yuan(loan.next.amount), loan.plan.at(-1).state], ['running', 12, '1,829.03', 'coming'])
  await zhou.goto(`${BASE}/h5/#/loan/${ZHOU.journey}`)
  await zhou.getByText('下一期（第 1 期）').waitFor()
  await zhou.getByText('1,829.03').first().waitFor()
  await good(zhou, 'my loan')
  await zhou.getByRole('button', { name: /告诉机构我要在/ }).waitFor()
  await zhou.getByRole('button', { name: /告诉机构我要在/ }).click()
  await zhou.getByText('您已告诉机构：打算在').waitFor()
  await good(zhou, 'settlement asked')

  const taken = await lender('POST', `${path}/repayments`, { reference: 'E2E-RP-1', kind: 'instalment', amount: 50_000, day: loan.paid_on, parts: { principal: 40_000, interest: 10_000 } })
  assert.deepEqual([taken.status, taken.body.findings], [201, []])
  await zhou.reload()
  await zhou.getByText('500.00').first().waitFor()
  await press(zhou, '看看要退回多少')
  const offer = (await lender('GET', `${path}/loan`)).body.cooling_off
  assert.equal(offer.total, 2_000_000 + offer.interest - 50_000)
  await zhou.getByText(yuan(offer.total)).first().waitFor()
  await good(zhou, 'cooling off')
  await press(zhou, '确定退出')
  await zhou.getByText('您已要求无理由退出。').waitFor()
  await good(zhou, 'cooling off asked')
})

test('what she gives back ends the loan, with a proof in her hand; the console shows it all', async () => {
  const path = `/v1/journeys/${ZHOU.journey}`
  const { asked, paid_on: day } = (await lender('GET', `${path}/loan`)).body
  const back = await lender('POST', `${path}/repayments`, { reference: 'E2E-RP-2', kind: 'settlement', amount: asked.total, day })
  assert.deepEqual([back.status, back.body.findings, back.body.state], [201, [], 'cooled_off'])
  const proof = await until(async () => {
    const mine = (await call(zhou, 'GET', `/api/h5/me/loans/${ZHOU.journey}`)).body
    return mine.documents.find((one) => one.kind === 'cooling_off_proof')
  }, 20_000, 'a proof')
  await zhou.reload()
  await zhou.getByText('您已无理由退出这笔借款').waitFor()
  await zhou.getByText('无理由退出证明').waitFor()
  await good(zhou, 'cooled off')
  const pdf = await zhou.context().request.get(`${BASE}/api/h5/me/loans/${ZHOU.journey}/documents/${proof.digest}`)
  assert.equal((await pdf.body()).subarray(0, 5).toString(), '%PDF-')
  await service.goto(`${BASE}/console/journeys/${ZHOU.journey}`)
  await service.getByRole('heading', { name: '还款计划' }).first().waitFor()
  await service.getByText('E2E-RP-2').waitFor()
  await audit(service, 'console loan')
})

test('林晓, 20, studying, is refused kindly, with reasons and where to turn instead', async () => {
  await enters(lin, service, LIN.url)
  await isKnown(lin, '不同意')
  await declares(lin, { work: '在上学', income: 800, debts: 0 })
  await heading(lin, '这笔借款，现在不太适合您')
  const said = await lin.locator('main').innerText()
  for (const part of ['国家助学贷款', '您没有签任何合同', '人工复核']) assert.ok(said.includes(part), part)
  assert.equal(await lin.evaluate(() => getComputedStyle(document.documentElement).fontSize), '17px')
  await good(lin, 'refused')
  const { body } = await lender('GET', `/v1/journeys/${LIN.journey}/release`)
  assert.equal(body.missing[0].code, 'affordability_refused')
})

test('she asks for a human look; a colleague looks, and she reads the answer', async () => {
  await press(lin, '请人工复核')
  await heading(lin, '工作人员正在看')
  await good(lin, 'looking')
  await reviewer.goto(`${BASE}/console/reviews`)
  await reviewer.locator('.list tbody a').first().click()
  await reviewer.locator('#words').fill('我们核对了您的情况：在校学生不能办理这类贷款。学校的资助中心可以帮您申请国家助学贷款。')
  await reviewer.getByRole('button', { name: '维持拒绝' }).click()
  await reviewer.getByText('我们核对了您的情况').waitFor()
  await press(lin, '现在看看')
  await lin.getByText('我们核对了您的情况').waitFor()
  await good(lin, 'reviewed')
})

test('of two who type one code at once, one gets in and the other is refused', async () => {
  const someone = { name: '试同开', id_number: '11010119820214003X', phone: '19901000082' }
  const { link } = await opens('hexiang', someone)
  const phones = [await (await browser.newContext(PHONE)).newPage(), await (await browser.newContext(PHONE)).newPage()]
  for (const phone of phones) await phone.goto(link.url)
  const [first] = phones
  const masked = (await first.locator('.phone strong').textContent()).trim()
  const seen = await sentBefore(service, masked)
  await first.locator('.btn.main').first().click()
  const code = await freshCode(service, masked, seen)
  const token = link.url.split('/j/')[1]
  const entered = await Promise.all(phones.map((phone) => call(phone, 'POST', '/api/h5/link/enter', { token, code })))
  assert.equal(entered.filter((one) => one.status === 200).length, 1, JSON.stringify(entered.map((one) => one.status)))
  const late = entered.find((one) => one.status !== 200)
  assert.ok(late.status < 500 && late.body.error.message.zh, 'the other is told why')
  const inside = await Promise.all(phones.map(async (phone) => (await call(phone, 'GET', '/api/h5/journey')).status))
  assert.deepEqual(inside.sort(), [200, 401])
})

test('staff of another institution see none of this: lists are empty of it and addresses lead nowhere', async () => {
  const elsewhere = await seated(browser, accountOf('baolu'))
  const ours = [ZHOU.journey, LIN.journey]
  const { rows: people } = (await call(service, 'GET', '/api/console/subjects?limit=50')).body
  const { rows: reviews } = (await call(reviewer, 'GET', '/api/console/reviews?limit=50')).body
  assert.ok(people.length >= 3 && reviews.length >= 1)
  for (const list of ['journeys', 'identity', 'reviews', 'consents', 'subjects', 'openings', 'webhooks', 'keys', 'outbox', 'products', 'notices', 'roster']) {
    const { status, body } = await call(elsewhere, 'GET', `/api/console/${list}?limit=200`)
    assert.equal(status, 200, list)
    const text = JSON.stringify(body)
    for (const id of [...ours, ...people.map((one) => one.id)]) assert.ok(!text.includes(id), `${list} shows ${id}`)
  }
  for (const path of [...ours.flatMap((id) => [`journeys/${id}`, `journeys/${id}/timeline`, `identity/${id}`]), `reviews/${reviews[0].id}`, `subjects/${people[0].id}`]) {
    assert.equal((await call(elsewhere, 'GET', `/api/console/${path}`)).status, 404, path)
  }
  for (const place of [`journeys/${ZHOU.journey}`, `identities/${LIN.journey}`, `reviews/${reviews[0].id}`, `subjects/${people[0].id}`]) {
    await elsewhere.goto(`${BASE}/console/${place}`)
    await elsewhere.getByRole('alert').first().waitFor()
    assert.ok(!(await elsewhere.locator('main').innerText()).includes('*'), `${place} shows nobody`)
  }
  await elsewhere.context().close()
})

test('no page asked another host, broke the policy or threw', () => {
  for (const check of guards) check()
})
