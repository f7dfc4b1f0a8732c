import { computed, reactive, ref } from 'vue'
import type { AffordabilityStep, Declaration } from '../../api/wire'

export type Question = 'occupation' | 'studying' | 'income' | 'debts' | 'purpose'

/** Whole yuan as people write them, to fen; null when it is no amount. */
export function fenOf(yuan: string): number | null {
  const digits = yuan.replace(/[,\s，]/g, '')
  if (!/^\d{1,9}$/.test(digits)) return null
  return Number(digits) * 100
}

/** The answers on this page, one question at a time; nothing leaves it before all are given. */
export function useAnswers(step: () => AffordabilityStep) {
  const said = reactive({
    occupation: null as Declaration['occupation'] | null,
    studying: null as string | null,
    income: '',
    debts: '',
    purpose: null as string | null,
  })
  const at = ref(0)
  const questions = computed<Question[]>(() => {
    const asked = step().ask_studying === 'yes' && said.occupation !== 'student'
    return ['occupation', ...(asked ? (['studying'] as const) : []), 'income', 'debts', 'purpose']
  })
  const question = computed<Question>(() => questions.value[at.value] ?? 'occupation')
  const answered = computed(() => {
    switch (question.value) {
      case 'income':
        return fenOf(said.income) !== null
      case 'debts':
        return fenOf(said.debts) !== null
      default:
        return said[question.value] !== null
    }
  })
  const last = computed(() => at.value === questions.value.length - 1)

  function declaration(): Declaration {
    const asked = questions.value.includes('studying')
    return {
      // Without an answer the server refuses; none is invented here.
      occupation: (said.occupation ?? '') as Declaration['occupation'],
      studying: asked ? (said.studying === 'yes' ? 'yes' : 'no') : said.occupation === 'student' ? 'yes' : null,
      monthly_income: fenOf(said.income) ?? 0,
      monthly_debts: fenOf(said.debts) ?? 0,
      purpose: said.purpose ?? '',
    }
  }

  return { said, at, questions, question, answered, last, declaration }
}
