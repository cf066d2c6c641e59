/** A mixed past and two policies that decide it differently; and the counts a backtest has to come to. */
type Members = { readonly [name: string]: unknown };

export const rulesInForce = `rules:
  - {id: no-edge, decision: deny, match: {labels: {env: edge}}}
  - {id: risky, decision: require_approval, match: {labels: {tenant_risk: high}}}
  - {id: slow, decision: throttle, match: {labels: {qos_class: P3, env: prod}}}
  - {id: bound, decision: allow, match: {risk_tags: [restricted]}, constraints: {max_retries: 1}}
  - {id: rest, decision: allow}
`;

export const candidateRules = `rules:
  - {id: private, decision: deny, match: {risk_tags: [restricted], labels: {env: prod}}}
  - {id: person, decision: require_approval, match: {labels: {env: edge}}}
  - {id: calm, decision: allow, match: {labels: {tenant_risk: high}, risk_tags: [public]}}
  - {id: medium, decision: require_approval, match: {labels: {tenant_risk: medium, qos_class: P0}}}
  - {id: named, decision: allow, match: {topics: ["job.cap.doc.*"]}}
`;

const pick = <T>(list: readonly T[], at: number): T => list[at % list.length] as T;

export const questionsOf = (count: number) =>
  Array.from({ length: count }, (_, n) => ({
    capability_id: 'cap.doc.summarize',
    env: pick(['dev', 'stage', 'prod', 'edge'] as const, n),
    data_label: pick(['PUBLIC', 'INTERNAL', 'RESTRICTED'] as const, Math.floor(n / 4)),
    tenant_risk: pick(['low', 'medium', 'high'] as const, Math.floor(n / 12)),
    qos_class: pick(['P0', 'P1', 'P2', 'P3'] as const, Math.floor(n / 36)),
    tenant_id: 'acme-corp',
    correlation_id: `history-${n}`,
  }));

const standing = (decision: Members): string =>
  decision.outcome === 'DISPATCH' ? 'allow' : decision.outcome === 'STEWARD_HOLD' ? 'hold' : 'block';

/** What deciding everything again under the candidate changed, one by one. */
export const expectedCounts = (before: readonly Members[], after: readonly Members[]) => {
  const counts = { would_block: 0, would_allow: 0, would_hold: 0, changed: 0, unchanged: 0, matched: 0 };
  before.forEach((was, at) => {
    const is = after[at] ?? {};
    if (standing(was) !== standing(is)) counts[`would_${standing(is)}` as 'would_hold']++;
    if (was.core_outcome === is.core_outcome) counts.unchanged++;
    else counts.changed++;
    const reason = String((is.deny_reason_if_denied as Members | null)?.reason ?? '');
    if (!reason.startsWith('no matching rule')) counts.matched++;
  });
  return counts;
};
