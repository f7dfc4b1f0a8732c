import { describe, expect, it } from 'vitest'
import type { AffordabilityStep } from '../../api/wire'
import { fenOf, useAnswers } from './useAnswers'

function step(ask: 'yes' | 'no'): AffordabilityStep {
  return { progress: 'open', occupations: [], purposes: [], ask_studying: ask, reasons: [], instead: null, review: null }
}

describe('fenOf', () => {
  it.each([['8000', 800_000], ['8,000', 800_000], ['0', 0], ['', null], ['-1', null], ['8000.5', null], ['1e9', null], ['12345678901', null]])('reads %s', (yuan, fen) => {
    expect(fenOf(yuan)).toBe(fen)
  })
})

describe('useAnswers', () => {
  it('asks the young whether they study, unless they said so already', () => {
    const young = useAnswers(() => step('yes'))
    expect(young.questions.value).toContain('studying')
    young.said.occupation = 'student'
    expect(young.questions.value).not.toContain('studying')
    expect(young.declaration().studying).toBe('yes')
    expect(useAnswers(() => step('no')).questions.value).toHaveLength(4)
  })

  it('waits for an answer and sends fen', () => {
    const answers = useAnswers(() => step('no'))
    expect(answers.answered.value).toBe(false)
    answers.said.occupation = 'employed'
    expect(answers.answered.value).toBe(true)
    answers.at.value = 1
    expect(answers.answered.value).toBe(false)
    answers.said.income = '8,000'
    answers.said.debts = '0'
    answers.said.purpose = 'home'
    answers.at.value = 3
    expect(answers.last.value && answers.answered.value).toBe(true)
    expect(answers.declaration()).toEqual({ occupation: 'employed', studying: null, monthly_income: 800_000, monthly_debts: 0, purpose: 'home' })
  })
})
