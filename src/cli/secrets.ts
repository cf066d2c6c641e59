/**
 * The three secrets of a local Guildhall (wrangler.toml names them). `makeSecrets` draws new ones; `localSecrets` keeps
 * them in one file that only its owner can read, so that keys, receipts and sign-ins survive a restart.
 */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';

const SecretsSchema = z.object({
  SIGNING_KEYS: z.string().min(1),
  KEY_TAG_SECRET: z.string().min(32),
  OPERATOR_KEY: z.string().min(32),
});

// A type, not an interface: Miniflare's bindings want an index signature.
export type Secrets = z.infer<typeof SecretsSchema>;

const signingKey = (use: string) => {
  const { kty, crv, x, d } = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
  return { use, jwk: { kty, crv, x, d } };
};

export const makeSecrets = (): Secrets => ({
  SIGNING_KEYS: JSON.stringify(['receipt', 'grant', 'log', 'witness'].map(signingKey)),
  KEY_TAG_SECRET: randomBytes(32).toString('base64url'),
  OPERATOR_KEY: `operator_${randomBytes(32).toString('base64url')}`,
});

const readSecrets = (file: string): Secrets | undefined => {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
  try {
    return SecretsSchema.parse(JSON.parse(text));
  } catch {
    // Never replaced silently: every receipt so far would lose its key.
    throw new Error(`${file} is damaged; restore it, or remove the folder it is in and begin anew`);
  }
};

export const localSecrets = (file: string): Secrets => {
  const kept = readSecrets(file);
  if (kept !== undefined) return kept;
  mkdirSync(dirname(file), { recursive: true });
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, `${JSON.stringify(makeSecrets(), null, 2)}\n`, { mode: 0o600 });
  try {
    // A link never overwrites: of two processes that start together, one wins and both read the winner's file.
    linkSync(draft, file);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  const written = readSecrets(file);
  if (written === undefined) throw new Error(`cannot keep the local secrets in ${file}`);
  return written;
};
