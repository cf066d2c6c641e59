/** Random rule sets and questions, from few enough words that rules overlap and questions hit. */
import fc from 'fast-check';
import { DATA_LABELS, ENVS, QOS_CLASSES, TENANT_RISKS } from '../../../src/core/vocabulary.ts';

const CAPABILITIES = ['cap.a', 'cap.b', 'cap.c', 'cap.\n', '__proto__'];

const operator = (words: readonly string[]) =>
  fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...words) },
    { weight: 2, arbitrary: fc.record({ in: fc.array(fc.constantFrom(...words), { minLength: 1, maxLength: 4 }) }) },
    { weight: 1, arbitrary: fc.constant({ any: true as const }) },
  );

const match = fc.record(
  {
    capability_id: operator(CAPABILITIES),
    env: operator([...ENVS, 'staging']),
    data_label: operator([...DATA_LABELS, 'SECRET', 'CONFIDENTIAL']),
    tenant_risk: operator([...TENANT_RISKS, 'critical']),
    qos_class: operator(QOS_CLASSES),
  },
  { requiredKeys: [] },
);

export type RandomRule = typeof rule extends fc.Arbitrary<infer T> ? T : never;
const rule = fc.record({
  rule_id: fc.constantFrom('r1', 'r2', 'r3', 'r4', 'r5', 'r6', 'r7', 'r8'),
  match,
  decision: fc.constant({}),
});

/** Up to lengths at which the lanes of the index switch to their memo. */
export const ruleSet = fc.oneof(
  fc.array(rule, { maxLength: 12 }),
  fc.array(rule, { minLength: 60, maxLength: 120, size: 'max' }),
);

export const query = fc.record({
  capability_id: fc.constantFrom(...CAPABILITIES, 'cap.unknown', ''),
  env: fc.constantFrom(...ENVS),
  data_label: fc.constantFrom(...DATA_LABELS),
  tenant_risk: fc.constantFrom(...TENANT_RISKS),
  qos_class: fc.constantFrom(...QOS_CLASSES),
});
