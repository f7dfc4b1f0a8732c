import { createHash } from 'node:crypto'
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

const sha256 = (...parts) => createHash('sha256').update(Buffer.concat(parts.map((part) => Buffer.from(part)))).digest()

/** Appends one fact to a journey; it counts as proved 2.5 s later. */
export function record(world, journey, kind, data, at = Date.now(), actor = { kind: 'customer', label: journey.name }) {
  journey.updatedAt = at
  const no = journey.facts.length + 1
  const text = JSON.stringify({ at_ms: at, case: journey.id, case_no: no, data, institution: 'ins_anhe', kind, v: 1 })
  const salt = hex(`salt/${journey.id}/${no}`)
  const commitment = sha256('xiaobao/fact/v1', Buffer.from(salt, 'hex'), text)
  const entry = world.leaves.push(sha256([0, 1], commitment)) - 1
  journey.facts.push({ no, kind, at_ms: at, actor, data, entry, commitment: commitment.toString('hex'), title: TITLES[kind], text, salt })
}

/** Largest power of two below n. */
const half = (n) => 2 ** Math.floor(Math.log2(n - 1))

function root(leaves) {
  if (leaves.length === 1) return leaves[0]
  const k = half(leaves.length)
  return sha256([1], root(leaves.slice(0, k)), root(leaves.slice(k)))
}

function pathOf(index, leaves) {
  if (leaves.length === 1) return []
  const k = half(leaves.length)
  return index < k
    ? [...pathOf(index, leaves.slice(0, k)), root(leaves.slice(k))]
    : [...pathOf(index - k, leaves.slice(k)), root(leaves.slice(0, k))]
}

export function factView(fact, now = Date.now()) {
  const proved = now - fact.at_ms > 2500
  const shown = { ...fact }
  delete shown.text
  delete shown.salt
  return { ...shown, entry: proved ? fact.entry : null, state: proved ? 'proved' : 'committed', proved_at_ms: proved ? fact.at_ms + 870 : null }
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

export function checkpointOf(world) {
  const signature = Buffer.from(hex('signature') + hex('of the mock'), 'hex').toString('base64')
  return `anhe.xiaobao.example/log\n${world.leaves.length}\n${root(world.leaves).toString('base64')}\n\n— anhe.xiaobao.example/log ${signature}\n`
}

export function proofOf(world, fact) {
  return {
    fact: fact.text, salt: fact.salt, index: fact.entry, tree_size: world.leaves.length,
    path: pathOf(fact.entry, world.leaves).map((node) => node.toString('hex')), checkpoint: checkpointOf(world),
  }
}
