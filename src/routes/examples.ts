/** Requests that the API description shows, each run by a test against the demo's rules and workers. */
import type { Example } from './contract.ts';

const QUESTION = {
  capability_id: 'cap.doc.summarize',
  env: 'prod',
  data_label: 'CONFIDENTIAL',
  tenant_risk: 'low',
  qos_class: 'P2',
  tenant_id: 'acme-corp',
};

export const ROUTE_EXAMPLES: Readonly<Record<string, Example>> = {
  question: { summary: 'May somebody summarize this?', value: QUESTION },
  step: {
    summary: 'A step of a chain: the same correlation_id on each, the payload only hashed',
    value: {
      ...QUESTION,
      correlation_id: '0195f3c2-5d1e-7c40-9a52-0d6f0b9b1c11',
      request: { document: 'contract-17' },
    },
  },
  dry_run: {
    summary: 'What would be decided, with the caller’s own limits; nothing is dispatched',
    value: { ...QUESTION, dry_run: true, blast_score: 20, privilege_context: { egress: ['none'], tools: ['search'] } },
  },
};
