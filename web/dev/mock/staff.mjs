import { Refusal } from './refusal.mjs'
import { checkpointOf, factView, proofOf, record } from './facts.mjs'
import { hex, INSTITUTION, nameOf, PASSWORD, REQUIRED, STAFF } from './world.mjs'

const MISSING = {
  price_not_final: { zh: '价格还没有确定', en: 'The price is not final yet' },
  sheet_not_shown: { zh: '明示表还没有展示给借款人', en: 'The cost sheet has not been shown to the borrower' },
  sheet_not_read: { zh: '借款人还没有读完明示表', en: 'The borrower has not read the cost sheet to the end' },
  sheet_not_understood: { zh: '借款人还没有答对两个理解问题', en: 'The borrower has not answered the two questions correctly' },
  sheet_not_confirmed: { zh: '借款人还没有确认明示表', en: 'The borrower has not confirmed the cost sheet' },
  evidence_not_proved: { zh: '证据已记录，证明稍后就到', en: 'The evidence is committed; its proof follows shortly' },
  journey_expired: { zh: '旅程已过期', en: 'The journey has expired' },
}

/** One keyset page; the cursor is an opaque row number. */
function page(rows, query) {
  const from = Number(query.get('after') ?? 0)
  const limit = Number(query.get('limit') ?? 50)
  return { rows: rows.slice(from, from + limit), next: from + limit < rows.length ? String(from + limit) : null }
}

export function staffRoutes(world) {
  const staff = ({ cookies }) => {
    if (cookies.xb_staff !== 'luo') throw new Refusal(401, 'session_missing', '请先登录', 'Please sign in')
  }
  const journey = (ctx) => {
    staff(ctx)
    const found = world.journeys.find((j) => j.id === ctx.args[0])
    if (!found) throw new Refusal(404, 'journey_unknown', '没有这个旅程', 'There is no such journey')
    return found
  }
  const state = (j) => (j.expired ? 'expired' : j.confirmed ? 'completed' : j.sheet ? 'open' : 'waiting_price')
  const step = (j) => (!j.sheet ? 'wait' : j.confirmed ? 'done' : j.understood ? 'confirm' : j.read ? 'answer' : 'read')
  const row = (j) => ({
    id: j.id, reference: j.reference, borrower_masked: j.name, phone_masked: j.phone, product: { code: j.code, name: nameOf(j.code) },
    principal: j.sheet?.principal ?? null, periods: j.sheet?.terms.periods ?? null, composite_ppm: j.sheet?.composite.annual_ppm ?? null,
    audience: j.audience, state: state(j), step: step(j), person_asked_at_ms: j.person, created_at_ms: j.createdAt, updated_at_ms: j.updatedAt, expires_at_ms: j.createdAt + 7 * 86_400_000,
  })
  function release(j) {
    const missing = []
    if (j.expired) missing.push('journey_expired')
    if (!j.sheet) missing.push('price_not_final')
    if (!j.shown) missing.push('sheet_not_shown')
    if (!j.read) missing.push('sheet_not_read')
    if (!j.understood) missing.push('sheet_not_understood')
    if (!j.confirmed) missing.push('sheet_not_confirmed')
    if (j.facts.some((f) => factView(f).state !== 'proved')) missing.push('evidence_not_proved')
    return { decision: missing.length ? 'denied' : 'allowed', missing: missing.map((code) => ({ code, message: MISSING[code] })), terms_digest: j.sheet ? j.terms_digest : null, checked_at_ms: Date.now(), proved_size: world.leaves.length }
  }
  return [
    ['POST', /^\/api\/console\/session$/, ({ body, res }) => {
      if (body.institution !== INSTITUTION.code || body.account !== STAFF.account || body.password !== PASSWORD) throw new Refusal(401, 'login_wrong', '机构、账号或密码不对', 'Institution, account or password is not right')
      res.setHeader('set-cookie', 'xb_staff=luo; Path=/; HttpOnly; SameSite=Strict')
      return STAFF
    }],
    ['GET', /^\/api\/console\/session$/, (ctx) => (staff(ctx), STAFF)],
    ['DELETE', /^\/api\/console\/session$/, ({ res }) => (res.setHeader('set-cookie', 'xb_staff=; Path=/; Max-Age=0'), {})],
    ['GET', /^\/api\/console\/journeys$/, (ctx) => {
      staff(ctx)
      const [q, wanted, product] = ['q', 'state', 'product'].map((k) => ctx.query.get(k) ?? '')
      const rows = world.journeys.toSorted((a, b) => b.updatedAt - a.updatedAt)
        .filter((j) => (!q || j.id === q || j.reference === q) && (!wanted || state(j) === wanted) && (!product || j.code === product)).map(row)
      return page(rows, ctx.query)
    }],
    ['GET', /^\/api\/console\/journeys\/([^/]+)$/, (ctx) => {
      const j = journey(ctx)
      return { ...row(j), terms_digest: j.sheet ? j.terms_digest : null, sheet_digest: j.sheet ? j.digest : null, sheet: j.sheet, required: REQUIRED, release: release(j),
        documents: j.confirmed ? [{ digest: j.digest, title: { zh: '综合融资成本明示表', en: 'Statement of the total cost of borrowing' }, kind: 'cost_sheet', bytes: 48_123 }] : [] }
    }],
    ['GET', /^\/api\/console\/journeys\/([^/]+)\/timeline$/, (ctx) => page(journey(ctx).facts.map((f) => factView(f)), ctx.query)],
    ['GET', /^\/api\/console\/journeys\/([^/]+)\/timeline\/(\d+)\/proof$/, (ctx) => proofOf(world, journey(ctx).facts[Number(ctx.args[1]) - 1])],
    ['GET', /^\/api\/console\/journeys\/([^/]+)\/bundle$/, (ctx) => {
      const j = journey(ctx)
      ctx.res.setHeader('content-type', 'application/zip')
      ctx.res.setHeader('content-disposition', `attachment; filename="${j.id}.zip"`)
      return Buffer.concat([Buffer.from('504b0506', 'hex'), Buffer.alloc(18)])
    }],
    ['POST', /^\/api\/console\/journeys\/([^/]+)\/link$/, (ctx) => {
      const j = journey(ctx)
      const expires = Date.now() + 7 * 86_400_000
      j.token = hex(`${j.id}${expires}`).slice(0, 32)
      record(world, j, 'access.link_issued.v1', { expires_at_ms: expires }, Date.now(), { kind: 'staff', label: STAFF.name })
      return { url: `https://loan.anhe.example/h5/#/j/${j.token}`, expires_at_ms: expires }
    }],
    ['GET', /^\/api\/console\/products$/, (ctx) => (staff(ctx), page(world.products, ctx.query))],
    ['GET', /^\/api\/console\/products\/([^/]+)$/, (ctx) => {
      staff(ctx)
      const found = world.products.find((p) => p.id === ctx.args[0])
      if (!found) throw new Refusal(404, 'product_unknown', '没有这个产品', 'There is no such product')
      return found
    }],
    ['POST', /^\/api\/console\/products\/([^/]+)\/versions\/(\d+)\/approve$/, (ctx) => {
      staff(ctx)
      const found = world.products.find((p) => p.id === ctx.args[0])
      const version = found?.versions.find((v) => v.version === Number(ctx.args[1]))
      if (!version) throw new Refusal(404, 'product_unknown', '没有这个产品', 'There is no such product')
      if (version.proposed_by === STAFF.name) throw new Refusal(409, 'four_eyes', '提出的人不能自己批准', 'The one who proposes may not approve')
      if (found.alerts.includes('ceiling_blocked')) throw new Refusal(409, 'ceiling_blocked', '超过设定的上限，不能发布', 'Exceeds a configured threshold and cannot be released')
      version.approvals.push({ name: STAFF.name, at_ms: Date.now() })
      Object.assign(version, { state: 'released', released_at_ms: Date.now() })
      found.version = version.version
      return found
    }],
    ['GET', /^\/api\/console\/outbox$/, (ctx) => (staff(ctx), page(world.outbox, ctx.query))],
    ['GET', /^\/api\/console\/log$/, (ctx) => {
      staff(ctx)
      return { code: 'anhe', origin: 'anhe.xiaobao.example/log', verifier: `anhe.xiaobao.example/log+01020304+${Buffer.from(hex('key'), 'hex').toString('base64')}`, published_size: world.leaves.length, sealed: null, size: world.leaves.length, checkpoint_at_ms: Date.now() - 12_000, checkpoint: checkpointOf(world), state: 'open' }
    }],
  ]
}
