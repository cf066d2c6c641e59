/**
 * Public keys of a signatory as JSON Web Keys (RFC 7517): which can be used here, and which one a token means.
 * INVARIANT: only public, asymmetric signing keys come out of here, reduced to the members that are used.
 */
import { z } from 'zod';
import { safeRead } from '../field-errors.ts';
import { ok, type Result } from '../result.ts';
import { fault, type TokenFault } from './fault.ts';
import { ALGORITHMS, type Algorithm } from './token.ts';

const base64Url = (min: number, max = min) => z.string().regex(new RegExp(`^[\\w-]{${min},${max}}$`));
const common = {
  kid: z.string().min(1).max(256).optional(),
  alg: z.enum(ALGORITHMS).optional(),
  use: z.literal('sig').optional(),
};
const COORDINATE = { 'P-256': 43, 'P-384': 64, 'P-521': 88 } as const;

export const PublicKey = z.discriminatedUnion('kty', [
  z.strictObject({ kty: z.literal('OKP'), crv: z.literal('Ed25519'), x: base64Url(43), ...common }),
  z
    .strictObject({
      kty: z.literal('EC'),
      crv: z.enum(['P-256', 'P-384', 'P-521']),
      x: base64Url(43, 88),
      y: base64Url(43, 88),
      ...common,
    })
    .refine(({ crv, x, y }) => x.length === COORDINATE[crv] && y.length === COORDINATE[crv], {
      error: 'the coordinates do not fit the curve',
    }),
  // 2048 to 8192 bits, and a small exponent: more only makes every check slow.
  z.strictObject({ kty: z.literal('RSA'), n: base64Url(342, 1366), e: base64Url(2, 6), ...common }),
]);
export type PublicKey = z.infer<typeof PublicKey>;

const MEMBERS = ['kty', 'crv', 'x', 'y', 'n', 'e', 'kid', 'alg', 'use'] as const;
const SECRET = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'] as const;

const publicMembers = (key: object): Record<string, unknown> =>
  Object.fromEntries(Object.entries(key).filter(([name]) => (MEMBERS as readonly string[]).includes(name)));
const isSecret = (key: object): boolean => SECRET.some((name) => Object.hasOwn(key, name));
const mayVerify = ({ key_ops: uses }: { readonly [member: string]: unknown }): boolean =>
  uses === undefined || (Array.isArray(uses) && uses.includes('verify'));

/** A key that somebody registers: what is wrong with it is said. A private key is refused: its secret is out. */
const RegisteredKey = z.looseObject({ kty: z.string() }).transform((sent, context): PublicKey => {
  const read = safeRead(PublicKey, publicMembers(sent));
  if (isSecret(sent))
    context.addIssue({ code: 'custom', message: 'a private or symmetric key: send public keys only' });
  else if (!mayVerify(sent)) context.addIssue({ code: 'custom', message: 'key_ops does not include verify' });
  else if (read.success) return read.data;
  else for (const { path, message } of read.error.issues) context.addIssue({ code: 'custom', path, message });
  return z.NEVER;
});

export const RegisteredKeys = z.strictObject({ keys: z.array(RegisteredKey).min(1).max(16) }).meta({
  id: 'SignatoryKeys',
  description: 'Public JWKs: Ed25519, P-256, P-384, P-521, or RSA of 2048 to 8192 bits.',
});

const MAX_FETCHED = 100;
const KeySet = z.looseObject({ keys: z.array(z.looseObject({})) });

/** A key as a stranger sends it; null where it cannot be used here, or is no public key. */
export const readKey = (key: unknown): PublicKey | null => {
  const sent = safeRead(z.looseObject({}), key).data;
  if (sent === undefined || isSecret(sent) || !mayVerify(sent)) return null;
  return safeRead(PublicKey, publicMembers(sent)).data ?? null;
};

/** Keys of a fetched set: those that cannot be used here are left out. Null: it is no key set. */
export const fetchedKeys = (document: unknown): readonly PublicKey[] | null => {
  const set = safeRead(KeySet, document);
  if (!set.success) return null;
  return set.data.keys.slice(0, MAX_FETCHED).flatMap((key) => readKey(key) ?? []);
};

const TYPE_OF = { E: 'EC', P: 'RSA', R: 'RSA' } as const;
const CURVE_OF: Partial<Record<Algorithm, string>> = { ES256: 'P-256', ES384: 'P-384', ES512: 'P-521' };

const fits = (key: PublicKey, algorithm: Algorithm): boolean => {
  if (key.alg !== undefined && key.alg !== algorithm) return false;
  if (algorithm === 'EdDSA' || algorithm === 'Ed25519') return key.kty === 'OKP';
  const type = TYPE_OF[algorithm.charAt(0) as keyof typeof TYPE_OF];
  return key.kty === type && (key.kty !== 'EC' || key.crv === CURVE_OF[algorithm]);
};

/** The one key that a header means. By its kid alone it is found; whether it signed, its signature shows. */
export const selectKey = (
  keys: readonly PublicKey[],
  { algorithm, keyId }: { readonly algorithm: Algorithm; readonly keyId: string | null },
): Result<PublicKey, TokenFault> => {
  const fitting = keys.filter((key) => fits(key, algorithm) && (keyId === null || key.kid === keyId));
  const [key, another] = fitting;
  if (key === undefined) return fault('key_unknown', keyId ?? undefined);
  return another === undefined ? ok(key) : fault('key_ambiguous', keyId ?? undefined);
};
