import type { BatchIncoming, BatchRow } from '../../api/batch'
import type { IconName } from '../shell/Icon.vue'

type Look = { tone: 'good' | 'care' | 'bad' | 'quiet'; icon: IconName }

export const FILE: Record<BatchIncoming['state'], Look> = {
  running: { tone: 'care', icon: 'clock' },
  ended: { tone: 'good', icon: 'check' },
  refused: { tone: 'bad', icon: 'refuse' },
}

export const ROW: Record<BatchRow['outcome'], Look> = {
  done: { tone: 'good', icon: 'check' },
  replayed: { tone: 'quiet', icon: 'check' },
  differs: { tone: 'care', icon: 'alert' },
  refused: { tone: 'bad', icon: 'refuse' },
}
