import type { IdentityRow } from '../../api/wire'
import type { IconName } from '../shell/Icon.vue'

/** How each phase of an identity looks. */
export const PHASES: Record<IdentityRow['phase'], { tone: 'good' | 'care' | 'bad' | 'quiet'; icon: IconName }> = {
  needs_person: { tone: 'care', icon: 'person' },
  checking: { tone: 'quiet', icon: 'clock' },
  verified: { tone: 'good', icon: 'check' },
  refused: { tone: 'bad', icon: 'refuse' },
  ended: { tone: 'quiet', icon: 'refuse' },
}
