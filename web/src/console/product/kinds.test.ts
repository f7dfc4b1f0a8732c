import { describe, expect, it } from 'vitest'
import { fresh, inserted, short } from './kinds'

describe('nodes of a script', () => {
  it('get a name that no other has', () => {
    expect(fresh('answer', ['answer_1', 'answer_2', 'cost']).code).toBe('answer_3')
    expect(fresh('told', []).code).toBe('told_1')
  })

  it('take a figure where the cursor is, in place of what is marked', () => {
    expect(inserted('共元', 'total', 1, 1)).toEqual({ text: '共{total}元', at: 8 })
    expect(inserted('共XX元', 'total', 1, 3)).toEqual({ text: '共{total}元', at: 8 })
  })

  it('are called by their first words', () => {
    expect(short(' 好 ')).toBe('好')
    expect(short('一二三四五', 3)).toBe('一二三…')
  })
})
