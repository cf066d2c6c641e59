/**
 * `guildhall attest`: hashes a worker's package, signs its manifest (awp.v1) and registers the hash with the Hall. What
 * comes back is a signed statement that anybody can check: `guildhall verify`.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { JsonObject } from '../../core/json.ts';
import { signedTexts } from '../../core/registry/manifest.ts';
import { packageHash } from '../../core/registry/package-hash.ts';
import { ed25519Signature, hmacSignature } from '../../keys/manifest.ts';
import { thumbprint } from '../../keys/ring.ts';
import { type Command, EXIT, json, readArgs, type Surroundings, UsageError } from './command.ts';
import { findHall, HALL_OPTIONS, HALL_USAGE, isRefused, refused } from './hall.ts';
import { packageFiles } from './package-files.ts';
import { bold, good, headline, rows } from './paint.ts';

const OPTIONS = {
  ...HALL_OPTIONS,
  worker: { type: 'string' },
  species: { type: 'string' },
  version: { type: 'string' },
  digest: { type: 'string' },
  source: { type: 'string' },
  trust: { type: 'string' },
  'signing-key': { type: 'string' },
  write: { type: 'boolean' },
  out: { type: 'string' },
  offline: { type: 'boolean' },
  json: { type: 'boolean' },
} as const;

const SOURCES = ['local', 'ci', 'agent'];

export const attest: Command = {
  usage: `guildhall attest <folder> --worker ID --species ID --version V [options]
guildhall attest --digest sha256:… --worker ID [--species ID] [--version V]

Registers the code that a worker has to run: the hash of a package, or the digest of a container. The manifest of a package
is signed with WCP_ATTEST_HMAC_KEY, with a key of the namespace's own, or with both; without either it is not sent.

  --worker ID         org.<name>.<worker> or x.<name>.<worker>
  --species ID        worker_species_id
  --version V         version of the package
  --signing-key FILE  private Ed25519 key, a JWK
  --source WORD       local (else), ci or agent
  --trust TEXT        a trust statement; it is not signed
  --write             leave the manifest in the folder, as manifest.json
  --offline           print the manifest and ask no Hall
  --out FILE          keep the signed statement of the Hall
  --json              the answer as it came
${HALL_USAGE}`,
  run: async (args, at) => {
    const { values, positionals } = readArgs(args, OPTIONS, 1);
    const [folder] = positionals;
    const { worker, digest } = values;
    if (worker === undefined) throw new UsageError('which worker? Give --worker');
    if ((folder === undefined) === (digest === undefined)) throw new UsageError('give a folder, or a --digest');
    const body =
      folder === undefined
        ? { sha256: digest ?? '', hash_method: 'container', ...about(values) }
        : packageBody(await manifestOf(folder, worker, values, at.env));
    if (values.write === true && folder !== undefined) {
      if (body.manifest === undefined) throw new UsageError('there is nothing to sign the manifest with');
      writeFileSync(join(folder, 'manifest.json'), json(body.manifest));
    }
    if (values.offline === true) {
      at.out(json(body.manifest ?? body));
      return EXIT.ok;
    }
    const path = `/api/v1/workers/${encodeURIComponent(worker)}/attest`;
    const answer = await findHall(values, at.env).ask('PUT', path, JSON.stringify(body));
    if (isRefused(answer)) return refused(answer, at, values.json === true);
    if (values.out !== undefined) writeFileSync(values.out, json(answer.value.manifest));
    if (values.json === true) at.out(`${answer.text}\n`);
    else report(answer.value, at);
    return EXIT.ok;
  },
};

interface About {
  readonly species?: string | undefined;
  readonly version?: string | undefined;
}

const about = ({ species, version }: About): Readonly<Record<string, string>> => ({
  ...(species === undefined ? {} : { worker_species_id: species }),
  ...(version === undefined ? {} : { worker_version: version }),
});

/** A manifest that nobody signed vouches for nothing: the bare hash is sent. */
const packageBody = (manifest: Readonly<Record<string, string>>): Readonly<Record<string, unknown>> =>
  isSigned(manifest)
    ? { manifest }
    : {
        package_hash: manifest.package_hash,
        worker_species_id: manifest.worker_species_id,
        worker_version: manifest.worker_version,
      };

const isSigned = (manifest: Readonly<Record<string, string>>): boolean =>
  'signature_ed25519' in manifest || 'signature_hmac_sha256' in manifest;

const manifestOf = async (
  folder: string,
  worker: string,
  values: About & { readonly source?: string; readonly trust?: string; readonly 'signing-key'?: string },
  env: Surroundings['env'],
): Promise<Readonly<Record<string, string>>> => {
  const { species, version, source = 'local', trust } = values;
  if (species === undefined || version === undefined) throw new UsageError('a package has a --species and a --version');
  if (!SOURCES.includes(source)) throw new UsageError(`--source is one of ${SOURCES.join(', ')}`);
  const now = new Date().toISOString();
  const bound = {
    schema_version: 'awp.v1',
    worker_id: worker,
    worker_species_id: species,
    worker_version: version,
    package_hash: packageHash(await packageFiles(folder)),
    built_at_utc: now,
    build_source: source,
  };
  // ASCII, as the Python clients sign: the form that every client reads.
  const [text = ''] = signedTexts(bound);
  const secret = env.WCP_ATTEST_HMAC_KEY;
  const key = values['signing-key'];
  return {
    ...bound,
    attested_at_utc: now,
    ...(trust === undefined ? {} : { trust_statement: trust }),
    ...(secret ? { signature_hmac_sha256: hmacSignature(text, secret) } : {}),
    ...(key === undefined ? {} : signedBy(key, text)),
  };
};

const PrivateJwk = z.object({ kty: z.literal('OKP'), crv: z.literal('Ed25519'), x: z.string(), d: z.string() });

const signedBy = (file: string, text: string): Readonly<Record<string, string>> => {
  try {
    const jwk = PrivateJwk.parse(JSON.parse(readFileSync(file, 'utf8')));
    return { signature_ed25519: ed25519Signature(text, jwk), public_key_id: thumbprint(jwk) };
  } catch {
    throw new UsageError(`${file} is no private Ed25519 key as a JWK`);
  }
};

const report = (answer: JsonObject, at: Surroundings): void => {
  at.out(headline(good('✓'), `${bold(String(answer.worker_id))} is attested`));
  at.out(
    rows([
      ['Code hash', String(answer.sha256)],
      ['Method', `${String(answer.hash_method)}${answer.signed_manifest === true ? ', signed manifest verified' : ''}`],
      ['Attestation', String(answer.id)],
      ...(answer.enrolled === true ? [] : [['Note', 'the worker is not enrolled yet'] as const]),
    ]),
  );
};
