/** Hashes that workers are known by. A sandbox is private to its tenant: what is in it is listed nowhere. */
import { eq } from 'drizzle-orm';
import { isSandbox, namespaceOf } from '../core/registry/namespace.ts';
import type { Database } from './database.ts';
import type { LedgerEntry } from './entry.ts';
import { workerHashes } from './schema.ts';

const SHA256 = /^[0-9a-f]{64}$/;

/** Of the entry of an enrolment, an update or an attestation; null where there is none to be listed. */
export const hashKnown = (db: Database, tenantId: string, { seq, body }: LedgerEntry) => {
  const workerId = String(body.worker_id);
  const namespace = namespaceOf(workerId);
  const sha256 = String(body.artifact_hash ?? body.code_hash ?? '').replace(/^sha256:/, '');
  if (namespace === null || isSandbox(namespace) || !SHA256.test(sha256)) return null;
  return db
    .insert(workerHashes)
    .values({ tenantId, workerId, namespace, sha256, lastSeq: seq })
    .onConflictDoUpdate({
      target: [workerHashes.tenantId, workerHashes.workerId, workerHashes.sha256],
      set: { lastSeq: seq },
    });
};

export const forgetHashes = (db: Database, tenantId: string) =>
  db.delete(workerHashes).where(eq(workerHashes.tenantId, tenantId));
