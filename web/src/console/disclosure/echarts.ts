import { BarChart } from 'echarts/charts'
import { GridComponent, LegendComponent, TooltipComponent } from 'echarts/components'
import { init, use } from 'echarts/core'
import { SVGRenderer } from 'echarts/renderers'

// Only what the two charts need; loaded apart from the first screen.
use([BarChart, GridComponent, LegendComponent, TooltipComponent, SVGRenderer])

export { init }
