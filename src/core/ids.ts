/**
 * Identifiers. Only the parsers here mint branded ids.
 *
 * INVARIANT: the last twelve hex digits of every receipt_id (UUIDv7) and decision_id (UUIDv4) are the `seq` of the
 * entry they name, so either finds its entry with no index; the rest is time and randomness given as an argument.
 */
export type TenantId = string & { readonly __brand: 'TenantId' };

/** The log of the network of all Halls, which is no tenant's. */
export const NETWORK_LOG = 'network';
export type LogId = TenantId | typeof NETWORK_LOG;

/** What would be taken for the network's log, or for a witness, where logs are told apart by name. */
const RESERVED: ReadonlySet<string> = new Set([NETWORK_LOG, 'witness']);
/** Where the object of a tenant may be told to live, and stay. */
export const JURISDICTIONS = ['eu', 'fedramp'] as const;
export type Jurisdiction = (typeof JURISDICTIONS)[number];

const TENANT_ID = /^[a-z0-9](?:[a-z0-9-]{1,38})[a-z0-9]$/;
const PLACED = /^(eu|fedramp)--(.+)$/;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** `acme`, or with a jurisdiction `eu--acme`: the name alone leads to the object, with no look into a directory. */
export const parseTenantId = (text: string): TenantId | null => {
  const name = PLACED.exec(text)?.[2] ?? text;
  const isGood = TENANT_ID.test(name) && !name.includes('--') && !RESERVED.has(name);
  return isGood && text.length <= 40 ? (text as TenantId) : null;
};

export const jurisdictionOf = (id: LogId): Jurisdiction | null => {
  const named = PLACED.exec(id)?.[1];
  return JURISDICTIONS.find((one) => one === named) ?? null;
};

const hex = (value: number, width: number): string => value.toString(16).padStart(width, '0');

/** `random` is any random UUIDv4: all but its last 48 bits are kept. */
export const decisionIdFor = (random: string, seq: number): string => random.slice(0, 24) + hex(seq, 12);

/** UUIDv7 (RFC 9562): 48 bits of `ms`, 12 + 14 random bits of `random`, and `seq` as its counter. */
export const receiptIdFor = (ms: number, random: string, seq: number): string => {
  const time = hex(ms, 12);
  return `${time.slice(0, 8)}-${time.slice(8)}-7${random.slice(15, 18)}-${random.slice(19, 23)}-${hex(seq, 12)}`;
};

/** The ledger position an id names, or null when the text is no such id. Says nothing of whether the entry exists. */
export const seqOfId = (id: string): number | null => {
  if (!UUID.test(id)) return null;
  const seq = Number.parseInt(id.slice(24), 16);
  return seq >= 1 ? seq : null;
};
