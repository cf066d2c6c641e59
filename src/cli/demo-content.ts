/** What the demo tenant holds: a summarizer, the five workers of a research pipeline, a database writer, and rules. */
const worker = (
  name: string,
  species: string,
  capability: string,
  risk: 'low' | 'medium' | 'high',
  blast: readonly [number, number, number, number, number],
  extra: Record<string, unknown> = {},
) => ({
  worker_id: `org.example.${name}`,
  worker_species_id: species,
  capabilities: [capability],
  risk_tier: risk,
  idempotency: 'full',
  determinism: 'deterministic',
  required_controls: ['ctrl.obs.structured-logging'],
  currently_implements: [
    'ctrl.obs.structured-logging',
    'ctrl.obs.audit-log-append-only',
    'ctrl.sandbox.no-egress-default-deny',
    'ctrl.sandbox.resource-limits-strict',
  ],
  allowed_environments: ['dev', 'stage', 'prod'],
  privilege_envelope: { secrets_access: [], network_egress: 'none', filesystem_writes: [], tools: [] },
  blast_radius: { data: blast[0], network: blast[1], financial: blast[2], time: blast[3], reversibility: blast[4] },
  owner: 'Example Ltd',
  contact: 'workers@example.com',
  catalog_version_min: '1.0.0',
  ...extra,
});

export const DEMO_WORKERS = [
  worker('summarizer', 'wrk.doc.summarizer', 'cap.doc.summarize', 'medium', [1, 0, 0, 0, 0]),
  worker('fetcher', 'wrk.web.fetcher', 'cap.web.fetch', 'medium', [0, 1, 0, 0, 0]),
  worker('chunker', 'wrk.doc.chunker', 'cap.doc.chunk', 'low', [0, 0, 0, 0, 0]),
  worker('embedder', 'wrk.ml.embedder', 'cap.ml.embed', 'low', [1, 0, 0, 0, 0]),
  worker('hasher', 'wrk.doc.hasher', 'cap.doc.hash', 'low', [0, 0, 0, 0, 0]),
  worker('registrar', 'wrk.research.registrar', 'cap.research.register', 'medium', [2, 0, 0, 0, 0]),
  worker('migrator', 'wrk.db.migrator', 'cap.db.migrate', 'high', [5, 1, 4, 4, 5]),
];

/** The five steps of the research pipeline, in order. Their blast sums are 1, 0, 1, 0 and 2. */
export const PIPELINE = [
  'cap.web.fetch',
  'cap.doc.chunk',
  'cap.ml.embed',
  'cap.doc.hash',
  'cap.research.register',
] as const;

const rule = (id: string, capability: string, species: string, decision: Record<string, unknown> = {}) => ({
  rule_id: id,
  match: { capability_id: capability },
  decision: {
    candidate_workers_ranked: [{ worker_species_id: species, score_hint: 0.9 }],
    required_controls_suggested: ['ctrl.obs.structured-logging', 'ctrl.obs.audit-log-append-only'],
    ...decision,
  },
});

export const DEMO_RULES = {
  rules: [
    rule('rr_summarize', 'cap.doc.summarize', 'wrk.doc.summarizer', { recommended_profiles: ['prof.prod.strict'] }),
    rule('rr_fetch', 'cap.web.fetch', 'wrk.web.fetcher'),
    rule('rr_chunk', 'cap.doc.chunk', 'wrk.doc.chunker'),
    rule('rr_embed', 'cap.ml.embed', 'wrk.ml.embedder'),
    rule('rr_hash', 'cap.doc.hash', 'wrk.doc.hasher'),
    rule('rr_register', 'cap.research.register', 'wrk.research.registrar'),
    rule('rr_migrate', 'cap.db.migrate', 'wrk.db.migrator', { escalation: { policy_gate: true } }),
    rule('rr_deploy', 'cap.ops.deploy', 'wrk.doc.summarizer', {
      required_controls_suggested: ['ctrl.deploy.canary-error-threshold'],
    }),
  ],
};

const ANNOUNCED_RULES = `  - id: allow-read-path
    match: {labels: {mcp.action: "read"}}
    decision: allow
    reason: "Read operations are allowed"
  - id: approval-prod-write
    match: {labels: {mcp.action: "write"}, risk_tags: ["prod"]}
    decision: require_approval
    reason: "Production writes require human review"
  - id: deny-destructive
    match: {labels: {mcp.action: "delete"}}
    decision: deny
    reason: "Destructive actions blocked"
  - id: constrain-heavy-jobs
    match: {topics: ["job.batch.*"]}
    decision: allow_with_constraints
    constraints: {max_runtime_sec: 120, max_retries: 1}
`;

/** The policy of CAP's announcement, as it is printed there (E2). */
export const ANNOUNCED_POLICY = `version: v1
rules:
${ANNOUNCED_RULES}`;

/** What an agent may do once a rule asks the policy; and the policy of CAP's announcement, for governed jobs. */
export const DEMO_POLICY = `version: v1
rules:
  - id: migrate-outside-prod
    match: {topics: ["job.cap.db.migrate"], risk_tags: ["dev", "stage"]}
    decision: allow
    reason: "not production"
  - id: migrate-in-prod
    match: {topics: ["job.cap.db.migrate"]}
    decision: require_approval
    reason: "a person approves migrations"
${ANNOUNCED_RULES}`;

/** The routing question of the announcement, as it was printed. */
export const ANNOUNCED = {
  capability_id: 'cap.doc.summarize',
  env: 'prod',
  data_label: 'CONFIDENTIAL',
  tenant_risk: 'low',
  qos_class: 'P2',
  tenant_id: 'acme-corp',
};
