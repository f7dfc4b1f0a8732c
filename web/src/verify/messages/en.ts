import type { Messages } from '../../shared/i18n'

const messages: Messages = {
  bar: { larger: 'Larger', standard: 'Standard size', language: '中文', home: 'Verify evidence' },
  verify: {
    title: 'Verify evidence',
    lead: 'An evidence bundle records every step of a loan, from the first notice to the payout. Here you can find out whether it is what the lender recorded then, and whether it was changed.',
    local: 'The file is checked on this device only and is not uploaded. It works offline too.',
    choose: 'Choose a bundle', drop: 'or drop the file here', kind: 'A .zip file of at most 256 MB', another: 'Check another bundle', only_one: 'One file at a time; the first was taken.',
    reading: 'Reading the file', checking: 'Checking every byte', stop: 'Stop', of: '{name}, {size}',
    unreadable: 'The file could not be read', unreadable_how: 'It may have been moved, or this device has too little memory. Nothing is lost; try again, or use a computer.',
    foot: 'This page is written apart from the lender’s system and recomputes everything by the published formats. The program xiaobao-verify does the same on a command line; both should agree.',
    print: 'Print this page',
  },
  verdict: {
    proved: 'Proved', consistent: 'Proved consistent, signer unknown', failed: 'Does not hold',
    proved_how: 'Every byte agrees with what the lender recorded and signed, and the key that signed is one you trust.',
    consistent_how: 'Everything fits together and nothing was changed on its own; but who signed is not known yet. Name a key you trust below.',
    failed_how: 'This file is no evidence. It may have been damaged on the way, or changed; ask the lender for it again.',
  },
  findings: { title: 'What does not hold', more: '{n} more, most likely for the same reason' },
  part: {
    container: 'The whole zip file', end: 'The end of the zip file', entry: 'The header of file {n} in the zip', checkpoint: 'The checkpoint', all: 'All facts', manifest: 'The manifest', signature: 'The manifest’s signature',
    log_key: 'The log’s key', manifest_key: 'The manifest’s key', facts: 'Fact {n}', proofs: 'The proof of fact {n}', forgotten: 'Number {n}, a destroyed fact', forgetting: 'Declaration of destruction {n}',
    documents: 'The document {name}', timestamps: 'The timestamp {name}', other: '{name}',
  },
  code: {
    bundle_too_large: 'Larger than 256 MB, not a bundle', too_many_entries: 'More than 10,000 files, not a bundle', container_end: 'Not an evidence bundle, or not all of it', container_entry: 'The header was changed or breaks the rules', container_name: 'The file name breaks the rules',
    container_order: 'The files are not sorted by name', container_not_canonical: 'Something else is hidden in it', crc_wrong: 'The content does not match its checksum', file_missing: 'The file is missing', file_unlisted: 'The manifest does not list this file', file_unexpected: 'The file has no place in a bundle',
    file_name_clash: 'Two names differ only in case', manifest_malformed: 'The manifest is malformed', size_wrong: 'The length differs from the manifest', sha256_wrong: 'The content differs from the manifest (SHA-256)', sm3_wrong: 'The content differs from the manifest (SM3)', media_type_wrong: 'The manifest’s file type is wrong',
    key_malformed: 'The key is malformed', signature_malformed: 'The signature is malformed', signature_wrong: 'The signature does not hold', signer_name_wrong: 'The signer does not belong to this log', checkpoint_malformed: 'The checkpoint is malformed', checkpoint_signature_wrong: 'A signature on the checkpoint does not hold',
    no_facts: 'There are no facts', fact_malformed: 'The fact is malformed', proof_malformed: 'The proof is malformed', not_in_log: 'Not in the log that the lender published', number_gap: 'This fact is missing', number_wrong: 'The number differs from the file name', number_twice: 'The number or the place occurs twice',
    link_broken: 'Does not link to the fact before it', other_case: 'Belongs to another case', other_institution: 'Belongs to another institution', forgotten_malformed: 'The record of the destruction is malformed', forgotten_undeclared: 'Nothing declares it destroyed', forgotten_last: 'The last fact can’t be a destroyed one',
    forgetting_unused: 'A declaration of destruction that is none of this case’s', document_unbound: 'No fact names it',
  },
  proved: {
    title: 'What is proved',
    files_intact: 'Every byte of the bundle agrees with its manifest and signatures.',
    complete_up_to: 'Proved up to fact {n}: facts 1 to {n} are all here, none left out or replaced; there is no evidence after that.',
    in_log: 'Each fact is among the first {size} entries of the log {log}.',
    log_signed: 'The checkpoint is signed by the key you trust, {key}.',
    manifest_signed: 'The manifest is signed by the key you trust, {key}.',
    witnessed: 'Witnesses you trust that confirmed that this continues the history before it: {n}.',
    documents_bound: 'Documents that are the very ones the facts name: {n}.',
    forgotten: 'The content of {numbers} was destroyed as the rules ask; the log records that it was, and keeps its place.',
  },
  not_proved: {
    title: 'What is not proved',
    truth: 'Whether what the facts say is true: it is proved only that the lender recorded it so and has not changed it since.',
    clock: 'Whether the times are right: they come from the lender’s own clock.',
    after: 'What happened after fact {n}.',
    twin: 'Whether the log holds another fact of this case under the same number: only an audit of the whole log can tell.',
    log_unknown: 'Who signed the checkpoint. Get the log’s key from a source you trust and compare it with {key}',
    manifest_unknown: 'Who signed the manifest. Get the key from a source you trust and compare it with {key}',
    no_witness: 'No witness you trust cosigned: the lender may show different histories to different people.',
    timestamps: 'The timestamps are carried as they are; what they say is not checked here.',
    clock_backwards: 'The lender’s clock went backwards: the time of {numbers} is before that of an earlier fact.',
    forgotten_unlinked: 'Whether {numbers} belonged to this case: the fact after it was destroyed too.',
  },
  inside: {
    documents: 'Documents inside', bound: 'Named by fact {numbers}', save: 'Save', no_documents: 'No documents.',
    facts: 'Facts inside', fact_no: 'No. {n}', forgotten: 'Content destroyed as the rules ask', seat: 'by {who}', times: 'Times by the lender’s clock, in Beijing',
    details: 'Technical details', institution: 'Institution', case: 'Case', log: 'Log', size: 'Entries in the log', root: 'Root', file: 'File', witness: 'Witness',
  },
  seat: { customer: 'the borrower', staff: 'the lender’s staff', link: 'someone with the link', partner: 'the lender’s systems', system: 'the system', other: '{kind}' },
  trust: {
    title: 'Whose signature you trust', how: 'A key says who signed. Use one from the lender’s official channel, not the one inside the bundle.',
    ask: 'Take the key this site publishes', asks: 'Only the lender’s code “{code}” is sent to this site, nothing of the bundle. If you don’t trust this site, use the ways below.', asking: 'Asking',
    paste: 'Paste a key', paste_how: 'One a line, as name+id+key', take: 'Take it', load: 'Read from a .vkey file', site: 'published by this site', person: 'given by you', remove: 'Remove {name}', witness: 'witness', none: 'None yet.',
    bad: 'This is not a key; check that no character is missing.', empty: 'No key was found.', absent: 'This site publishes no key for this lender, or can’t be reached just now.',
  },
}

export default messages
