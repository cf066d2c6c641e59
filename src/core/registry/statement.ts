/**
 * Attestation statements (WCP 4.4): an authority's signed word that a worker's code has this hash. Anybody who holds the
 * authority's public key checks one offline (FORMATS.md, section 11). Our own and those of other authorities alike.
 */
import { z } from 'zod';
import { fromBase64Url, toBase64Url, utf8 } from '../bytes.ts';
import { canonicalJson } from '../canonical.ts';
import { safeRead } from '../field-errors.ts';
import { sha256Hex } from '../hash.ts';
import { err, ok, type Result } from '../result.ts';
import { isSha256 } from './code-hash.ts';
import { parseWorkerId } from './namespace.ts';

export const HASH_METHODS = ['file', 'module', 'container', 'manifest'] as const;
export type HashMethod = (typeof HASH_METHODS)[number];

const terms = {
  manifest_id: z.string().min(1).max(256),
  worker_id: z
    .string()
    .max(256)
    .refine((id) => parseWorkerId(id) !== null, { error: 'expected a worker_id' }),
  /** Null: the authority was not told. */
  worker_species_id: z.string().min(1).max(256).nullable(),
  code_hash: z.string().refine(isSha256, { error: 'expected 64 lower hex digits' }),
  hash_method: z.enum(HASH_METHODS),
  attested_at: z.iso.datetime(),
  /** A namespace. */
  attested_by: z.string().min(1).max(256),
  /** Of the signing key, its RFC 7638 thumbprint. */
  public_key_id: z.string().min(1).max(64),
};

export const Statement = z
  .strictObject({ ...terms, signature: z.string().startsWith('ed25519:').max(128) })
  .meta({ id: 'AttestationStatement', description: 'Signed; verified offline with the public keys of its authority.' });
export type Statement = Readonly<z.output<typeof Statement>>;
export type StatementTerms = Omit<Statement, 'signature'>;

/** What is signed: a name for what it is, so that it can be taken for nothing else, and the hash of all it says. */
export const statementText = (statement: StatementTerms): string =>
  `guildhall-attestation/v1 ${sha256Hex(canonicalJson(statement))}`;

export const signStatement = (statement: StatementTerms, sign: (message: Uint8Array) => Uint8Array): Statement => ({
  ...statement,
  signature: `ed25519:${toBase64Url(sign(utf8(statementText(statement))))}`,
});

export type StatementFault = 'malformed' | 'key_untrusted' | 'signature_invalid';
type Verify = (publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array) => boolean;

/** `keyOf`: the 32 bytes of a trusted key by its id; undefined for a stranger's. */
export const verifyStatement = (
  sent: unknown,
  keyOf: (keyId: string) => Uint8Array | undefined,
  verify: Verify,
): Result<Statement, StatementFault> => {
  const read = safeRead(Statement, sent);
  if (!read.success) return err('malformed');
  const { signature, ...statement } = read.data;
  const bytes = fromBase64Url(signature.slice('ed25519:'.length));
  if (bytes?.length !== 64) return err('malformed');
  const key = keyOf(statement.public_key_id);
  if (key === undefined) return err('key_untrusted');
  return verify(key, utf8(statementText(statement)), bytes) ? ok(read.data) : err('signature_invalid');
};
