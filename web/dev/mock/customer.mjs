import { Refusal } from './refusal.mjs'
import { factView, record } from './facts.mjs'
import { INSTITUTION, KEY_TERMS, nameOf } from './world.mjs'

const CODE_WAIT_MS = 60_000
const card = { name: INSTITUTION.name, short_name: INSTITUTION.short_name, hotline: INSTITUTION.hotline }

export function customerRoutes(world) {
  const byToken = (token) => {
    const found = world.journeys.find((j) => j.token === token)
    if (!found) throw new Refusal(404, 'link_unknown', '这个链接不存在或已作废', 'This link does not exist or was withdrawn')
    return found
  }
  const remaining = (j, now) => (j.shown === null ? minMs(j) : Math.max(0, j.shown + minMs(j) - now))
  const minMs = (j) => world.readingMs ?? j.minMs

  function stepOf(j) {
    if (!j.sheet) return 'wait'
    if (j.confirmed) return 'done'
    if (j.understood) return 'confirm'
    return j.read ? 'answer' : 'read'
  }

  function view(j) {
    const now = Date.now()
    const last = j.facts.findLast((f) => f.kind === 'disclosure.sheet_confirmed.v1')
    const proof = last ? factView(last, now) : null
    return {
      id: j.id, institution: card, product: { name: nameOf(j.code) }, borrower_name_masked: j.name, audience: j.audience,
      state: j.expired ? 'expired' : j.confirmed ? 'completed' : j.sheet ? 'open' : 'waiting_price', step: stepOf(j),
      sheet: j.sheet && {
        digest: j.digest, terms_digest: j.terms_digest, sheet: j.sheet, key_terms: KEY_TERMS,
        without_guarantee: j.sheet.items.length > 1
          ? { zh: '可以。不要担保也能申请，但需要重新审核，额度和利率可能不同。想这样办，请找人工。', en: 'Yes. You may apply without the guarantee; it needs another review, and amount and rate may differ. Ask a person if you prefer this.' } : null,
        no_other_charges: { zh: '正常还款时，除上面列出的以外，出借人和合作机构不再收取任何费用。', en: 'If you repay as planned, the lenders and their partners charge nothing beyond what is listed above.' },
        reading: { min_ms: minMs(j), remaining_ms: remaining(j, now), shown_at_ms: j.shown, read_at_ms: j.read },
        quiz: { questions: j.quiz, tries: j.tries, wrong: j.wrong, person_offered: j.wrong >= 2, understood_at_ms: j.understood },
        confirmed_at_ms: j.confirmed,
      },
      person_asked_at_ms: j.person,
      documents: j.confirmed ? [{ digest: j.digest, title: { zh: '综合融资成本明示表', en: 'Statement of the total cost of borrowing' }, kind: 'cost_sheet', bytes: 48_123 }] : [],
      proof: proof && { state: proof.state === 'proved' ? 'proved' : 'committed', at_ms: proof.proved_at_ms ?? proof.at_ms, entry: proof.entry },
      idle_timeout_ms: 600_000, server_now_ms: now,
    }
  }

  function session({ cookies }) {
    const [id, epoch] = (cookies.xb_h5 ?? '').split('.')
    const j = world.journeys.find((x) => x.id === id)
    if (!j) throw new Refusal(401, 'session_missing', '请先用验证码打开', 'Please open the page with a code first')
    if (Number(epoch) !== j.epoch) throw new Refusal(401, 'session_replaced', '这个链接在别处打开了，这里已经退出', 'The link was opened elsewhere, so this page was signed out')
    return j
  }

  function sheetAction(ctx) {
    const j = session(ctx)
    if (ctx.body.sheet_digest !== j.digest) throw new Refusal(409, 'sheet_changed', '明示表已更新，请重新阅读', 'The sheet has changed; please read the new one')
    return j
  }

  const left = (j) => {
    const ms = remaining(j, Date.now())
    if (ms > 0) throw new Refusal(409, 'sheet_reading_time', '还没到最短阅读时间', 'The minimum reading time is not over yet', ms)
  }

  return [
    ['POST', /^\/api\/h5\/link$/, ({ body }) => {
      const j = byToken(body.token)
      return { institution: card, phone_masked: j.phone, state: j.expired ? 'expired' : j.confirmed ? 'finished' : 'open', code_wait_ms: 0, expires_at_ms: j.createdAt + 7 * 86_400_000 }
    }],
    ['POST', /^\/api\/h5\/link\/code$/, ({ body }) => {
      const j = byToken(body.token)
      const wait = (j.codeAt ?? 0) + CODE_WAIT_MS - Date.now()
      if (wait > 0) throw new Refusal(429, 'code_too_soon', '验证码刚刚发过，请稍等', 'A code was just sent; please wait a moment', wait)
      j.codeAt = Date.now()
      j.codeTries = 5
      j.codeText = String(100_000 + (j.codeAt % 900_000))
      world.outbox.unshift({ id: `msg_${j.codeAt}`, at_ms: j.codeAt, to_masked: j.phone, template: 'open_link', journey_id: j.id,
        text: `【安禾消费金融】您正在查看借款的综合融资成本明示表。验证码${j.codeText},5分钟内有效,工作人员不会索要,切勿告知他人。` })
      record(world, j, 'access.code_sent.v1', { purpose: 'open_link', to_masked: j.phone }, Date.now(), { kind: 'system', label: '系统' })
      return { code_wait_ms: CODE_WAIT_MS, valid_ms: 300_000 }
    }],
    ['POST', /^\/api\/h5\/link\/enter$/, ({ body, res }) => {
      const j = byToken(body.token)
      if (!j.codeText) throw new Refusal(409, 'code_expired', '验证码已过期，请重新获取', 'The code has expired; please get a new one')
      if (j.codeTries <= 0) throw new Refusal(409, 'code_exhausted', '输错太多次，请重新获取验证码', 'Too many wrong tries; please get a new code')
      if (body.code !== j.codeText) {
        j.codeTries -= 1
        throw new Refusal(409, 'code_wrong', `验证码不对，还可以试 ${j.codeTries} 次`, `That code is not right; ${j.codeTries} tries left`)
      }
      j.codeText = null
      j.epoch = (j.epoch ?? 0) + 1
      res.setHeader('set-cookie', `xb_h5=${j.id}.${j.epoch}; Path=/; HttpOnly; SameSite=Strict`)
      record(world, j, 'access.customer_entered.v1', { session: `ses_${j.epoch}` })
      return view(j)
    }],
    ['GET', /^\/api\/h5\/journey$/, (ctx) => view(session(ctx))],
    ['POST', /^\/api\/h5\/sheet\/shown$/, (ctx) => {
      const j = sheetAction(ctx)
      if (j.shown === null) {
        j.shown = Date.now()
        record(world, j, 'disclosure.sheet_shown.v1', { sheet_digest: j.digest, reading_ms_min: minMs(j) })
      }
      return view(j)
    }],
    ['POST', /^\/api\/h5\/sheet\/read$/, (ctx) => {
      const j = sheetAction(ctx)
      if (j.shown === null) throw new Refusal(409, 'sheet_not_shown', '明示表还没有展示', 'The sheet has not been shown yet')
      left(j)
      if (j.read === null) {
        j.read = Date.now()
        record(world, j, 'disclosure.sheet_read.v1', { sheet_digest: j.digest, reading_ms: j.read - j.shown })
      }
      return view(j)
    }],
    ['POST', /^\/api\/h5\/sheet\/answers$/, (ctx) => {
      const j = sheetAction(ctx)
      if (j.read === null) throw new Refusal(409, 'sheet_not_read', '请先看完明示表', 'Please read the sheet first')
      const right = { total: 'b', first_payment: 'a' }
      const correct = ctx.body.answers.every((a) => right[a.question] === a.choice)
      j.tries += 1
      if (correct) j.understood = Date.now()
      else j.wrong += 1
      record(world, j, 'disclosure.answers_given.v1', { sheet_digest: j.digest, tries: j.tries, correct })
      return view(j)
    }],
    ['POST', /^\/api\/h5\/sheet\/confirm$/, (ctx) => {
      const j = sheetAction(ctx)
      left(j)
      if (j.read === null) throw new Refusal(409, 'sheet_not_read', '请先看完明示表', 'Please read the sheet first')
      if (j.understood === null) throw new Refusal(409, 'sheet_not_understood', '请先答对两个问题', 'Please answer the two questions first')
      if (j.confirmed === null) {
        j.confirmed = Date.now()
        record(world, j, 'disclosure.sheet_confirmed.v1', { sheet_digest: j.digest, terms_digest: j.terms_digest })
      }
      return view(j)
    }],
    ['POST', /^\/api\/h5\/person$/, (ctx) => {
      const j = session(ctx)
      if (j.person === null) record(world, j, 'journey.person_asked.v1', {})
      j.person ??= Date.now()
      return view(j)
    }],
    ['POST', /^\/api\/h5\/leave$/, ({ res }) => {
      res.setHeader('set-cookie', 'xb_h5=; Path=/; Max-Age=0')
      return {}
    }],
    ['GET', /^\/api\/h5\/documents\/([0-9a-f]+)$/, (ctx) => {
      session(ctx)
      ctx.res.setHeader('content-type', 'application/pdf')
      return Buffer.from('%PDF-1.7\n%%EOF\n')
    }],
  ]
}
