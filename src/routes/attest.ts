/** Attesting workers, as the published clients do it and as ours do, and what a namespace signs manifests with (WCP 4.4). */
import { z } from 'zod';
import { fromBase64Url } from '../core/bytes.ts';
import { type JsonTokensObject, parseJsonTokens } from '../core/json.ts';
import { refusal } from '../core/refusal.ts';
import { AttestBody } from '../core/registry/attestation.ts';
import { ATTEST_CODES } from '../core/registry/manifest.ts';
import { Statement } from '../core/registry/statement.ts';
import { attestationOf, attestWorker } from '../services/attest.ts';
import { keysOf, setKeys, showSecret } from '../services/namespace-trust.ts';
import type { App } from './context.ts';
import { mount } from './factory.ts';
import { problem } from './problem.ts';
import { reply, submitOptions } from './reply.ts';
import { ChangeReply, EvidenceReceipt } from './schemas.ts';

/** A package listing may be long. */
const ATTEST_BYTES = 2_000_000;

const Attested = z
  .looseObject({
    id: z.string(),
    worker_id: z.string(),
    namespace: z.string(),
    sha256: z.string(),
    package_hash: z.string(),
    attested_at: z.string(),
    status: z.string(),
    manifest: Statement,
  })
  .meta({ id: 'Attested' });

const Ed25519Jwk = z.looseObject({
  kty: z.literal('OKP'),
  crv: z.literal('Ed25519'),
  x: z.string().refine((x) => fromBase64Url(x)?.length === 32, { error: 'expected 32 bytes in base64url' }),
});

export const mountAttest = (app: App): void => {
  mount(
    app,
    {
      method: 'put',
      path: '/api/v1/workers/{worker_id}/attest',
      summary: 'Attest the code of a worker',
      description:
        'Registers the code hash that the worker has to run, enrolled or not yet, and ends a quarantine. `manifest` in the answer is the signed statement, which anybody can verify offline.',
      tag: 'Published clients',
      access: 'tenant',
      body: AttestBody,
      bodyJudgedByService: true,
      bodyLimit: ATTEST_BYTES,
      idempotent: true,
      ok: { schema: Attested.extend({ evidence_receipt: EvidenceReceipt }) },
      problems: ['invalid_worker_id', 'namespace_not_owned', 'manifest_superseded', ...ATTEST_CODES],
    },
    async ({ c, deps, caller, json: sent, bodyText, param }) => {
      const tokens = parseJsonTokens(bodyText);
      if (!tokens.ok) return problem(c, refusal('invalid_json'));
      const options = submitOptions(c, caller, bodyText);
      if (!options.ok) return problem(c, options.error);
      const read = tokens.value as JsonTokensObject;
      return reply(c, await attestWorker(deps, caller, param('worker_id'), sent, read, options.value));
    },
  );
  mount(
    app,
    {
      method: 'get',
      path: '/v1/workers/{worker_id}/attestation',
      summary: 'The last attestation of a worker, with its signed statement',
      tag: 'Workers',
      access: 'tenant',
      ok: { schema: Attested },
    },
    async ({ c, deps, caller, param }) => reply(c, await attestationOf(deps, caller, param('worker_id'))),
  );
  mountTrust(app);
};

const mountTrust = (app: App): void => {
  mount(
    app,
    {
      method: 'get',
      path: '/v1/namespaces/{namespace}/attestation-keys',
      summary: 'The public keys that sign manifests of a namespace',
      tag: 'Workers',
      access: 'tenant',
      ok: { schema: z.looseObject({ namespace: z.string(), generation: z.int(), keys: z.array(Ed25519Jwk) }) },
      problems: ['not_found', 'namespace_not_owned'],
    },
    async ({ c, deps, caller, param }) => reply(c, await keysOf(deps, caller, param('namespace'))),
  );
  mount(
    app,
    {
      method: 'put',
      path: '/v1/namespaces/{namespace}/attestation-keys',
      summary: 'Set the public keys that sign manifests of a namespace',
      description: 'Ed25519; they replace the ones before.',
      tag: 'Workers',
      access: 'tenant',
      body: z.strictObject({ keys: z.array(Ed25519Jwk).max(32) }).meta({ id: 'AttestationKeys' }),
      idempotent: true,
      ok: { schema: ChangeReply.extend({ namespace: z.string(), key_ids: z.array(z.string()) }) },
      problems: ['not_found', 'namespace_not_owned'],
    },
    async ({ c, deps, caller, body, bodyText, param }) => {
      const options = submitOptions(c, caller, bodyText);
      if (!options.ok) return problem(c, options.error);
      const xs = body.keys.map(({ x }) => x);
      return reply(c, await setKeys(deps, caller, param('namespace'), xs, options.value));
    },
  );
  mount(
    app,
    {
      method: 'post',
      path: '/v1/namespaces/{namespace}/attestation-secret',
      summary: 'Show the secret that signs manifests of a namespace, or draw a new one',
      description: 'What clients take as WCP_ATTEST_HMAC_KEY. That it was shown is an entry of the ledger.',
      tag: 'Workers',
      access: 'tenant',
      body: z.strictObject({ rotate: z.boolean().default(false) }).meta({ id: 'AttestationSecret' }),
      idempotent: true,
      ok: { schema: ChangeReply.extend({ namespace: z.string(), generation: z.int(), secret: z.string() }) },
      problems: ['not_found', 'namespace_not_owned'],
    },
    async ({ c, deps, caller, body, bodyText, param }) => {
      const options = submitOptions(c, caller, bodyText);
      if (!options.ok) return problem(c, options.error);
      c.header('cache-control', 'no-store');
      return reply(c, await showSecret(deps, caller, param('namespace'), body.rotate, options.value));
    },
  );
};
