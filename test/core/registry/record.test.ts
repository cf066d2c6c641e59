import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseWorkerId } from '../../../src/core/registry/namespace.ts';
import { readWorkerRecord } from '../../../src/core/registry/record.ts';

const published = {
  worker_id: 'org.example.doc-summarizer',
  worker_species_id: 'wrk.doc.summarizer',
  capabilities: ['cap.doc.summarize'],
  risk_tier: 'low',
  idempotency: 'full',
  determinism: 'captured',
  required_controls: ['ctrl.obs.audit_log_append_only'],
  currently_implements: ['ctrl.obs.audit_log_append_only'],
  allowed_environments: ['dev', 'staging', 'prod'],
  privilege_envelope: {
    secrets_access: [],
    network_egress: 'none',
    filesystem_writes: ['/tmp/summaries/'],
    tools: ['ollama-embed'],
  },
  blast_radius: { data: 1, network: 0, financial: 0, time: 1, reversibility: 'reversible' },
  owner: 'org.example',
  contact: 'https://example.org/contact',
  artifact_hash: `sha256:${'A'.repeat(64)}`,
  catalog_version_min: '1.0.0',
  attestation: { code_hash: `sha256:${'B'.repeat(64)}`, hash_method: 'file', attested_by: 'org.example' },
  anything_else: { kept: true },
};
const read = (change: object = {}) => readWorkerRecord({ ...published, ...change }, { artifactHash: 'required' });
const value = (change: object = {}) => {
  const result = read(change);
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
};
const wrong = (change: object) => {
  const result = read(change);
  return result.ok ? null : result.error;
};

describe('WCP 4.5 enrolment record', () => {
  it('reads the published example', () => {
    expect(value()).toEqual({
      worker_id: 'org.example.doc-summarizer',
      worker_species_id: 'wrk.doc.summarizer',
      namespace: 'org.example',
      capabilities: ['cap.doc.summarize'],
      required_controls: ['ctrl.obs.audit_log_append_only'],
      currently_implements: ['ctrl.obs.audit_log_append_only'],
      allowed_environments: ['dev', 'stage', 'prod'],
      allowed_data_labels: null,
      risk_tier: 'low',
      idempotency: 'full',
      determinism: 'captured',
      catalog_version_min: '1.0.0',
      privilege_envelope: {
        egress: [],
        egress_unrestricted: false,
        secrets: [],
        filesystem_writes: ['/tmp/summaries/'],
        tools: ['ollama-embed'],
      },
      blast_radius: { data: 1, network: 0, financial: 0, time: 1, reversibility: 0 },
      blast_sum: 2,
      owner: 'org.example',
      contact: 'https://example.org/contact',
      artifact_hash: 'a'.repeat(64),
      registered_hash: 'b'.repeat(64),
      hash_method: 'file',
    });
  });

  it('names missing members in the published order', () => {
    const order = ['worker_id', 'worker_species_id', 'capabilities', 'artifact_hash'];
    const members: Record<string, unknown> = { unrelated: true };
    for (const field of order) {
      const result = readWorkerRecord(members, { artifactHash: 'required' });
      expect(result).toEqual({ ok: false, error: { reason: 'missing', field, message: `missing field ${field}` } });
      members[field] = published[field as keyof typeof published];
    }
    expect(readWorkerRecord(members, { artifactHash: 'required' }).ok).toBe(true);
  });

  it('empty counts as missing, and a missing member is named before an invalid one', () => {
    expect(wrong({ capabilities: [] })?.reason).toBe('missing');
    expect(wrong({ worker_id: 'nonsense', artifact_hash: '' })).toMatchObject({
      reason: 'missing',
      field: 'artifact_hash',
    });
  });

  it('the Hall may compute the hash itself', () => {
    const { artifact_hash: _, ...rest } = published;
    const result = readWorkerRecord(rest, { artifactHash: 'optional' });
    expect(result.ok && result.value.artifact_hash).toBe(null);
  });

  it.each([
    [{ worker_species_id: undefined, species_id: 'wrk.x' }, { worker_species_id: 'wrk.x' }],
    [{ capabilities: undefined, handles_capabilities: ['cap.x'] }, { capabilities: ['cap.x'] }],
    [{ capabilities: undefined, serves_capabilities: ['cap.y'] }, { capabilities: ['cap.y'] }],
    [{ handles_capabilities: ['cap.x'] }, { capabilities: ['cap.doc.summarize'] }],
    [{ determinism: 'non-deterministic' }, { determinism: 'nondeterministic' }],
    [{ determinism: 'captured-deterministic' }, { determinism: 'captured' }],
    [{ risk_tier: undefined }, { risk_tier: 'unknown' }],
    [{ allowed_environments: undefined }, { allowed_environments: null }],
    [{ allowed_environments: [] }, { allowed_environments: [] }],
    [{ allowed_environments: ['local', 'edge', 'edge'] }, { allowed_environments: ['edge'] }],
    [{ allowed_data_labels: ['PUBLIC', 'SECRET'] }, { allowed_data_labels: ['PUBLIC', 'RESTRICTED'] }],
    [{ blast_radius: undefined }, { blast_radius: null, blast_sum: null }],
    [{ privilege_envelope: undefined }, { privilege_envelope: null }],
    [{ attestation: undefined }, { registered_hash: null, hash_method: null }],
    [{ attestation: { code_hash: 'Not-Hex' } }, { registered_hash: 'not-hex' }],
    [{ catalog_version_min: 'wcp-catalog@1.2.0' }, { catalog_version_min: 'wcp-catalog@1.2.0' }],
  ])('%j', (change, expected) => {
    expect(value(change)).toMatchObject(expected);
  });

  it.each([
    [{ capabilities: 'cap.x' }, 'capabilities'],
    [{ capabilities: ['cap.x', 3] }, 'capabilities.1'],
    [{ risk_tier: 'severe' }, 'risk_tier'],
    [{ determinism: 'sometimes' }, 'determinism'],
    [{ required_controls: null }, 'required_controls'],
    [{ allowed_environments: null }, 'allowed_environments'],
    [{ allowed_environments: 'prod' }, 'allowed_environments'],
    [{ catalog_version_min: 'latest' }, 'catalog_version_min'],
    [{ privilege_envelope: { secrets_access: true } }, 'privilege_envelope.secrets_access'],
  ])('%j is refused and named', (change, field) => {
    expect(wrong(change)).toMatchObject({ reason: 'invalid', field });
  });

  it('is total', () => {
    const options = { artifactHash: 'optional' } as const;
    fc.assert(fc.property(fc.anything(), (anything) => typeof readWorkerRecord(anything, options).ok === 'boolean'));
    const member = fc.constantFrom(...Object.keys(published));
    fc.assert(
      fc.property(member, fc.anything(), (name, anything) => typeof read({ [name]: anything }).ok === 'boolean'),
    );
  });
});

describe('WCP 2.1 worker ids', () => {
  it.each([
    ['org.acme.summarizer', { namespace: 'org.acme', worker: 'summarizer', instance: null }],
    [
      'org.xyzcompany.doc-summarizer.prod-01',
      { namespace: 'org.xyzcompany', worker: 'doc-summarizer', instance: 'prod-01' },
    ],
    ['x.joe.local-research-worker.dev-01', { namespace: 'x.joe', worker: 'local-research-worker', instance: 'dev-01' }],
    ['x.test.my_Worker', { namespace: 'x.test', worker: 'my_Worker', instance: null }],
    ['wrk.doc.summarizer', null],
    ['org.acme', null],
    ['org..worker', null],
    ['org.Acme.worker', null],
    ['org.acme.a.b.c', null],
    ['com.acme.worker', null],
    ['org.acme.worker\n', null],
    ['org.acme.wörker', null],
    ['', null],
  ])('%j', (id, expected) => {
    expect(parseWorkerId(id)).toEqual(expected);
    if (expected === null && id !== '')
      expect(wrong({ worker_id: id })).toMatchObject({ reason: 'invalid_worker_id', field: 'worker_id' });
  });
});

describe('WCP 3.2 the five dimensions', () => {
  const blast = (change: object) => ({
    blast_radius: { data: 5, network: 5, financial: 5, time: 5, reversibility: 5, ...change },
  });

  it.each([
    ['reversible', 0],
    ['partially-reversible', 2],
    ['irreversible', 5],
    [3, 3],
  ])('reversibility %j is %i', (sent, score) => {
    expect(value(blast({ reversibility: sent })).blast_sum).toBe(20 + score);
  });

  it.each([
    [{ data: 6 }, 'blast_radius.data'],
    [{ network: -1 }, 'blast_radius.network'],
    [{ financial: 1.5 }, 'blast_radius.financial'],
    [{ time: '1' }, 'blast_radius.time'],
    [{ time: undefined }, 'blast_radius.time'],
    [{ reversibility: 'maybe' }, 'blast_radius.reversibility'],
    [{ colour: 1 }, 'blast_radius.colour'],
  ])('%j is refused', (change, field) => {
    expect(wrong(blast(change))).toMatchObject({ reason: 'invalid', field });
  });
});

describe('WCP 3.6 both shapes of an envelope', () => {
  it.each([
    [{}, [], false],
    [{ network_egress: 'none' }, [], false],
    [{ network_egress: 'unrestricted' }, [], true],
    [{ network_egress: 'allowlisted', egress: { allowlist: ['a.example'] } }, ['a.example'], false],
    [{ network_egress: 'api.example' }, ['api.example'], false],
    [{ network_egress: ['b.example', 'a.example', 'b.example'] }, ['b.example', 'a.example'], false],
    [{ network_egress: ['a.example', 'unrestricted'] }, ['a.example'], true],
    [{ egress: { allowlist: ['a.example'] }, network_egress: 'b.example' }, ['a.example', 'b.example'], false],
    [{ network_egress: 'internal-only' }, ['internal-only'], false],
  ])('%j', (envelope, egress, unrestricted) => {
    expect(value({ privilege_envelope: envelope }).privilege_envelope).toMatchObject({
      egress,
      egress_unrestricted: unrestricted,
    });
  });
});
