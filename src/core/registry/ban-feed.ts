/**
 * A ban list as an authority publishes it: what changed since an epoch, signed (FORMATS.md, section 12). Ours and those
 * that a tenant subscribes to are of one form.
 */
import { z } from 'zod';
import { fromBase64Url, utf8 } from '../bytes.ts';
import { canonicalJson } from '../canonical.ts';
import { safeRead } from '../field-errors.ts';
import { sha256Hex } from '../hash.ts';
import type { JsonObject } from '../json.ts';
import { err, ok, type Result } from '../result.ts';
import { BanTarget } from './ban.ts';

const epoch = z.int().min(0);
const millis = z.int().min(0);

const ListedBan = z.looseObject({
  ban_id: z.string().min(1).max(256),
  target: BanTarget,
  reason: z.string().max(1_000),
  evidence_url: z.string().max(2_000).nullable(),
  issued_at: millis,
  expires_at: millis.nullable(),
});

const FeedEntry = z.discriminatedUnion('kind', [
  z.looseObject({ kind: z.literal('issued'), epoch, ban: ListedBan }),
  z.looseObject({ kind: z.literal('lifted'), epoch, ban_id: z.string().min(1).max(256) }),
]);

export const BanFeed = z
  .looseObject({
    since: epoch,
    epoch,
    complete: z.boolean(),
    entries: z.array(FeedEntry).max(1_000),
    key_id: z.string().min(1).max(64),
    signature: z.string().max(128),
  })
  .meta({ id: 'BanFeed', description: 'Changes of a ban list, signed by its authority.' });
export type BanFeed = z.output<typeof BanFeed>;

/** `rest`: the feed without `key_id` and `signature`. */
export const banFeedText = (rest: JsonObject): string => `guildhall-ban-feed/v1 ${sha256Hex(canonicalJson(rest))}`;

export type BanFeedFault = 'malformed' | 'key_untrusted' | 'signature_invalid';
type Verify = (publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array) => boolean;

export const verifyBanFeed = (
  sent: JsonObject,
  keyOf: (keyId: string) => Uint8Array | undefined,
  verify: Verify,
): Result<BanFeed, BanFeedFault> => {
  const read = safeRead(BanFeed, sent);
  if (!read.success || !isInOrder(read.data)) return err('malformed');
  const { key_id, signature, ...rest } = sent;
  const bytes = fromBase64Url(read.data.signature);
  const key = keyOf(read.data.key_id);
  if (bytes === undefined) return err('malformed');
  if (key === undefined) return err('key_untrusted');
  return verify(key, utf8(banFeedText(rest)), bytes) ? ok(read.data) : err('signature_invalid');
};

/** Every epoch from the first after `since` to `epoch`, once each: a change that was left out shows. */
const isInOrder = ({ since, epoch: last, entries }: BanFeed): boolean =>
  entries.every((entry, index) => entry.epoch === since + 1 + index) && last === since + entries.length;
