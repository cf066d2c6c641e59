import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../../../src/core/canonical.ts';
import { sha256Hex } from '../../../src/core/hash.ts';
import { readWorkerRecord } from '../../../src/core/registry/record.ts';
import {
  compileWorker,
  factContent,
  freshState,
  restoreFact,
  withState,
  workerView,
} from '../../../src/core/registry/worker.ts';

const record = (() => {
  const read = readWorkerRecord(
    {
      worker_id: 'org.test.summarizer',
      worker_species_id: 'wrk.doc.summarizer',
      capabilities: ['cap.doc.summarize'],
      required_controls: ['ctrl.obs.structured_logging'],
      currently_implements: ['ctrl.obs.structured_logging', 'ctrl.obs.metrics-core'],
      allowed_environments: ['dev', 'prod'],
      privilege_envelope: { network_egress: 'api.example' },
      blast_radius: { data: 1, network: 1, financial: 0, time: 1, reversibility: 'partially-reversible' },
      attestation: { code_hash: 'c'.repeat(64) },
    },
    { artifactHash: 'optional' },
  );
  if (!read.ok) throw new Error(read.error.message);
  return read.value;
})();
const fact = compileWorker(record, freshState(record, 1_700_000_000_000_000));

describe('a worker fact', () => {
  it('is frozen: content and hash', () => {
    expect(fact.hash).toBe('c22b226203cd0667a0dd7451d411774021c65ed2ded243e61f3276798b3c17b2');
    expect(canonicalJson(factContent(fact))).toBe(
      '{"allowed_data_labels":null,"allowed_environments":["dev","prod"],"artifact_hash":null,"blast_radius":{"data":1,"financial":0,"network":1,"reversibility":2,"time":1},"blast_sum":5,"capabilities":["cap.doc.summarize"],"catalog_version_min":null,"currently_implements":["ctrl.obs.structured_logging","ctrl.obs.metrics-core"],"enrolled_at":1700000000000000,"last_heartbeat_at":null,"manifest_verified":false,"namespace":"org.test","online":true,"privilege_envelope":{"egress":["api.example"],"egress_unrestricted":false,"filesystem_writes":[],"secrets":[],"tools":[]},"quarantined":null,"registered_hash":"cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc","reported_at":null,"reported_hash":null,"required_controls":["ctrl.obs.structured_logging"],"revoked":false,"risk_tier":"unknown","v":1,"worker_id":"org.test.summarizer","worker_species_id":"wrk.doc.summarizer"}',
    );
  });

  it('is named by the canonical JSON of everything else', () => {
    expect(fact.hash).toBe(sha256Hex(canonicalJson(factContent(fact))));
    expect(factContent(fact)).not.toHaveProperty('hash');
  });

  it('survives storage byte for byte', () => {
    const stored: unknown = JSON.parse(canonicalJson(factContent(fact)));
    expect(restoreFact(stored)).toEqual({ ok: true, value: fact });
  });

  it('every change of state has a name of its own, and the way back the old one', () => {
    const quarantined = withState(fact, {
      quarantined: 'hash_mismatch',
      reported_hash: 'd'.repeat(64),
      reported_at: 1,
    });
    expect(quarantined.hash).not.toBe(fact.hash);
    expect(quarantined.hash).toBe(sha256Hex(canonicalJson(factContent(quarantined))));
    expect(withState(quarantined, { quarantined: null, reported_hash: null, reported_at: null })).toEqual(fact);
    expect(compileWorker(record, quarantined)).toEqual(quarantined);
  });

  it.each([null, 3, [], {}, { ...factContent(fact), v: 2 }, { ...factContent(fact), extra: 1 }, fact])(
    'restores nothing else: %#',
    (content) => {
      expect(restoreFact(content)).toEqual({ ok: false, error: 'malformed' });
    },
  );

  it('restoring is total', () => {
    fc.assert(fc.property(fc.anything(), (anything) => typeof restoreFact(anything).ok === 'boolean'));
  });

  it('is looked up by normal control ids and keeps what was written', () => {
    const view = workerView(fact);
    expect([...view.implements]).toEqual(['ctrl.obs.structured-logging', 'ctrl.obs.metrics-core']);
    expect(view.required).toEqual({
      asWritten: ['ctrl.obs.structured_logging'],
      normal: ['ctrl.obs.structured-logging'],
    });
    expect(workerView(fact)).toBe(view);
  });
});
