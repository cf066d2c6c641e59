/**
 * Worker ids and the namespace they carry (WCP 2.1): `<authority>.<name>.<worker>[.<instance>]`, authority `org` or `x`.
 * INVARIANT: trust comes from that namespace only, never from a species, a capability or a `wrk.` prefix.
 */
export interface WorkerId {
  readonly namespace: string;
  readonly worker: string;
  readonly instance: string | null;
}

const NAME = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';
const PART = '[A-Za-z0-9](?:[A-Za-z0-9_-]{0,63})';
const NAMESPACE = new RegExp(`^(?:org|x)\\.${NAME}$`);
const WORKER_ID = new RegExp(`^((?:org|x)\\.${NAME})\\.(${PART})(?:\\.(${PART}))?$`);

/** Owned by nobody and private to each tenant, so that a first worker can be tried at once. */
const SANDBOXES: ReadonlySet<string> = new Set(['org.test', 'org.example', 'x.test', 'x.example']);

export const parseWorkerId = (text: string): WorkerId | null => {
  const [, namespace, worker, instance] = WORKER_ID.exec(text) ?? [];
  return namespace === undefined || worker === undefined ? null : { namespace, worker, instance: instance ?? null };
};

export const isNamespace = (text: string): boolean => NAMESPACE.test(text);

export const isSandbox = (namespace: string): boolean => SANDBOXES.has(namespace);

/** The namespace of a worker id; null where the text is none. */
export const namespaceOf = (workerId: string): string | null => parseWorkerId(workerId)?.namespace ?? null;

/** `x.*` belongs to who claims it first; `org.*` says who somebody is, and so needs proof. */
export const needsProof = (namespace: string): boolean => namespace.startsWith('org.');
