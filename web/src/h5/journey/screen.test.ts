import { describe, expect, it } from 'vitest'
import type { CustomerJourney, Protection, SheetStep, Step } from '../../api/wire'
import type { Route } from '../route'
import { hashOf, parse } from '../route'
import { nextRoute, refused, screenFor, type Screen } from './screen'

const at = (step: Step, state: CustomerJourney['state'] = 'open') =>
  ({ kind: 'loan', step, state, current: 'cost_disclosure', sheet: step === 'wait' ? null : ({} as SheetStep) }) as CustomerJourney

describe('screenFor', () => {
  const question: Route = { at: 'question', no: 2 }
  it.each<[Step, Route, Screen]>([
    ['wait', { at: 'sheet' }, 'wait'],
    ['read', { at: 'home' }, 'home'],
    ['read', { at: 'sheet' }, 'sheet'],
    ['read', question, 'sheet'],
    ['read', { at: 'confirm' }, 'sheet'],
    ['answer', question, 'question'],
    ['answer', { at: 'confirm' }, 'question'],
    ['answer', { at: 'sheet' }, 'sheet'],
    ['answer', { at: 'hint' }, 'hint'],
    ['confirm', question, 'confirm'],
    ['confirm', { at: 'confirm' }, 'confirm'],
    ['confirm', { at: 'later' }, 'later'],
    ['done', { at: 'confirm' }, 'done'],
    ['done', { at: 'sheet' }, 'sheet'],
  ])('in step %s the place %o shows %s', (step, route, screen) => expect(screenFor(route, at(step))).toBe(screen))

  it('shows nothing but the end of an expired or cancelled journey', () => {
    expect(screenFor({ at: 'confirm' }, at('confirm', 'expired'))).toBe('expired')
    expect(screenFor({ at: 'confirm' }, at('done', 'cancelled'))).toBe('cancelled')
  })

  it('shows what is kept of the person, and no step, once the time to act is over', () => {
    const over = { ...at('confirm', 'expired'), opens: 'rights' } as CustomerJourney
    expect(screenFor({ at: 'confirm' }, over)).toBe('rights')
    expect(screenFor({ at: 'home' }, { ...over, state: 'completed' })).toBe('rights')
  })
})

it.each<[Route, Screen]>([
  [{ at: 'home' }, 'step'], [{ at: 'sheet' }, 'step'], [{ at: 'confirm' }, 'step'], [{ at: 'later' }, 'later'],
])('before the sheet’s turn %o shows %s', (route, screen) => {
  const journey = { ...at('read'), current: 'identity' as Protection }
  expect(screenFor(route, journey)).toBe(screen)
  expect(nextRoute(journey)).toEqual({ at: 'home' })
})

it('leads on to the server’s step', () => {
  expect(nextRoute(at('answer'))).toEqual({ at: 'question', no: 1 })
  expect(nextRoute(at('confirm'))).toEqual({ at: 'confirm' })
})

it.each<Route>([
  { at: 'link', token: 'a/b c', assistance: null }, { at: 'link', token: 'a.b', assistance: 'c/d' }, { at: 'home' }, { at: 'sheet' }, { at: 'hint' }, { at: 'question', no: 2 }, { at: 'confirm' }, { at: 'later' }, { at: 'me' }, { at: 'contacts' }, { at: 'contact', token: 'anhe.a.b' }, { at: 'loan', id: 'jny_1' },
])('reads back the address it writes for %o', (route) => expect(parse(hashOf(route))).toEqual(route))

it('takes nothing behind a third person’s link for a part of it', () => {
  expect(parse('#/c/anhe.a.b-_1移除，或致电')).toEqual({ at: 'contact', token: 'anhe.a.b-_1' })
  expect(parse(`#/c/${encodeURIComponent('anhe.a.b移除')}`)).toEqual({ at: 'contact', token: 'anhe.a.b' })
})

it('names the refusal that a person may read, the lender’s first', () => {
  const journey = (affordability: string, credit_decision: string) => ({ affordability: { progress: affordability }, credit_decision: { progress: credit_decision } }) as CustomerJourney
  expect(refused(journey('refused', 'open'))?.step).toBe('affordability')
  expect(refused(journey('done', 'needs_person'))?.step).toBe('credit_decision')
  expect(refused(journey('done', 'open'))).toBeNull()
})
