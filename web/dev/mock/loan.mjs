/** Loans of the demo world, worked out like the server does; for development only. */
const PARTIES = {
  anhe: { id: 'anhe', name: '安禾消费金融股份有限公司(演示)', role: 'lender' },
  jianglan: { id: 'jianglan', name: '江岚银行(演示)', role: 'lender' },
  hexin: { id: 'hexin', name: '禾信融资担保', role: 'guarantor' },
}

function addMonths(iso, months) {
  const [y, m, d] = iso.split('-').map(Number)
  const date = new Date(Date.UTC(y, m - 1 + months, d))
  return date.toISOString().slice(0, 10)
}

const percent = (ppm) => `${(ppm / 10_000).toFixed(2)}%`

/** Splits `total` by ppm shares, the last one taking the remainder. */
function split(total, shares) {
  let left = total
  return shares.map((ppm, i) => {
    const part = i === shares.length - 1 ? left : Math.round((total * ppm) / 1_000_000)
    left -= part
    return part
  })
}

/** Monthly rate r with net = Σ payment/(1+r)^k, by bisection. */
function monthlyRate(net, payments) {
  let [low, high] = [0, 1]
  for (let i = 0; i < 100; i++) {
    const r = (low + high) / 2
    const value = payments.reduce((sum, p, k) => sum + p / (1 + r) ** (k + 1), 0)
    if (value > net) low = r
    else high = r
  }
  return low
}

export function sheetOf({ principal, periods, ratePpm, fee = null, lenders = [['anhe', 1_000_000]], start, kind = 'level_payment' }) {
  const monthly = ratePpm / 12_000_000
  const level = Math.round((principal * monthly) / (1 - (1 + monthly) ** -periods))
  const first = addMonths(start, 1)
  const plan = []
  let balance = principal
  let [interest, fees, occupied] = [0, 0, 0]
  for (let no = 1; no <= periods; no++) {
    const dueInterest = Math.round(balance * monthly)
    const share = kind === 'level_payment' ? level - dueInterest : Math.round(principal / periods)
    const duePrincipal = no === periods ? balance : share
    const dueFee = fee === null ? 0
      : fee.ppm ? Math.round((balance * fee.ppm) / 1_000_000) : fee.amount
    occupied += balance / 12
    balance -= duePrincipal
    interest += dueInterest
    fees += dueFee
    plan.push({
      no, due: addMonths(first, no - 1), principal: duePrincipal, interest: dueInterest,
      items: fee === null ? [] : [{ code: 'guarantee_fee', amount: dueFee }],
      total: duePrincipal + dueInterest + dueFee, balance,
    })
  }
  const shares = split(interest, lenders.map(([, ppm]) => ppm))
  const feePpm = fee === null ? 0 : Math.round((fees / occupied) * 1_000_000 / 100) * 100
  const items = [{
    code: 'interest', name: { zh: '利息', en: 'Interest' },
    standard: {
      zh: `按剩余本金，年利率 ${percent(ratePpm)}，每月计收`,
      en: `On the outstanding principal at ${percent(ratePpm)} a year, charged monthly`,
    },
    annual_ppm: ratePpm, total: interest,
    collectors: lenders.map(([id], i) => ({ party: id, name: PARTIES[id].name, role: 'lender', total: shares[i] })),
  }]
  if (fee !== null) items.push({
    code: 'guarantee_fee', name: { zh: '担保费', en: 'Guarantee fee' },
    standard: fee.ppm
      ? { zh: `按剩余本金，每月 ${percent(fee.ppm)}`, en: `${percent(fee.ppm)} of the outstanding principal each month` }
      : { zh: `每期 ${(fee.amount / 100).toFixed(2)} 元`, en: `${(fee.amount / 100).toFixed(2)} yuan per instalment` },
    annual_ppm: fee.ppm ? fee.ppm * 12 : feePpm, total: fees,
    collectors: [{ party: 'hexin', name: PARTIES.hexin.name, role: 'guarantor', total: fees }],
  })
  const annual = items.reduce((sum, item) => sum + item.annual_ppm, 0)
  const r = monthlyRate(principal, plan.map((p) => p.total))
  const simple = Math.round(12 * r * 1e6)
  const compound = Math.round(((1 + r) ** 12 - 1) * 1e6)
  const ids = [...lenders.map(([id]) => id), ...(fee === null ? [] : ['hexin'])]
  const lender = PARTIES[lenders[0][0]]
  const collector = { party: lender.id, name: lender.name, role: 'lender' }
  const overdue = Math.round(ratePpm * 1.5)
  const gap = Math.abs(annual - simple)
  const total = plan.reduce((sum, p) => sum + p.total, 0)
  const rounding = principal + interest + fees - total
  return {
    v: 1,
    terms: {
      v: 1, currency: 'CNY', principal, start, first_due: first, periods,
      interval: { unit: 'month', count: 1 }, repayment: { kind }, day_count: '30/360',
      annual_rate_ppm: ratePpm, interest_free_periods: 0, subsidy: null,
      parties: ids.map((id) => {
        const share = lenders.find(([l]) => l === id)
        return share ? { ...PARTIES[id], share_ppm: share[1] } : PARTIES[id]
      }),
      items: [], contingent: [],
    },
    principal, net_received: principal, paid_upfront: 0, total_repaid: total, total_cost: total - principal - rounding,
    first_payment: plan[0].total, last_payment: plan[periods - 1].total, items,
    composite: {
      annual_ppm: annual, method: 'average_balance', method_since: '2026-08-01',
      method_text: { zh: '各项费用除以实际占用本金与时间之积后相加', en: 'each item over the principal actually owed and its time, then added up' },
      label: { zh: '单利', en: 'simple rate' },
    },
    all_in: { simple_ppm: simple, compound_ppm: compound, eu_aprc_ppm: compound, regz_ppm: simple },
    divergence: { ppm: gap, threshold_ppm: 5000, alert: gap > 5000 },
    contingent: [
      { code: 'overdue_penalty', name: { zh: '逾期罚息', en: 'Overdue penalty' }, annual_ppm: overdue, collector,
        standard: { zh: `对逾期本金按年 ${percent(overdue)} 计收`, en: `${percent(overdue)} a year on the overdue principal` } },
      { code: 'misuse_penalty', name: { zh: '挪用罚息', en: 'Misuse penalty' }, annual_ppm: ratePpm * 2, collector,
        standard: { zh: `对挪用的本金按年 ${percent(ratePpm * 2)} 计收`, en: `${percent(ratePpm * 2)} a year on the misused principal` } },
      { code: 'prepayment_fee', name: { zh: '提前还款违约金', en: 'Early repayment fee' }, annual_ppm: null, collector,
        standard: { zh: '0 元', en: '0 yuan' } },
    ],
    subsidy: null,
    plan,
    rounding: {
      residue: kind === 'level_payment' ? plan[periods - 1].principal + plan[periods - 1].interest - level : 0, placed: 'last_payment',
      text: { zh: '每期四舍五入到分，差额放在最后一期。', en: 'Each instalment is rounded to the fen; the difference is in the last one.' },
    },
    ceilings: [{
      id: 'regulator_24', name: { zh: '综合融资成本 24%', en: 'Composite cost 24%' }, threshold_ppm: 240_000, measured_ppm: annual, action: 'needs_approval',
      exceeded: annual > 240_000,
      text: annual > 240_000
        ? { zh: '超过设定的 24% 上限', en: 'Exceeds the configured threshold of 24%' }
        : { zh: '没有超过设定的 24% 上限', en: 'Within the configured threshold of 24%' },
    }],
  }
}
