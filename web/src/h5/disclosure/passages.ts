import type { SheetStep, Text } from '../../api/wire'
import { money, rate } from '../../shared/format'
import type { Passage } from './useReadAloud'

type Say = (key: string, values?: Record<string, string | number>) => string

/** The whole sheet as spoken sentences, section by section, in the order it is printed. */
export function passages(step: SheetStep, product: Text, t: Say, pick: (text: Text) => string): Passage[] {
  const { sheet } = step
  const say: Passage[] = [
    { section: 'hero', text: t('sheet.aloud.intro', { product: pick(product) }) },
    {
      section: 'hero',
      text: t('sheet.aloud.hero', {
        principal: money(sheet.principal), rate: rate(sheet.composite.annual_ppm), label: pick(sheet.composite.label),
        total: money(sheet.total_repaid), cost: money(sheet.total_cost),
      }),
    },
  ]
  for (const item of sheet.items) {
    say.push({
      section: 'items',
      text: t('sheet.aloud.item', {
        name: pick(item.name), standard: pick(item.standard), rate: rate(item.annual_ppm), total: money(item.total),
        collector: item.collectors.map((one) => one.name).join('、'),
      }),
    })
  }
  say.push({ section: 'no-other', text: pick(step.no_other_charges) })
  say.push({
    section: 'plan',
    text: t('sheet.aloud.plan', { n: sheet.plan.length, first: money(sheet.first_payment), last: money(sheet.last_payment) }),
  })
  for (const cost of sheet.contingent) {
    say.push({
      section: 'contingent',
      text: t('sheet.aloud.contingent', { name: pick(cost.name), standard: pick(cost.standard), collector: cost.collector.name }),
    })
  }
  if (step.cooling_off) {
    say.push({ section: 'cooling_off', text: `${t('sheet.cooling_off')} ${pick(step.cooling_off)}` })
  }
  if (step.without_guarantee !== null) {
    say.push({ section: 'guarantee', text: `${t('sheet.without_guarantee')} ${pick(step.without_guarantee)}` })
  }
  for (const term of step.key_terms) {
    say.push({ section: 'terms', text: `${pick(term.title)}。${pick(term.body)}` })
  }
  return say
}
