/** `guildhall export`: the whole ledger of a tenant into a file or to standard output, ready for `guildhall verify`. */
import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { type Command, EXIT, readArgs, TransportError, UsageError } from './command.ts';
import { findHall, HALL_OPTIONS, HALL_USAGE, send } from './hall.ts';

export const exportCommand: Command = {
  usage: `guildhall export [--out FILE]

Gets the ledger as NDJSON: entries, what they refer to, and the signed checkpoints. Verify it anywhere, offline.

  --out FILE  else to standard output
${HALL_USAGE}`,
  run: async (args, at) => {
    const { values } = readArgs(args, { ...HALL_OPTIONS, out: { type: 'string', short: 'o' } });
    const { url, key } = findHall(values, at.env);
    const response = await send(`${url}/v1/ledger/export`, { headers: { authorization: `Bearer ${key}` } });
    if (!response.ok || response.body === null) {
      const { code } = (await response.json().catch(() => ({}))) as { code?: unknown };
      at.err(`guildhall: refused with ${response.status} ${String(code ?? '')}\n`);
      return response.status >= 500 || response.status === 429 ? EXIT.transport : EXIT.usage;
    }
    const { out } = values;
    try {
      if (out === undefined) for await (const text of response.body.pipeThrough(new TextDecoderStream())) at.out(text);
      else await writeWhole(response.body, out);
    } catch (error) {
      if (error instanceof UsageError) throw error;
      throw new TransportError(`${url} stopped in the middle of the export`);
    }
    return EXIT.ok;
  },
};

/** Written aside and renamed: a file of that name is a whole export. */
const writeWhole = async (bytes: AsyncIterable<Uint8Array>, file: string): Promise<void> => {
  const draft = `${file}.${process.pid}.part`;
  const target = createWriteStream(draft);
  let isOpen = false;
  target.once('open', () => {
    isOpen = true;
  });
  try {
    await pipeline(bytes, target);
    await rename(draft, file);
  } catch (error) {
    await rm(draft, { force: true });
    throw isOpen ? error : new UsageError(`cannot write ${file}`);
  }
};
