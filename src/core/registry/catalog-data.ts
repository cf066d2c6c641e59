/** The entities of the catalog, one table a kind, compact on purpose (WCP 3.9, 7.1, 7.3). Logic: `catalog.ts`. */
import type { CatalogEntity, ControlTier, EnforcementPoint } from './catalog-entity.ts';

type Tier = 'low' | 'medium' | 'high' | 'critical';

/** `id name` a row. */
const rows = (text: string): readonly (readonly [string, string])[] =>
  text
    .trim()
    .split('\n')
    .map((line) => {
      const [id = '', ...name] = line.trim().split(' ');
      return [id, name.join(' ')] as const;
    });

const capabilities = (risk_tier: Tier, text: string): readonly CatalogEntity[] =>
  rows(text).map(([id, name]) => ({ id: `cap.${id}`, kind: 'capability', name, status: 'active', risk_tier }));

export const CAPABILITIES: readonly CatalogEntity[] = [
  ...capabilities(
    'low',
    `
    hello.greet greet someone
    doc.summarize summarise a document
    doc.chunk split a document into passages
    doc.hash compute the digest of a document
    ml.embed turn passages into vectors
    `,
  ),
  ...capabilities(
    'medium',
    `
    web.fetch fetch a document from the network
    research.register record a finding in an index
    `,
  ),
  ...capabilities('high', 'ops.approve answer an approval'),
];

export const SPECIES: readonly CatalogEntity[] = rows(`
  hello.greeter greets
  doc.summarizer summarises documents
  web.fetcher fetches documents
  doc.chunker splits documents
  ml.embedder embeds passages
  doc.hasher digests documents
  research.registrar records findings
  ops.human-approver a person who answers approvals
`).map(([id, name]) => ({ id: `wrk.${id}`, kind: 'species', name, status: 'active' }));

const TIERS: Readonly<Record<string, ControlTier>> = { a: 'all', m: 'medium', h: 'high' };

/** `id tier` a row. */
const controls = (enforced_by: EnforcementPoint, text: string): readonly CatalogEntity[] =>
  rows(text).map(([id, tier]) => ({
    id: `ctrl.${id}`,
    kind: 'control',
    name: id.replaceAll(/[.-]/g, ' '),
    status: 'active',
    enforced_by,
    required_from: TIERS[tier] ?? 'all',
  }));

export const CONTROLS: readonly CatalogEntity[] = [
  ...controls(
    'hall',
    `
    os.worker-registry a
    os.routing-rules m
    os.policy-gate-every-step h
    os.budget-and-cost-enforcement m
    os.provenance-requirements h
    pol.default-deny h
    pol.policy-versioning m
    cost.monthly-token-budget m
    deploy.canary-error-threshold m
    blast-radius-scoring h
    privilege-envelopes-required m
    `,
  ),
  ...controls(
    'platform',
    `
    sandbox.no-egress-default-deny m
    sandbox.readonly-rootfs m
    sandbox.workspace-mounts-only m
    sandbox.resource-limits-strict a
    sandbox.syscall-filtering h
    sandbox.no-privileged-containers a
    sandbox.secrets-denied-by-default a
    sandbox.path-allowlists m
    obs.audit-log-append-only m
    obs.slo-alerting m
    pol.policy-engine-runtime m
    os.global-kill-switches m
    `,
  ),
  ...controls(
    'worker',
    `
    sandbox.flight-recorder m
    obs.structured-logging a
    obs.metrics-core m
    obs.tracing-distributed m
    obs.run-metadata-store m
    obs.flight-recorder-bundle h
    dlq.max-replay-attempts a
    idempotency.key-ttl-seconds a
    pol.audit-policy-decisions m
    os.end-to-end-correlation m
    `,
  ),
];

export const POLICIES: readonly CatalogEntity[] = rows(`
  gate.default-deny what no rule allows is denied
  gate.human-for-high-risk high tenant risk waits for a person
  gate.restricted-in-production restricted data in production waits for a person
  gate.change-freeze nothing that writes runs during a freeze
`).map(([id, name]) => ({ id: `pol.${id}`, kind: 'policy', name, status: 'active' }));

/** The short names of section 7.3. */
const SHORT: Readonly<Record<string, string>> = {
  PV: 'pol.policy-versioning',
  TB: 'cost.monthly-token-budget',
  NE: 'sandbox.no-egress-default-deny',
  RR: 'sandbox.readonly-rootfs',
  WM: 'sandbox.workspace-mounts-only',
  RL: 'sandbox.resource-limits-strict',
  NP: 'sandbox.no-privileged-containers',
  SD: 'sandbox.secrets-denied-by-default',
  PA: 'sandbox.path-allowlists',
  AL: 'obs.audit-log-append-only',
  SA: 'obs.slo-alerting',
  PE: 'pol.policy-engine-runtime',
  KS: 'os.global-kill-switches',
  FR: 'sandbox.flight-recorder',
  SL: 'obs.structured-logging',
  MC: 'obs.metrics-core',
  TD: 'obs.tracing-distributed',
  RM: 'obs.run-metadata-store',
  FB: 'obs.flight-recorder-bundle',
  AP: 'pol.audit-policy-decisions',
};

/** `id CONTROL CONTROL ..` a row; what is no short name is a control id without its prefix. */
const profiles = (risk_tiers: readonly Tier[], text: string): readonly CatalogEntity[] =>
  rows(text).map(([id, list]) => ({
    id: `prof.${id}`,
    kind: 'profile',
    name: id.replaceAll(/[.-]/g, ' '),
    status: 'active',
    risk_tiers,
    controls: list
      .split(' ')
      .filter((control) => control !== '')
      .map((control) => `ctrl.${SHORT[control] ?? control}`),
  }));

export const PROFILES: readonly CatalogEntity[] = [
  ...profiles(
    ['low', 'medium'],
    `
    notify.standard SL MC
    mem.budgeted-summaries SL TB
    `,
  ),
  ...profiles(
    ['medium', 'high'],
    `
    sandbox.allowlisted-egress PA WM NP FR
    chaos.canary-scoped SA MC SL
    int.resilient-adapter MC SL
    edge.offline-strict RL SL
    `,
  ),
  ...profiles(
    ['medium', 'high', 'critical'],
    `
    sandbox.no-egress NE WM RR SD
    doc.untrusted-sandboxed NE WM RL SL
    sec.ci-gated SL NE
    fed.guest-isolated NE WM RL
    model.release-gated AL MC PV
    model.drift-strict MC SA SL
    mem.rag-strict-scoped SL TB
    wf.durable-saga AL TD RM
    db.migration-safe AL SL RM
    int.webhook-strict SL AL
    `,
  ),
  ...profiles(
    ['high', 'critical'],
    `
    sandbox.vm-strict NE RL SD FR
    doc.signed-highrisk AL SD FB
    doc.restricted-redaction AL WM SL
    notify.compliance-strict AL SL MC
    sec.artifact-strict AL SL
    sched.critical-protected MC SA SL
    pol.default-deny-strict PE AP PV pol.default-deny
    prov.prod-strict AL SL SD
    ops.incident-mode AL FB SA
    ops.approval-strict AL AP
    fed.partner-strict AL SL NE
    mem.privacy-conservative AL SL
    db.reconciliation-strict AL SL MC
    ui.review-strict AL SL
    edge.update-rings AL RL
    os.production-control-plane os.worker-registry os.routing-rules os.policy-gate-every-step os.end-to-end-correlation os.budget-and-cost-enforcement os.provenance-requirements
    os.incident-mode KS AL FB
    `,
  ),
  ...profiles(
    ['low', 'medium', 'high', 'critical'],
    `
    dev.permissive
    prod.strict
    edge.isolated NE
    mem.rag-strict SL TB
    `,
  ),
];

export const EVENTS: readonly CatalogEntity[] = rows(`
  os.task.routed a task was routed to a worker
  os.worker.selected a worker was selected
  os.policy.gated the policy gate was passed, or stopped the task
  os.task.denied a task was denied
  os.worker.attestation_skipped a worker ran unattested in production
  gov.blast_scored the blast radius was scored against its limit
  gov.privilege_envelope.checked a privilege envelope was checked
`).map(([id, name]) => ({ id: `evt.${id}`, kind: 'event', name, status: 'active' }));
