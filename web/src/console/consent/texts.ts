/** The texts of a notice, in the order people read them. */
export const TEXTS = ['title', 'summary', 'body', 'purpose', 'method', 'scope', 'sensitive', 'retention', 'rights', 'consequence'] as const
