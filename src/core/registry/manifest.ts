/**
 * The signed manifest of a worker's package, `awp.v1` (WCP 4.4): who built which code, signed by the namespace with a
 * shared secret (HMAC-SHA256) or, better, with a key of its own (Ed25519 over the same bytes).
 * `attested_at_utc` and `trust_statement` are free to change; everything else is bound, members we do not know included.
 */
import { z } from 'zod';
import { safeRead } from '../field-errors.ts';
import type { JsonTokensObject } from '../json.ts';
import { err, ok, type Result } from '../result.ts';
import { normalHash } from './code-hash.ts';
import { parseWorkerId } from './namespace.ts';
import { JSON_FORMS, sortedJson } from './sorted-json.ts';

const name = z.string().min(1).max(256);
const time = z.iso.datetime({ offset: true });

export const Manifest = z
  .looseObject({
    schema_version: z.literal('awp.v1'),
    worker_id: name,
    worker_species_id: name,
    worker_version: name,
    package_hash: z.string().min(1).max(256),
    built_at_utc: time,
    attested_at_utc: z.string().max(64).nullish(),
    build_source: z.enum(['local', 'ci', 'agent']),
    trust_statement: z.string().max(4_096).nullish(),
    signature_hmac_sha256: z.string().max(256).nullish(),
    signature_ed25519: z.string().max(256).nullish().meta({ description: 'ours: base64url' }),
    public_key_id: z.string().max(256).nullish().meta({ description: 'ours: which key signed, by its thumbprint' }),
  })
  .meta({ id: 'PackageManifest', description: 'Package manifest awp.v1.' });
export type Manifest = z.output<typeof Manifest>;

export const ATTEST_CODES = [
  'ATTEST_MANIFEST_MISSING',
  'ATTEST_MANIFEST_ID_MISMATCH',
  'ATTEST_HASH_MISMATCH',
  'ATTEST_SIGNATURE_MISSING',
  'ATTEST_SIG_INVALID',
  'ATTEST_NAMESPACE_INVALID',
] as const;
export type AttestCode = (typeof ATTEST_CODES)[number];

const UNSIGNED: ReadonlySet<string> = new Set([
  'attested_at_utc',
  'trust_statement',
  'signature_hmac_sha256',
  'signature_ed25519',
  'public_key_id',
]);

/** What may have been signed: one text in each published form, most often the same. */
export const signedTexts = (manifest: JsonTokensObject): readonly string[] => [
  ...new Set(JSON_FORMS.map((form) => sortedJson(manifest, form, UNSIGNED))),
];

export type ManifestSignature =
  | { readonly kind: 'ed25519'; readonly signature: string; readonly keyId: string | null }
  | { readonly kind: 'hmac'; readonly signature: string };

/** Of the manifest's signatures, the best first. */
export const signaturesOf = (manifest: Manifest): readonly ManifestSignature[] => {
  const { signature_ed25519: ed25519, signature_hmac_sha256: hmac, public_key_id: keyId } = manifest;
  return [
    ...(ed25519 ? [{ kind: 'ed25519', signature: ed25519, keyId: keyId ?? null } as const] : []),
    ...(hmac ? [{ kind: 'hmac', signature: hmac } as const] : []),
  ];
};

/** What the manifest has to be about. A null is not known, and so not compared. */
export interface ExpectedPackage {
  readonly workerId: string;
  readonly speciesId: string | null;
  readonly version: string | null;
  /** In any spelling. */
  readonly packageHash: string | null;
}

export interface VerifiedManifest {
  readonly manifest: Manifest;
  readonly namespace: string;
  readonly packageHash: string;
  readonly signedWith: ManifestSignature['kind'];
}

/**
 * Whether a manifest vouches for this package. `tokens` is the manifest as it was sent; `verifies` knows the secret and
 * the keys of a namespace. Every signature that is there has to hold.
 */
export const verifyManifest = (
  tokens: JsonTokensObject | null,
  sent: unknown,
  expected: ExpectedPackage,
  verifies: (namespace: string, signature: ManifestSignature, text: string) => boolean,
): Result<VerifiedManifest, AttestCode> => {
  const read = safeRead(Manifest, sent);
  if (tokens === null || !read.success) return err('ATTEST_MANIFEST_MISSING');
  const manifest = read.data;
  const id = parseWorkerId(manifest.worker_id);
  if (id === null) return err('ATTEST_NAMESPACE_INVALID');
  const isOf = (claimed: string, known: string | null): boolean => known === null || claimed === known;
  const isThis =
    manifest.worker_id === expected.workerId &&
    isOf(manifest.worker_species_id, expected.speciesId) &&
    isOf(manifest.worker_version, expected.version);
  if (!isThis) return err('ATTEST_MANIFEST_ID_MISMATCH');
  const packageHash = normalHash(manifest.package_hash);
  if (!isOf(packageHash, expected.packageHash === null ? null : normalHash(expected.packageHash))) {
    return err('ATTEST_HASH_MISMATCH');
  }
  const signatures = signaturesOf(manifest);
  const [best] = signatures;
  if (best === undefined) return err('ATTEST_SIGNATURE_MISSING');
  const texts = signedTexts(tokens);
  const holds = signatures.every((signature) => texts.some((text) => verifies(id.namespace, signature, text)));
  return holds
    ? ok({ manifest, namespace: id.namespace, packageHash, signedWith: best.kind })
    : err('ATTEST_SIG_INVALID');
};
