/** Long texts into R2, in parts of one size, as they come: never a whole ledger in memory. */
import type { Deps } from './deps.ts';

/** R2 takes parts of 5 MiB and more, all of one size but the last. */
const PART_BYTES = 8 * 1024 * 1024;

/** Stores the stream under `key` and answers its length; nothing is stored when the stream breaks off. */
export const archive = async (
  { archive: bucket }: Deps,
  key: string,
  stream: ReadableStream<Uint8Array>,
): Promise<number> => {
  const upload = await bucket.createMultipartUpload(key, { httpMetadata: { contentType: 'application/x-ndjson' } });
  try {
    const parts: R2UploadedPart[] = [];
    let part = new Uint8Array(PART_BYTES);
    let filled = 0;
    let total = 0;
    const flush = async (): Promise<void> => {
      parts.push(await upload.uploadPart(parts.length + 1, part.subarray(0, filled)));
      part = new Uint8Array(PART_BYTES);
      filled = 0;
    };
    for await (const chunk of stream) {
      for (let at = 0; at < chunk.length; ) {
        const taken = Math.min(chunk.length - at, PART_BYTES - filled);
        part.set(chunk.subarray(at, at + taken), filled);
        filled += taken;
        at += taken;
        if (filled === PART_BYTES) await flush();
      }
      total += chunk.length;
    }
    if (filled > 0 || parts.length === 0) await flush();
    await upload.complete(parts);
    return total;
  } catch (error) {
    await upload.abort();
    throw error;
  }
};
