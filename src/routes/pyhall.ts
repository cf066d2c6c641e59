/** The Hall API that published clients call (WCP 5.2): paths, members and oddities are theirs. */
import { z } from 'zod';
import { ImportedDecision } from '../core/hall/imported.ts';
import { type JsonTokensObject, parseJsonTokens } from '../core/json.ts';
import { refusal } from '../core/refusal.ts';
import { readWorkerRecord } from '../core/registry/record.ts';
import { WorkerRecordDocument } from '../core/registry/record-document.ts';
import { hallStatus, importDecision } from '../services/clients.ts';
import { ask } from '../services/ledger.ts';
import { enrolWorker } from '../services/manage.ts';
import type { App } from './context.ts';
import { json, mount } from './factory.ts';
import { problem } from './problem.ts';
import { reply } from './reply.ts';

const TAG = 'Published clients';

const Time = z.string().meta({ description: 'RFC 3339, UTC, milliseconds' });
const Nullable = z.string().nullable();

const Status = z
  .strictObject({
    hall_version: z.string(),
    hall_name: z.string(),
    workers_enrolled: z.int(),
    decisions_total: z.int(),
    decisions_imported: z.int().meta({ description: 'of decisions_total: reported by a client, not made here' }),
    decisions_today: z.int(),
    denials_today: z.int(),
    timestamp: Time,
    online: z.boolean(),
    account_standing: z.enum(['ok', 'degraded', 'suspended']),
    standing_checked_at: Time,
  })
  .meta({ id: 'HallStatus' });

const ListedWorker = z.strictObject({
  worker_id: z.string(),
  worker_species_id: z.string(),
  capabilities: z.array(z.string()),
  risk_tier: z.string(),
  enrolled_at: Time,
  status: z.string(),
});

const ListedDecision = z
  .strictObject({
    decision_id: z.string(),
    decided_at: Time,
    capability_id: Nullable,
    tenant_id: Nullable,
    env: Nullable,
    denied: z.literal([0, 1]).meta({ description: 'a decision that waits for a human counts as denied' }),
    deny_reason: Nullable,
    selected_worker: Nullable.meta({ description: 'worker_id' }),
    blast_score: z.int().nullable(),
    artifact_hash: Nullable,
    imported: z.boolean().meta({ description: 'reported by a client, not made here' }),
    started_at: Time.optional(),
  })
  .meta({ id: 'ListedDecision' });
const DecisionList = z.strictObject({ dispatches: z.array(ListedDecision), count: z.int() });

const MAX_LISTED = 200;
const ListedLimit = z.object({
  limit: z
    .string()
    .regex(/^[+-]?\d+$/, 'expected an integer')
    .transform((digits) => Math.min(Math.max(Number(digits), 1), MAX_LISTED))
    .default(50)
    .meta({ description: `at most so many; read as the nearest of 1 to ${MAX_LISTED}` }),
});

export const mountPyhall = (app: App): void => {
  mountEnrolment(app);
  mountLists(app);
  mount(
    app,
    {
      method: 'post',
      path: '/decisions/ingest',
      summary: 'Report a decision that was made elsewhere',
      description:
        'Recorded as imported: it proves nothing but that it was reported. A decision_id that is known is ignored.',
      tag: TAG,
      access: 'tenant',
      body: ImportedDecision,
      ok: { status: 201, schema: z.strictObject({ recorded: z.literal(true), decision_id: z.string() }) },
    },
    async ({ c, deps, caller, body }) => reply(c, await importDecision(deps, caller, body), 201),
  );
};

const mountEnrolment = (app: App): void => {
  mount(
    app,
    {
      method: 'post',
      path: '/enroll',
      summary: 'Enrol a worker with the hash of its record',
      description: 'The hash is taken in either published canonical form; a wrong one is DENY_WORKER_TAMPERED.',
      tag: TAG,
      access: 'tenant',
      body: WorkerRecordDocument,
      bodyJudgedByService: true,
      ok: {
        status: 201,
        or: 200,
        schema: z.looseObject({ enrolled: z.boolean(), worker_id: z.string(), artifact_hash_verified: z.boolean() }),
      },
      problems: ['invalid_worker_id', 'namespace_not_owned', 'DENY_WORKER_TAMPERED'],
    },
    async ({ c, deps, caller, json: sent, bodyText }) => {
      const read = readWorkerRecord(sent, { artifactHash: 'required' });
      if (!read.ok) {
        const { reason, field, message } = read.error;
        return problem(
          c,
          refusal(reason === 'invalid_worker_id' ? 'invalid_worker_id' : 'invalid_body', message, [{ field, message }]),
          reason === 'missing' ? { error: message } : {},
        );
      }
      const tokens = parseJsonTokens(bodyText);
      if (!tokens.ok) return problem(c, refusal('invalid_json'));
      const enrolled = await enrolWorker(deps, caller, sent, tokens.value as JsonTokensObject);
      if (!enrolled.ok) return problem(c, enrolled.error);
      const { enrollment_id, worker_id, enrolled_at, updated } = enrolled.value;
      return updated === true
        ? json(c, { enrolled: true, updated: true, worker_id, artifact_hash_verified: true })
        : json(c, { enrolled: true, enrollment_id, worker_id, enrolled_at, artifact_hash_verified: true }, 201);
    },
  );
};

const mountLists = (app: App): void => {
  mount(
    app,
    {
      method: 'get',
      path: '/status',
      summary: 'How this Hall is, and how much it decided',
      tag: TAG,
      access: 'tenant',
      ok: { schema: Status },
    },
    async ({ c, deps, caller }) => reply(c, await hallStatus(deps, caller)),
  );
  mount(
    app,
    {
      method: 'get',
      path: '/workers',
      summary: 'Enrolled workers, newest first',
      description: 'In one answer. `/wcp/workers` has pages.',
      tag: TAG,
      access: 'tenant',
      ok: { schema: z.strictObject({ workers: z.array(ListedWorker), count: z.int() }) },
    },
    async ({ c, deps, caller }) => reply(c, await ask(deps, caller, { kind: 'roster' })),
  );
  mount(
    app,
    {
      method: 'get',
      path: '/dispatches',
      summary: 'The last decisions, newest first',
      description: 'Denials and imported decisions too, no dry runs. `/v1/decisions` has filters and pages.',
      tag: TAG,
      access: 'tenant',
      query: ListedLimit,
      ok: { schema: DecisionList },
    },
    async ({ c, deps, caller, query }) => reply(c, await ask(deps, caller, { kind: 'dispatches', limit: query.limit })),
  );
  mount(
    app,
    {
      method: 'get',
      path: '/dispatches/active',
      summary: 'Dispatches that were started and have no outcome yet, newest first',
      tag: TAG,
      access: 'tenant',
      ok: { schema: DecisionList },
    },
    async ({ c, deps, caller }) => reply(c, await ask(deps, caller, { kind: 'dispatches.active' })),
  );
  mount(
    app,
    {
      method: 'get',
      path: '/alerts',
      summary: 'The last alerts',
      tag: TAG,
      access: 'tenant',
      ok: { schema: z.looseObject({ alerts: z.array(z.looseObject({ code: z.string() })), count: z.int() }) },
    },
    async ({ c, deps, caller }) => reply(c, await ask(deps, caller, { kind: 'alerts', limit: 50 })),
  );
};
