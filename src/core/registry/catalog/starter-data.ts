/**
 * The entities of the starter catalog, one table a kind, compact on purpose (WCP 3.9, 7.1, 7.3). Members are spelled as
 * in the published taxonomy, so that both unite.
 */
import { type CatalogEntity, type EnforcementPoint, RISK_TIERS, type RiskTier } from './entity.ts';

/** `id text` a row; what stands in brackets is a list of its own. */
const rows = (
  text: string,
): readonly { readonly id: string; readonly list: readonly string[]; readonly text: string }[] =>
  text
    .trim()
    .split('\n')
    .map((line) => {
      const [, id = '', list = '', words = ''] = /^\s*(\S+)\s*(?:\[([^\]]*)\])?\s*(.*)$/.exec(line) ?? [];
      return { id, list: list.split(' ').filter((item) => item !== ''), text: words };
    });

const capabilities = (risk_tier: RiskTier, text: string): readonly CatalogEntity[] =>
  rows(text).map(({ id, text: description }) => ({ id: `cap.${id}`, type: 'capability', description, risk_tier }));

export const CAPABILITIES: readonly CatalogEntity[] = [
  ...capabilities(
    'low',
    `
    hello.greet greet someone by name
    doc.summarize make a shorter text of a document that keeps what matters in it
    doc.chunk split a document into passages
    doc.hash compute the digest of a document
    doc.classify say of what kind a document is
    doc.extract read named facts out of a document
    doc.translate render a document in another language
    ml.embed turn passages into vectors
    ml.rank order passages by how well they answer a question
    mem.recall read what was remembered of an earlier conversation
    web.search find pages on the public network
    code.explain say what a piece of code does
    code.lint check code against the rules of its house
    data.query read rows of a database without changing any
    data.validate check records against a schema
    `,
  ),
  ...capabilities(
    'medium',
    `
    web.fetch fetch a document from the network
    research.register record a finding in an index
    doc.ocr read the text in the picture of a page
    doc.redact remove what may not be shown from a document
    ml.generate write a text with a language model
    mem.store remember something of a conversation
    code.edit change code in a workspace
    code.test run the tests of a workspace
    data.transform make new records out of given ones
    notify.message send a message to a person of one's own organisation
    ticket.create open a ticket
    schedule.book put an appointment into a calendar
    `,
  ),
  ...capabilities(
    'high',
    `
    ops.approve answer an approval
    ops.deploy put a version of a service into production
    ops.rollback put an earlier version of a service back
    ops.restart restart a service
    code.merge merge a change into a main line
    code.execute run code that a model wrote
    data.write change rows of a database
    data.export hand data to somebody outside
    notify.publish send something to the public
    iam.grant give somebody a right
    `,
  ),
  ...capabilities(
    'critical',
    `
    db.migrate change the schema of a database
    data.delete delete data for good
    pay.transfer move money
    iam.rotate replace the keys of a system
    `,
  ),
];

/** `id [capability ..] text` a row. */
export const SPECIES: readonly CatalogEntity[] = rows(`
  hello.greeter [hello.greet] greets
  doc.summarizer [doc.summarize] summarises documents
  doc.chunker [doc.chunk] splits documents
  doc.hasher [doc.hash] digests documents
  doc.reader [doc.classify doc.extract doc.ocr] reads facts out of documents
  doc.translator [doc.translate] translates documents
  doc.redactor [doc.redact] removes what may not be shown
  web.fetcher [web.fetch] fetches documents
  web.searcher [web.search] finds pages
  ml.embedder [ml.embed] embeds passages
  ml.ranker [ml.rank] ranks passages
  ml.writer [ml.generate] writes texts
  mem.keeper [mem.recall mem.store] remembers and recalls
  research.registrar [research.register] records findings
  code.reviewer [code.explain code.lint code.test] reads and checks code
  code.author [code.edit code.merge] changes code
  code.runner [code.execute] runs code
  data.analyst [data.query data.validate data.transform] reads and reshapes data
  data.keeper [data.write data.export data.delete] changes data
  db.migrator [db.migrate] changes schemas
  ops.deployer [ops.deploy ops.rollback ops.restart] runs services
  ops.human-approver [ops.approve] a person who answers approvals
  notify.sender [notify.message notify.publish] sends messages
  office.clerk [ticket.create schedule.book] keeps tickets and calendars
  iam.keeper [iam.grant iam.rotate] keeps rights and keys
  pay.clerk [pay.transfer] moves money
`).map(({ id, list, text: description }) => ({
  id: `wrk.${id}`,
  type: 'worker_species',
  description,
  serves_capabilities: list.map((capability) => `cap.${capability}`),
}));

const FROM: Readonly<Record<string, readonly RiskTier[]>> = {
  a: RISK_TIERS,
  m: RISK_TIERS.slice(1),
  h: RISK_TIERS.slice(2),
};

/** `id [tier] text` a row: required for all tiers, from medium up, or from high up. */
const controls = (enforcement_point: EnforcementPoint, text: string): readonly CatalogEntity[] =>
  rows(text).map(({ id, list: [tier = 'a'], text: description }) => ({
    id: `ctrl.${id}`,
    type: 'control',
    description,
    enforcement_point,
    required_for_risk_tiers: FROM[tier] ?? RISK_TIERS,
  }));

export const CONTROLS: readonly CatalogEntity[] = [
  ...controls(
    'hall',
    `
    os.worker-registry [a] only enrolled workers are dispatched
    os.routing-rules [m] work goes to workers by published rules and in no other way
    os.policy-gate-every-step [h] every step asks the policy gate
    os.budget-and-cost-enforcement [m] work stops at its budget
    os.provenance-requirements [h] workers run attested code from a signed manifest
    pol.default-deny [h] what no policy allows is denied
    pol.policy-versioning [m] policies are published by version, and decisions name theirs
    cost.monthly-token-budget [m] tokens are counted by the month, up to a limit
    deploy.canary-error-threshold [m] a new version of a worker stops when it fails too often
    blast-radius-scoring [h] how far a failure could reach is scored before work starts
    privilege-envelopes-required [m] workers declare what they reach, and are held to it
    `,
  ),
  ...controls(
    'platform',
    `
    sandbox.no-egress-default-deny [m] no network but what is allowed by name
    sandbox.readonly-rootfs [m] the root file system cannot be written
    sandbox.workspace-mounts-only [m] nothing but the workspace is mounted
    sandbox.resource-limits-strict [a] processor, memory and time are limited
    sandbox.syscall-filtering [h] system calls are filtered
    sandbox.no-privileged-containers [a] containers have no privileges
    sandbox.secrets-denied-by-default [a] no secret but what is granted by name
    sandbox.path-allowlists [m] files are reached by an allow list
    obs.audit-log-append-only [m] the audit log can only be appended to
    obs.slo-alerting [m] a missed service level raises an alert
    pol.policy-engine-runtime [m] policies are evaluated while work runs
    os.global-kill-switches [m] all work can be stopped at once
    `,
  ),
  ...controls(
    'worker',
    `
    sandbox.flight-recorder [m] tool calls and file activity are recorded
    obs.structured-logging [a] logs are structured
    obs.metrics-core [m] the core metrics are reported
    obs.tracing-distributed [m] traces go on across workers
    obs.run-metadata-store [m] what ran, with which inputs and versions, is kept
    obs.flight-recorder-bundle [h] all that explains a run is kept as one bundle
    dlq.max-replay-attempts [a] replays of failed work are limited in number
    idempotency.key-ttl-seconds [a] idempotency keys are kept for a stated time
    pol.audit-policy-decisions [m] policy decisions are logged
    os.end-to-end-correlation [m] one correlation id goes with the work from end to end
    `,
  ),
];

export const POLICIES: readonly CatalogEntity[] = rows(`
  gate.default-deny what no rule allows is denied
  gate.human-for-high-risk high tenant risk waits for a person
  gate.restricted-in-production restricted data in production waits for a person
  gate.change-freeze nothing that writes runs during a freeze
`).map(({ id, text: description }) => ({ id: `pol.${id}`, type: 'policy', description }));

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
const profiles = (recommended_for_risk_tiers: readonly RiskTier[], text: string): readonly CatalogEntity[] =>
  rows(text).map(({ id, text: list }) => ({
    id: `prof.${id}`,
    type: 'profile',
    recommended_for_risk_tiers,
    controls_required: list
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
`).map(({ id, text: description }) => ({ id: `evt.${id}`, type: 'event', description }));
