import type { NodeKind } from '../../api/product'

interface Words {
  count: (no: number, of: number) => string
  asks: Partial<Record<NodeKind, string>>
  said: string
  understood: string
}

/** What the phone itself says around a script's words, in the language that it is shown in. */
export const PHONE: Record<'zh' | 'en', Words> = {
  zh: {
    count: (no, of) => `第 ${no} 题，共 ${of} 题`,
    asks: { challenge: '请读出这四个数字', answer: '请回答', read_aloud: '请读这一句', told: '请听', card: '放满方框，拿稳，别反光' },
    said: '说完了',
    understood: '听明白了',
  },
  en: {
    count: (no, of) => `Question ${no} of ${of}`,
    asks: { challenge: 'Read these four digits aloud', answer: 'Your answer', read_aloud: 'Read this sentence aloud', told: 'Listen', card: 'Fill the frame, hold it still, no glare' },
    said: 'I have said it',
    understood: 'I have understood',
  },
}
