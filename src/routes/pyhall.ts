/** Routes that published clients of the Hall API call (WCP 5.2). */
import { z } from 'zod';
import { type JsonTokensObject, parseJsonTokens } from '../core/json.ts';
import { refusal } from '../core/refusal.ts';
import { readWorkerRecord } from '../core/registry/record.ts';
import { WorkerRecordDocument } from '../core/registry/record-document.ts';
import { ask } from '../services/ledger.ts';
import { enrolWorker } from '../services/manage.ts';
import type { App } from './context.ts';
import { json, mount } from './factory.ts';
import { problem } from './problem.ts';
import { reply } from './reply.ts';

export const mountPyhall = (app: App): void => {
  mount(
    app,
    {
      method: 'post',
      path: '/enroll',
      summary: 'Enrol a worker with the hash of its record',
      description: 'The hash is taken in either published canonical form; a wrong one is DENY_WORKER_TAMPERED.',
      tag: 'Published clients',
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
          reason === 'missing' ? message : undefined,
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
  mount(
    app,
    {
      method: 'get',
      path: '/alerts',
      summary: 'The last alerts',
      tag: 'Published clients',
      access: 'tenant',
      ok: { schema: z.looseObject({ alerts: z.array(z.looseObject({ code: z.string() })), count: z.int() }) },
    },
    async ({ c, deps, caller }) => reply(c, await ask(deps, caller, { kind: 'alerts', limit: 50 })),
  );
};
