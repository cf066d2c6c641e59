/** Runs a command line inside the test and keeps what it said. */
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { run } from '../../../src/cli/guildhall.ts';
import { utf8 } from '../../../src/core/bytes.ts';

export interface Said {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface Given {
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string | Uint8Array;
}

/** No local Guildhall anywhere near: nothing is found but what the test gives. */
export const NOWHERE = { GUILDHALL_DIR: join(import.meta.dirname, 'nowhere') };

export const guildhall = async (args: readonly string[], { env = NOWHERE, stdin = '' }: Given = {}): Promise<Said> => {
  let out = '';
  let err = '';
  const code = await run(args, {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    env,
    stdin: chunked(typeof stdin === 'string' ? utf8(stdin) : stdin),
  });
  return { code, out: stripVTControlCharacters(out), err: stripVTControlCharacters(err) };
};

/** In small pieces, cut anywhere. */
async function* chunked(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 997) yield bytes.subarray(at, at + 997);
}

export const frozen = (name: string): string => join(import.meta.dirname, 'frozen', name);
