import { createHash } from 'node:crypto'
import { sheetOf } from './loan.mjs'

export const hex = (text) => createHash('sha256').update(text).digest('hex')

export const INSTITUTION = {
  id: 'ins_anhe', code: 'anhe', name: '安禾消费金融股份有限公司(演示)', short_name: '安禾消费金融', hotline: '400-000-0100',
}
export const STAFF = {
  id: 'stf_luo', name: '罗一帆', account: 'luoyifan', badge: 'AH-0217', institution: INSTITUTION,
  rights: ['journey.view', 'journey.link', 'product.view', 'product.approve', 'outbox.view', 'log.view'], demo: true,
}
export const PASSWORD = 'demo-password'

const START = '2026-11-21'
const both = [['anhe', 700_000], ['jianglan', 300_000]]
export const SHEETS = {
  hexiang: sheetOf({ principal: 2_000_000, periods: 12, ratePpm: 90_000, fee: { ppm: 4000 }, lenders: both, start: START }),
  hexiang_fixed: sheetOf({ principal: 2_000_000, periods: 12, ratePpm: 90_000, fee: { amount: 6000 }, lenders: both, start: START }),
  hemiao: sheetOf({ principal: 600_000, periods: 6, ratePpm: 120_000, start: START, kind: 'level_principal' }),
  yinling: sheetOf({ principal: 800_000, periods: 12, ratePpm: 78_000, start: START }),
  jiyong: sheetOf({ principal: 1_000_000, periods: 12, ratePpm: 120_000, fee: { amount: 10_000 }, start: START }),
}
const NAMES = {
  hexiang: { zh: '禾享贷', en: 'Hexiang Loan' },
  hexiang_fixed: { zh: '禾享贷（固定担保费）', en: 'Hexiang Loan, fixed guarantee fee' },
  hemiao: { zh: '禾苗分期', en: 'Hemiao Instalments' },
  yinling: { zh: '银龄安心', en: 'Silver Years' },
  jiyong: { zh: '急用贷', en: 'Quick Cash' },
}
const REQUIRED = ['cost_disclosure']

export const KEY_TERMS = [
  { title: { zh: '谁借钱给您', en: 'Who lends to you' },
    body: { zh: '安禾消费金融出七成，江岚银行出三成。您只需按这张表向安禾还款。', en: 'Anhe lends seven tenths and Jianglan Bank three tenths. You repay Anhe alone, as this sheet says.' } },
  { title: { zh: '可以提前还吗', en: 'May I repay early?' },
    body: { zh: '可以，任何一天都行，不收违约金，只付到当天的利息和担保费。', en: 'Yes, on any day and without a fee. You pay interest and guarantee fee up to that day only.' } },
  { title: { zh: '还晚了会怎样', en: 'What if I pay late?' },
    body: { zh: '逾期的本金按年 13.50% 收罚息，并可能报送征信；报送之前会先告知您。', en: 'The overdue principal bears 13.50% a year, and it may be reported to the credit bureau. We tell you before we report.' } },
  { title: { zh: '钱可以怎么用', en: 'What the money is for' },
    body: { zh: '只能用于日常消费，不能买房、炒股、理财或转借他人。', en: 'Everyday consumption only: not for housing, shares, investments or lending on.' } },
]

/** Beijing wall clock of the demo day, in UTC ms. */
const at = (time, day = '2026-11-21') => Date.parse(`${day}T${time}+08:00`)

export const PRODUCTS = ['hexiang', 'hexiang_fixed', 'hemiao', 'yinling', 'jiyong'].map((code, i) => {
  const sheet = SHEETS[code]
  const draft = code === 'jiyong'
  const released = { version: 1, state: 'released', digest: hex(`${code}-1`), proposed_by: '沈乔', created_at_ms: at('09:02:00', '2026-08-0' + (i + 2)),
    released_at_ms: at('15:20:00', '2026-08-0' + (i + 3)), approvals: [{ name: '罗一帆', at_ms: at('15:20:00', '2026-08-0' + (i + 3)) }] }
  const open = { version: draft ? 1 : 2, state: 'draft', digest: hex(`${code}-2`), proposed_by: '沈乔', created_at_ms: at('16:40:00', '2026-11-19'),
    released_at_ms: null, approvals: [] }
  return {
    id: `prd_${code}`, code, name: NAMES[code], version: draft ? 1 : 1, state: draft ? 'draft' : 'released',
    composite_ppm: sheet.composite.annual_ppm, method: sheet.terms.repayment, updated_at_ms: at('16:41:00', '2026-11-19') - i * 86_400_000,
    alerts: [...(sheet.divergence.alert ? ['divergence'] : []), ...sheet.ceilings.filter((c) => c.exceeded).map(() => 'ceiling_needs_approval')],
    versions: draft ? [open] : code === 'hexiang' ? [open, released] : [released],
    example: sheet, required: REQUIRED, reading_seconds: { standard: 20, elder: 30 },
  }
})

function quizOf(sheet) {
  const yuan = (fen) => `${(fen / 100).toFixed(2).replace(/\B(?=(\d{3})+\.)/g, ',')}`
  const choice = (id, fen) => ({ id, label: { zh: `${yuan(fen)} 元`, en: `${yuan(fen)} yuan` } })
  return [
    { id: 'total', text: { zh: '这笔钱您一共要还多少？', en: 'How much will you repay in total?' },
      choices: [choice('a', sheet.principal), choice('b', sheet.total_repaid), choice('c', sheet.total_repaid + 180_000)] },
    { id: 'first_payment', text: { zh: '第一期要还多少？', en: 'How much is your first instalment?' },
      choices: [choice('a', sheet.first_payment), choice('b', Math.round(sheet.principal / sheet.terms.periods)), choice('c', sheet.first_payment + 20_000)] },
  ]
}

function newJourney(id, token, name, phone, code, audience, reference, over = {}) {
  const sheet = code ? SHEETS[code] : null
  return {
    id, token, name, phone, code: code ?? 'hexiang', audience, reference, sheet,
    terms_digest: hex(`${id}-terms`), digest: hex(`${id}-sheet`), minMs: audience === 'elder' ? 30_000 : 20_000,
    quiz: sheet ? quizOf(sheet) : [], wrong: 0, tries: 0, shown: null, read: null, understood: null, confirmed: null, person: null,
    facts: [], createdAt: at('10:02:11'), updatedAt: at('10:02:11'), expired: false, ...over,
  }
}

export function createWorld() {
  const journeys = [
    newJourney('jny_7Q2M8ZK4', 'zhou', '周*兰', '138****0062', 'hexiang', 'elder', 'AH-2026-118842'),
    newJourney('jny_5TR9W1XC', 'chen', '陈*国', '139****0038', 'hexiang', 'standard', 'AH-2026-118851'),
    newJourney('jny_3F6HJ0PA', 'wait', '刘*', '137****0045', null, 'standard', 'AH-2026-118853'),
    newJourney('jny_1B8VN5SD', 'expired', '林*', '136****0020', 'hemiao', 'standard', 'AH-2026-117990', { expired: true, createdAt: at('09:00:00', '2026-11-10'), updatedAt: at('09:00:00', '2026-11-17') }),
    newJourney('jny_9C4LE7GT', 'done', '陈*国', '139****0038', 'hemiao', 'standard', 'AH-2026-116204', {
      createdAt: at('10:12:00', '2026-11-18'), updatedAt: at('10:21:07', '2026-11-18'), shown: at('10:18:01', '2026-11-18'), read: at('10:18:44', '2026-11-18'), understood: at('10:19:58', '2026-11-18'), confirmed: at('10:21:06', '2026-11-18'),
    }),
  ]
  for (let i = 0; i < 70; i++) {
    const code = ['hexiang', 'hemiao', 'yinling'][i % 3]
    const t = at('09:10:00') - (i + 1) * 4_700_000
    journeys.push(newJourney(`jny_${hex(`j${i}`).slice(0, 8).toUpperCase()}`, `t${i}`, ['王*', '李*华', '张*敏', '赵*', '孙*琴'][i % 5], `13${i % 10}****00${String(i).padStart(2, '0')}`, code,
      i % 4 === 0 ? 'elder' : 'standard', `AH-2026-${116_200 - i}`, { createdAt: t, updatedAt: t + 600_000, shown: t + 1000, ...(i % 3 ? { read: t + 31_000, understood: t + 90_000, confirmed: t + 120_000 } : {}) }))
  }
  return { journeys, outbox: [], leaves: Array.from({ length: 4990 }, (_, i) => Buffer.from(hex(`leaf ${i}`), 'hex')), products: structuredClone(PRODUCTS) }
}

export const nameOf = (code) => NAMES[code]
export { REQUIRED }
