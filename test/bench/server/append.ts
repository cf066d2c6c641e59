/** What the append bench writes: entries of the form and size of a real decision, decided by nobody. */
import { decisionIdFor } from '../../../src/core/ids.ts';
import type { EntryDraft } from '../../../src/core/ledger/entry.ts';
import type { Moment, Plan } from '../../../src/ledger/commit.ts';

export const SIGNING_KEY_ID = 'k'.repeat(43);
const HASH = '0123456789abcdef'.repeat(4);

export const draftOf = (id: string, now: number): EntryDraft => ({
  stream: 'wcp',
  type: 'wcp.decision',
  actor: { kind: 'service', id: 'key_00000000-0000-4000-8000-000000000000' },
  trace_id: id,
  cause: null,
  body: {
    artifact_hash: HASH,
    attestation: { checked: false, valid: null },
    blast: { chain: 0, gate_passed: null, score: 25, sum: 1 },
    capability_id: 'cap.doc.summarize',
    controls_verified: ['ctrl.obs.audit-log-append-only', 'ctrl.obs.structured-logging'],
    correlation_id: id,
    decision_id: id,
    deny_code: null,
    matched_rule_id: 'rr_summarize',
    outcome: 'DISPATCH',
    policy_decision: 'ALLOW',
    seen: { at: now, bans: HASH, route_input_hash: HASH, rules: ['1', HASH], settings: HASH, workers: HASH },
    stage: 'dispatch',
    worker_id: 'org.example.summarizer',
  },
});

export const appendPlan = (_: number, moment: Moment): Plan<null> => ({
  entries: [draftOf(decisionIdFor(moment.newId(), moment.seq), moment.now)],
  reply: () => null,
});
