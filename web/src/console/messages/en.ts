import type zh from './zh-CN'

const en: typeof zh = {
  nav: {
    brand: '消保 Xiaobao', label: 'Navigation by duty', skip: 'Skip to content', sale: 'Sale', offer: 'Offer', record: 'Record', demo: 'Demo',
    journeys: 'Journeys', products: 'Products', log: 'Evidence log', outbox: 'Demo outbox',
    light: 'Use light colours', dark: 'Use dark colours', language: '中文', sign_out: 'Sign out',
  },
  retry: 'Try again', close: 'Close', cancel: 'Cancel', copy: 'Copy', copied: 'Copied', yes: 'yes', no: 'no', seconds: '{n} s', list_comma: ', ',
  nothing: { title: 'There is no page here', body: 'The address may be incomplete, or the page has moved.' },
  pager: { label: 'Pages', previous: 'Previous', next: 'Next', csv: 'Export CSV' },
  login: {
    title: 'Sign in', sub: 'Consumer protection desk', lapsed: 'Your session ended. Sign in again and you return to the same page.',
    institution: 'Institution code', account: 'Account', password: 'Password', enter: 'Sign in',
  },
  state: { waiting_price: 'Price pending', open: 'Under way', completed: 'Completed', expired: 'Expired' },
  step: { wait: 'Waiting', read: 'Reading', answer: 'Questions', confirm: 'Confirming', done: 'Done' },
  audience: { standard: 'Standard', elder: 'Elder' },
  journeys: {
    title: 'Journeys', sub: 'One loan, one journey. Names and phones are masked by default.', search: 'Journey, reference, full phone or ID number', find: 'Find', clear: 'Clear',
    any_state: 'Any state', any_product: 'Any product', reference: 'Reference', borrower: 'Borrower', product: 'Product', principal: 'Principal (yuan)', periods: 'Periods',
    composite: 'Total cost p.a.', state: 'State', updated: 'Last change', person_asked: 'Wants a person', empty: 'No journeys yet',
    empty_how: 'Your loan system creates a journey over the API for each loan. When the borrower opens the link and reads the cost sheet, progress and evidence appear here.',
    none_found: 'No journey matches', none_found_how: 'Phone and ID numbers are found only when complete, because they are stored sealed. You can also widen state or product.',
  },
  journey: {
    new_link: 'New link', bundle: 'Download bundle', audience: 'Audience', created: 'Created', expires: 'Valid until', id: 'Journey', progress: 'Progress',
    person_asked: 'The borrower asked for a person at {time}.', person_asked_todo: 'Call the phone they gave, and never ask for a code.',
  },
  release: {
    allowed: 'May be released', denied: 'Not to be released: {n} protections missing', checked: 'Checked {time} · {size} entries proved',
    all_there: 'Every required protection is in place ({n}) and the evidence is proved.', bound: 'This answer holds for these loan terms only:',
  },
  timeline: { title: 'Timeline', sub: 'A seal opens its proof', more: 'Show more' },
  actor: { staff: 'Staff', customer: 'Customer', link: 'Link holder', partner: 'Loan system', system: 'System' },
  seal: { proved: 'proved {time} · entry {entry}', committed: 'committed, proof follows' },
  data: {
    product: 'Product', product_version: 'Product version', subject: 'Borrower', audience: 'Audience', required: 'Required', expires_at_ms: 'Valid until',
    terms_digest: 'Terms', sheet_digest: 'Sheet', principal: 'Principal', periods: 'Periods', composite_ppm: 'Total cost p.a.', total_repaid: 'Total repaid',
    link: 'Link', replaced: 'Replaces links', code: 'Code no.', purpose: 'Purpose', tries_left: 'Tries left', session: 'Session',
    reading_ms: 'Minimum reading', after_ms: 'Read for', outcome: 'Outcome', tries: 'Tries', wrong_answers: 'Wrong answers',
    pdf_sha256: 'PDF SHA-256', pdf_sm3: 'PDF SM3', bytes: 'Size',
    step: 'Had come to', by_terms_digest: 'New terms',
  },
  value: { right: 'right', wrong: 'wrong', standard: 'standard', elder: 'elder', read: 'reading', answer: 'questions', confirm: 'to confirm', done: 'done', personal_information_notice: 'privacy notice', separate_consents: 'separate consents', identity: 'identity', credit_authority: 'credit authority', affordability: 'affordability', credit_decision: 'credit decision', drawdown: 'drawdown', cost_disclosure: 'cost disclosure', open_link: 'open the link' },
  repayment: { level_payment: 'Level payments', level_principal: 'Level principal', interest_first: 'Interest first', bullet: 'One payment', balloon: 'Balloon', instalment_fee: 'Instalment fee' },
  proof: {
    fact: 'The fact', salt: 'Salt', commitment: 'Commitment', index: 'Place', index_of: 'Entry {index} of a tree of {size}', path: 'Inclusion path', checkpoint: 'Checkpoint', copy_all: 'The whole proof (JSON)',
    check: {
      working: 'Checking on this machine…',
      matches: 'Checked on this machine: fact and salt lead along the path to the very root the checkpoint states. Check the signature with xiaobao-verify and a trusted key.',
      differs: 'The check on this machine failed: the root differs from the checkpoint’s. Keep everything as it is and call your administrator.',
      unreadable: 'The proof is incomplete and cannot be checked on this machine.',
      unable: 'This page cannot check proofs (it needs https). Download the bundle and use xiaobao-verify.',
    },
  },
  assist: {
    open: 'Help at the counter', title: 'Help the borrower on a counter tablet', what: 'Your name and badge become evidence and are shown to the borrower.', rule: 'The code still goes to the borrower’s own phone and they enter it themselves; press nothing in their place.',
    start: 'Ready the tablet', ready: 'Open this address on the tablet and hand it to the borrower. It is shown once and opens once.', until: 'To be entered by {time}', here: 'Open it here',
  },
  scans: { title: 'Signed on paper', what: 'Print a document above, have the borrower sign it, and scan it back. The scan is kept sealed, its fingerprint is evidence, and every opening is noted.', keep: 'Hand in a scan: {document}', open: 'Open' },
  new_link: {
    title: 'A new link for the borrower', what: 'The old link ends at once; the borrower enters with the new link and a new code. Finished steps are kept.', issue: 'Make a new link',
    once: 'The link is shown this one time. Copy it now and send it to the borrower and nobody else.', until: 'Works until {time}',
  },
  documents: { title: 'Documents', none: 'The PDF of the cost sheet appears here once it is made.', download: 'Download' },
  sheet: {
    title: 'Cost sheet', unit: 'Amounts in yuan', total_rate: 'Total cost per year ({label})', total_repaid: 'Total repaid', made_of: 'Principal {principal} · received {net} · cost {cost}', paid_upfront: 'paid at the start {amount}',
    who_gets: 'Who collects the cost', items: 'Parts of the cost', item: 'Item', annual: 'Per year', amount: 'Total', sum: 'Sum', plan: 'Repayment plan',
    plan_sum: '{n} instalments, first {first}, last {last}', plan_show: 'Show every instalment', plan_hide: 'Hide', no: 'No.', due: 'Due', payment: 'Payment',
    part: { principal: 'Principal', interest: 'Interest', balance: 'Balance' }, contingent: 'Charged only on default', checks: 'Methods and checks', method: 'Method', since: 'since {date}',
    all_in: 'All-in, simple / compound', eu_us: 'EU / US method', divergence: 'Difference', points: '{n} percentage points (limit {limit})',
    divergence_alert: 'The sum of the items and the all-in rate differ by {points} percentage points, more than the configured {limit}.', digest: 'Sheet digest', terms_digest: 'Terms digest',
  },
  role: { lender: 'lender', guarantor: 'guarantor', insurer: 'insurer', platform: 'platform', other: 'partner' },
  products: {
    title: 'Products', sub: 'Versions, example sheets and the protections each product requires.', empty: 'No products yet', empty_how: 'A product is proposed as a version and serves journeys once two people have approved it.',
    name: 'Product', version: 'Version', version_n: 'version {n}', state: 'State', method: 'Repayment', alerts: 'Alerts', no_alerts: 'none', draft: 'Draft', released: 'Released',
    required: 'Protections required before release', required_sub: 'If any is missing, the release answer is ‘denied’ and says why.', reading: 'Minimum reading time: {standard} s, elders {elder} s, held by the server.', example: 'Example sheet',
  },
  versions: { title: 'Versions', four_eyes: 'Nobody approves their own version', digest: 'Definition', proposed_by: 'Proposed by', approved_by: 'Approved by', released_at: 'Released', approve: 'Approve' },
  alert: { divergence: 'Methods differ too much', ceiling_blocked: 'Over a blocking threshold', ceiling_needs_approval: 'Over an approval threshold', ceiling_warning: 'Over a warning threshold', collector_unlisted: 'Partner not listed', second_guarantor: 'Second guarantor', membership_fee: 'Membership fee' },
  alert_help: {
    divergence: 'The sum of the items and the all-in rate differ by more than configured. Check how the fees are charged before release.',
    ceiling_blocked: 'The cost exceeds a configured threshold and cannot be released. The example sheet has the figures.',
    ceiling_needs_approval: 'The cost exceeds a configured threshold and needs an approval. The example sheet has the figures.',
    ceiling_warning: 'The cost exceeds a configured warning threshold. The example sheet has the figures.',
    collector_unlisted: 'A collector or partner is not on the published list of cooperating institutions; this can’t be released.',
    second_guarantor: 'A loan can’t have a second guarantor; this can’t be released.',
    membership_fee: 'A membership fee may not be tied to a loan; this can’t be released.',
    other: 'See the example sheet on the right.',
  },
  required: {
    personal_information_notice: 'Privacy notice: told before anything is asked', separate_consents: 'Separate consents: one a page, refusable', identity: 'Identity check',
    credit_authority: 'Authority for a credit report', affordability: 'Affordability', credit_decision: 'The lender’s decision', drawdown: 'Drawdown: amount, periods, purpose, own account',
    cost_disclosure: 'Cost disclosure: shown, read, understood, confirmed',
  },
  log: {
    title: 'Evidence log', sub: 'Every fact of this institution goes into one log that only grows.', open: 'Writing', sealed: 'Writes sealed',
    sealed_why: 'The log’s head does not extend its last checkpoint. Writes are stopped to protect the evidence; reading goes on. Compare backups as the operating guide says.', size: 'Entries', published: 'Entries proved', verifier: 'Public key', checkpoint_at: 'Latest checkpoint', origin: 'Log name',
    checkpoint: 'Checkpoint as signed', checkpoint_sub: 'A signed tree root that anyone may keep', how: 'How others check it', how_1: 'Anyone may download checkpoint and tiles; they hold no personal data.',
    how_2: 'Download a bundle from a journey and run xiaobao-verify offline: it says what was proved and what was not.', how_3: 'Change any byte and the check fails, naming the place.',
  },
  outbox: {
    title: 'Demo outbox', sub: 'The demo sends no real messages; they end here. Production has no such page.', refresh: 'Refresh', empty: 'No messages yet',
    empty_how: 'When a borrower asks for a code on the link page, the message appears here.', at: 'Time', to: 'To', text: 'Text', journey: 'Journey',
  },
  template: { open_link: 'Code for the link' },
}

export default en
