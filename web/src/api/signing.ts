/** Contract templates and what is signed, on the wire. */

import type { Schemas } from './wire'

export type ContractContent = Schemas['ContractContent']
export type ContractTemplate = Schemas['ContractTemplate']
export type ContractTemplatePage = Schemas['ContractTemplatePage']
/** A document filled for one person and one loan. */
export type ContractPaper = Schemas['ContractPaper']
export type SigningView = Schemas['SigningView']
