import { hex } from './world.mjs'

const TITLES = {
  'journey.created.v1': { zh: '旅程已创建', en: 'Journey created' },
  'disclosure.price_fixed.v1': { zh: '价格已确定，明示表已生成', en: 'Price fixed, cost sheet prepared' },
  'access.link_issued.v1': { zh: '链接已发出', en: 'Link issued' },
  'access.code_sent.v1': { zh: '验证码已发送', en: 'Code sent' },
  'access.customer_entered.v1': { zh: '客户凭验证码进入', en: 'Customer entered with a code' },
  'disclosure.sheet_shown.v1': { zh: '明示表已展示', en: 'Cost sheet shown' },
  'disclosure.sheet_read.v1': { zh: '明示表已读完', en: 'Cost sheet read to the end' },
  'disclosure.answers_given.v1': { zh: '两个问题已回答', en: 'Two questions answered' },
  'disclosure.sheet_confirmed.v1': { zh: '客户已确认明示表', en: 'Customer confirmed the cost sheet' },
  'journey.person_asked.v1': { zh: '客户请求人工联系', en: 'Customer asked for a person' },
}
const SYSTEM = { kind: 'system', label: '系统' }
const PARTNER = { kind: 'partner', label: '安禾核心系统' }

/** Appends one fact to a journey; it counts as proved 900 ms later. */
export function record(world, journey, kind, data, at = Date.now(), actor = { kind: 'customer', label: journey.name }) {
  journey.updatedAt = at
  journey.facts.push({ no: journey.facts.length + 1, kind, at_ms: at, actor, data, entry: world.entries++, commitment: hex(`${journey.id}${journey.facts.length}`), title: TITLES[kind] })
}

export function factView(fact, now = Date.now()) {
  const proved = now - fact.at_ms > 2500
  return { ...fact, entry: proved ? fact.entry : null, state: proved ? 'proved' : 'committed', proved_at_ms: proved ? fact.at_ms + 870 : null }
}

/** The facts a journey of the demo world already has. */
export function backfill(world) {
  for (const j of world.journeys) {
    const t = j.createdAt
    record(world, j, 'journey.created.v1', { reference: j.reference, product: j.code, product_version: 1 }, t, PARTNER)
    if (j.sheet) record(world, j, 'disclosure.price_fixed.v1', { terms_digest: j.terms_digest, sheet_digest: j.digest, principal: j.sheet.principal, composite_ppm: j.sheet.composite.annual_ppm }, t + 40, SYSTEM)
    record(world, j, 'access.link_issued.v1', { link: `lnk_${hex(j.token).slice(0, 8)}`, expires_at_ms: t + 7 * 86_400_000 }, t + 90, SYSTEM)
    if (j.shown) {
      record(world, j, 'access.code_sent.v1', { purpose: 'open_link', to_masked: j.phone }, j.shown - 40_000, SYSTEM)
      record(world, j, 'access.customer_entered.v1', { session: `ses_${hex(j.id).slice(0, 8)}` }, j.shown - 12_000)
      record(world, j, 'disclosure.sheet_shown.v1', { sheet_digest: j.digest, reading_ms_min: j.minMs }, j.shown)
    }
    if (j.read) record(world, j, 'disclosure.sheet_read.v1', { sheet_digest: j.digest, reading_ms: j.read - j.shown }, j.read)
    if (j.understood) record(world, j, 'disclosure.answers_given.v1', { sheet_digest: j.digest, tries: 1, correct: true }, j.understood)
    if (j.confirmed) record(world, j, 'disclosure.sheet_confirmed.v1', { sheet_digest: j.digest, terms_digest: j.terms_digest }, j.confirmed)
  }
}

export function proofOf(fact, size) {
  const path = Array.from({ length: 12 }, (_, i) => hex(`${fact.commitment}/${i}`))
  return {
    fact: JSON.stringify({ at_ms: fact.at_ms, case_no: fact.no, data: fact.data, kind: fact.kind }),
    salt: hex(`salt${fact.commitment}`), index: fact.entry, tree_size: size, path,
    checkpoint: `anhe.xiaobao.example/log\n${size}\n${Buffer.from(hex('root'), 'hex').toString('base64')}\n\n— anhe.xiaobao.example/log ${Buffer.from(hex('sig') + hex('sig2'), 'hex').toString('base64')}\n`,
  }
}
