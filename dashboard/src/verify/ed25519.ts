/**
 * Ed25519 in the browser. The verifier in core is synchronous and the browser's is not: a first run notes which
 * signatures are asked for, the browser judges them, and a second run gets its answers.
 */
import { toBase64 } from '../../../src/core/bytes.ts';
import type { VerifyEd25519 } from '../../../src/core/ledger/checkpoint.ts';

interface Asked {
  readonly publicKey: Uint8Array;
  readonly message: Uint8Array;
  readonly signature: Uint8Array;
}

const nameOf = (publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): string =>
  [publicKey, message, signature].map(toBase64).join('.');

const judge = async ({ publicKey, message, signature }: Asked): Promise<boolean> => {
  try {
    const key = await crypto.subtle.importKey('raw', new Uint8Array(publicKey), 'Ed25519', false, ['verify']);
    return await crypto.subtle.verify('Ed25519', key, new Uint8Array(signature), new Uint8Array(message));
  } catch {
    return false;
  }
};

export const withSignatures = async <T>(run: (verify: VerifyEd25519) => T): Promise<T> => {
  const asked = new Map<string, Asked>();
  run((publicKey, message, signature) => {
    asked.set(nameOf(publicKey, message, signature), { publicKey, message, signature });
    return true;
  });
  const judged = new Map<string, boolean>();
  for (const [name, one] of asked) judged.set(name, await judge(one));
  // What the first run did not ask for counts as false: nothing is believed unjudged.
  return run((publicKey, message, signature) => judged.get(nameOf(publicKey, message, signature)) ?? false);
};
