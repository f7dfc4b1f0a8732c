import type { RosterKind } from '../../api/wire'

export const KINDS: readonly RosterKind[] = ['lender', 'guarantor', 'insurer', 'platform', 'collection_agency', 'service']
