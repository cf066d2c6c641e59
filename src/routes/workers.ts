/** Enrolled workers: records, heartbeats, retirement. */
import { z } from 'zod';
import { type JsonTokensObject, parseJsonTokens } from '../core/json.ts';
import { refusal } from '../core/refusal.ts';
import { WorkerRecordDocument } from '../core/registry/record-document.ts';
import { ask } from '../services/ledger.ts';
import { enrolWorker } from '../services/manage.ts';
import { run } from './command.ts';
import type { App } from './context.ts';
import { type Call, mount } from './factory.ts';
import { problem } from './problem.ts';
import { reply, submitOptions } from './reply.ts';
import { ChangeReply, ListQuery, WorkerList } from './schemas.ts';

export const mountWorkers = (app: App): void => {
  const enrol = async (
    call: Call<'tenant', unknown, undefined>,
    status: 200 | 201,
    workerId: string | null,
  ): Promise<Response> => {
    const tokens = parseJsonTokens(call.bodyText);
    if (!tokens.ok) return problem(call.c, refusal('invalid_json'));
    const record = call.json;
    if (workerId !== null && record.worker_id !== workerId) {
      const message = 'must be the worker_id of the path';
      return problem(call.c, refusal('invalid_body', `worker_id: ${message}`, [{ field: 'worker_id', message }]));
    }
    const options = submitOptions(call.c, call.caller, call.bodyText);
    if (!options.ok) return problem(call.c, options.error);
    const enrolled = await enrolWorker(call.deps, call.caller, record, tokens.value as JsonTokensObject, options.value);
    return reply(call.c, enrolled, enrolled.ok && enrolled.value.updated === true ? 200 : status);
  };
  mount(
    app,
    {
      method: 'post',
      path: '/v1/workers',
      summary: 'Enrol a worker, or update its record',
      tag: 'Workers',
      access: 'tenant',
      body: WorkerRecordDocument,
      bodyJudgedByService: true,
      idempotent: true,
      ok: { status: 201, or: 200, schema: ChangeReply },
      problems: ['invalid_worker_id', 'namespace_not_owned', 'DENY_WORKER_TAMPERED'],
    },
    (call) => enrol(call, 201, null),
  );
  mount(
    app,
    {
      method: 'put',
      path: '/v1/workers/{worker_id}',
      summary: 'Replace the record of a worker',
      tag: 'Workers',
      access: 'tenant',
      body: WorkerRecordDocument,
      bodyJudgedByService: true,
      idempotent: true,
      ok: { schema: ChangeReply },
      problems: ['invalid_worker_id', 'namespace_not_owned', 'DENY_WORKER_TAMPERED'],
    },
    (call) => enrol(call, 200, call.param('worker_id')),
  );
  mount(
    app,
    {
      method: 'get',
      path: '/v1/workers',
      summary: 'Enrolled workers',
      tag: 'Workers',
      access: 'tenant',
      query: ListQuery.extend({
        q: z
          .string()
          .max(200)
          .optional()
          .meta({ description: 'only those with each of these words in id, species, capability or status' }),
      }),
      ok: { schema: WorkerList },
    },
    async ({ c, deps, caller, query: { q, cursor, limit } }) =>
      reply(c, await ask(deps, caller, { kind: 'workers', search: q || null, after: cursor ?? null, limit })),
  );
  mount(
    app,
    {
      method: 'get',
      path: '/v1/workers/{worker_id}',
      summary: 'One worker, with its record as it was sent',
      tag: 'Workers',
      access: 'tenant',
      ok: {
        schema: z.looseObject({
          worker_id: z.string(),
          record: z.looseObject({}),
          attestation: z.looseObject({}).nullable().meta({ description: 'the last one; null: nothing is registered' }),
        }),
      },
    },
    async ({ c, deps, caller, param }) =>
      reply(c, await ask(deps, caller, { kind: 'worker', workerId: param('worker_id') })),
  );
  mount(
    app,
    {
      method: 'delete',
      path: '/v1/workers/{worker_id}',
      summary: 'Retire a worker; it is never dispatched again',
      tag: 'Workers',
      access: 'tenant',
      idempotent: true,
      ok: { schema: ChangeReply },
      problems: ['namespace_not_owned'],
    },
    (call) => run(call, { kind: 'worker.retire', workerId: call.param('worker_id') }),
  );
  mount(
    app,
    {
      method: 'post',
      path: '/v1/workers/{worker_id}/heartbeat',
      summary: 'A sign of life, with the hash of the code that runs',
      tag: 'Workers',
      access: 'tenant',
      body: z
        .strictObject({
          code_hash: z.string().min(1).max(256).optional(),
          hash_method: z.enum(['file', 'module', 'container', 'manifest']).optional(),
          status: z.enum(['online', 'offline']).optional(),
        })
        .meta({ id: 'Heartbeat' }),
      idempotent: true,
      ok: { schema: ChangeReply },
      problems: ['namespace_not_owned'],
    },
    (call) =>
      run(call, {
        kind: 'worker.heartbeat',
        workerId: call.param('worker_id'),
        codeHash: call.body.code_hash ?? null,
        status: call.body.status ?? null,
      }),
  );
};
