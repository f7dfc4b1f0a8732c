import type { EChartsCoreOption } from 'echarts/core'
import type { components } from '../../api/schema'
import type { JourneyState } from '../../api/wire'
import type { Palette } from '../disclosure/charts'

type DayCount = components['schemas']['JourneysOfDay']
type StepCount = components['schemas']['JourneysAtStep']

/** States from what went well to what did not, as they are stacked. */
export const ORDER: JourneyState[] = ['disbursed', 'completed', 'open', 'waiting_price', 'expired', 'cancelled']

const DAY_MS = 86_400_000

/** The last thirty civil days in China, the oldest first. */
export function lastDays(nowMs: number): string[] {
  const today = Math.floor((nowMs + 8 * 3_600_000) / DAY_MS)
  return Array.from({ length: 30 }, (_, i) => new Date((today - 29 + i) * DAY_MS).toISOString().slice(0, 10))
}

function base(palette: Palette): EChartsCoreOption {
  return {
    animationDuration: 300,
    aria: { enabled: true },
    textStyle: { color: palette.ink, fontFamily: palette.font },
    tooltip: { trigger: 'axis', axisPointer: { type: 'shadow' }, backgroundColor: palette.card, borderColor: palette.line, textStyle: { color: palette.ink, fontSize: 12.5 }, confine: true },
  }
}

/** One bar a day, cut by how its loans stand now. */
export function daysChart(rows: DayCount[], days: string[], palette: Palette, words: (state: JourneyState) => string): EChartsCoreOption {
  const counts = new Map(rows.map((row) => [`${row.day} ${row.state}`, row.count]))
  const shades = [...palette.parties, palette.principal, palette.line]
  const shown = ORDER.filter((state) => rows.some((row) => row.state === state))
  return {
    ...base(palette),
    legend: { bottom: 0, itemWidth: 12, itemHeight: 12, textStyle: { color: palette.soft } },
    grid: { left: 8, right: 8, top: 12, bottom: 32, containLabel: true },
    xAxis: { type: 'category', data: days.map((day) => day.slice(5)), axisLabel: { color: palette.soft }, axisTick: { show: false }, axisLine: { lineStyle: { color: palette.line } } },
    yAxis: { type: 'value', minInterval: 1, axisLabel: { color: palette.soft }, splitLine: { lineStyle: { color: palette.line } } },
    series: shown.map((state) => ({
      name: words(state), type: 'bar', stack: 'day', barCategoryGap: '30%', itemStyle: { color: shades[ORDER.indexOf(state)], borderColor: palette.card, borderWidth: 1 },
      data: days.map((day) => counts.get(`${day} ${state}`) ?? 0),
    })),
  }
}

/** One bar a step: how many journeys are there now. */
export function stepsChart(rows: StepCount[], palette: Palette, words: (step: string) => string): EChartsCoreOption {
  return {
    ...base(palette),
    grid: { left: 8, right: 32, top: 8, bottom: 8, containLabel: true },
    xAxis: { type: 'value', minInterval: 1, axisLabel: { color: palette.soft }, splitLine: { lineStyle: { color: palette.line } } },
    yAxis: { type: 'category', inverse: true, data: rows.map((row) => words(row.step)), axisLabel: { color: palette.ink }, axisTick: { show: false }, axisLine: { lineStyle: { color: palette.line } } },
    series: [{ type: 'bar', barMaxWidth: 22, itemStyle: { color: palette.parties[0] }, label: { show: true, position: 'right', color: palette.ink }, data: rows.map((row) => row.count) }],
  }
}
