/** Products and their versions, on the wire. */

import type { Schemas } from './wire'

export type ProductRow = Schemas['ProductRow']
export type ProductVersion = Schemas['VersionView']
export type ProductPage = Schemas['ProductPage']
