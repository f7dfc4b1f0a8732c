import type { EChartsCoreOption } from 'echarts/core'
import type { CostSheet, Text } from '../../api/wire'
import { money } from '../../shared/format'
import { collectors } from '../../shared/sheet'

/** Colours of the theme in force, read from the tokens. */
export interface Palette {
  font: string
  ink: string
  soft: string
  line: string
  card: string
  parties: string[]
  principal: string
}

export function paletteOf(element: Element): Palette {
  const style = getComputedStyle(element)
  const token = (name: string) => style.getPropertyValue(name).trim()
  return {
    font: style.fontFamily, ink: token('--ink'), soft: token('--ink-soft'), line: token('--line'), card: token('--card'), principal: token('--principal'),
    parties: [1, 2, 3, 4].map((n) => token(`--party-${n}`)),
  }
}

/** Textures beside the colours, so that the parts differ without colour too. */
const TEXTURES = [
  { symbol: 'none' },
  { symbol: 'rect', dashArrayX: [1, 0], dashArrayY: [2, 5], rotation: -Math.PI / 4, color: 'rgba(255,255,255,0.35)' },
  { symbol: 'circle', symbolSize: 0.4, dashArrayX: 6, dashArrayY: 6, color: 'rgba(255,255,255,0.5)' },
  { symbol: 'rect', dashArrayX: [1, 0], dashArrayY: [2, 5], rotation: Math.PI / 4, color: 'rgba(255,255,255,0.35)' },
]

const yuan = (fen: number) => fen / 100
const fenText = (value: unknown) => money(Math.round(Number(value) * 100))

function base(palette: Palette): EChartsCoreOption {
  return {
    animationDuration: 300,
    aria: { enabled: true },
    textStyle: { color: palette.ink, fontFamily: palette.font },
    tooltip: {
      trigger: 'axis', axisPointer: { type: 'shadow' }, backgroundColor: palette.card, borderColor: palette.line,
      textStyle: { color: palette.ink, fontSize: 12.5 }, valueFormatter: fenText, confine: true,
    },
  }
}

/** One bar per item of cost, cut by who collects it. */
export function collectorChart(sheet: CostSheet, palette: Palette, pick: (text: Text) => string): EChartsCoreOption {
  const names = sheet.items.map((item) => pick(item.name))
  return {
    ...base(palette),
    grid: { left: 8, right: 16, top: 8, bottom: 6, containLabel: true },
    xAxis: { type: 'value', axisLabel: { color: palette.soft }, splitLine: { lineStyle: { color: palette.line } } },
    yAxis: { type: 'category', inverse: true, data: names, axisLabel: { color: palette.ink }, axisTick: { show: false }, axisLine: { lineStyle: { color: palette.line } } },
    series: collectors(sheet).map((one) => ({
      name: `${one.letter} ${one.name}`, type: 'bar', stack: 'cost', barWidth: 22,
      itemStyle: { color: palette.parties[one.shade - 1], borderColor: palette.card, borderWidth: 1, decal: TEXTURES[one.shade - 1] },
      data: sheet.items.map((item) => yuan(item.collectors.find((share) => share.party === one.party)?.total ?? 0)),
    })),
  }
}

/** The instalments, each cut into principal, interest and items. */
export function planChart(sheet: CostSheet, palette: Palette, pick: (text: Text) => string, words: { principal: string; interest: string }): EChartsCoreOption {
  const shades = new Map(collectors(sheet).map((one) => [one.party, one.shade]))
  const fees = sheet.items.filter((item) => sheet.plan.some((one) => one.items.some((part) => part.code === item.code)))
  const series = [
    { name: words.principal, color: palette.principal, texture: 0, data: sheet.plan.map((one) => yuan(one.principal)) },
    { name: words.interest, color: palette.parties[0], texture: 0, data: sheet.plan.map((one) => yuan(one.interest)) },
    // A fee has the colour of who collects it, as in the chart above; the first one is the interest's.
    ...fees.map((item) => {
      const shade = Math.max(2, shades.get(item.collectors[0]?.party ?? '') ?? 2)
      return { item, shade: shade - 1 }
    }).map(({ item, shade }) => ({
      name: pick(item.name), color: palette.parties[shade], texture: shade,
      data: sheet.plan.map((one) => yuan(one.items.find((part) => part.code === item.code)?.amount ?? 0)),
    })),
  ]
  return {
    ...base(palette),
    legend: { bottom: 0, itemWidth: 12, itemHeight: 12, textStyle: { color: palette.soft }, data: series.map((one) => one.name) },
    grid: { left: 8, right: 8, top: 8, bottom: 32, containLabel: true },
    xAxis: { type: 'category', data: sheet.plan.map((one) => String(one.no)), axisLabel: { color: palette.soft }, axisTick: { show: false }, axisLine: { lineStyle: { color: palette.line } } },
    yAxis: { type: 'value', axisLabel: { color: palette.soft }, splitLine: { lineStyle: { color: palette.line } } },
    series: series.map((one) => ({
      name: one.name, type: 'bar', stack: 'plan', barCategoryGap: '30%', itemStyle: { color: one.color, decal: TEXTURES[one.texture] }, data: one.data,
    })),
  }
}
