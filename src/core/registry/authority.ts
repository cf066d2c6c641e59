/** Other attestation authorities that a tenant trusts (WCP 4.4): their keys, and how their word comes. */
import { z } from 'zod';
import { fromBase64Url } from '../bytes.ts';
import { thumbprintOf } from '../ledger/trust.ts';
import { BanFeed } from './ban-feed.ts';
import { isNamespace } from './namespace.ts';
import { Statement } from './statement.ts';

export const AuthorityKey = z.looseObject({
  kty: z.literal('OKP'),
  crv: z.literal('Ed25519'),
  x: z.string().refine((x) => fromBase64Url(x)?.length === 32, { error: 'expected 32 bytes in base64url' }),
});

const feedUrl = z.url().max(2_000).optional();

export const AuthorityDocument = z
  .strictObject({
    name: z.string().min(1).max(200).optional(),
    keys: z.array(AuthorityKey).min(1).max(16),
    namespaces: z
      .array(z.string().refine(isNamespace, { error: 'expected org.<name> or x.<name>' }))
      .min(1)
      .max(100)
      .optional()
      .meta({ description: 'whose workers it may attest; without it, all that this tenant may enrol' }),
    statements_url: feedUrl.meta({ description: 'answers { statements }' }),
    ban_feed_url: feedUrl.meta({ description: 'answers a ban feed; `?since=<epoch>` is added' }),
  })
  .meta({ id: 'Authority' });
export type AuthorityDocument = z.output<typeof AuthorityDocument>;

/** What an authority said, brought by whoever has it: everything in it is signed. */
export const AuthorityNews = z
  .strictObject({
    statements: z.array(Statement).max(100).default([]),
    ban_feed: BanFeed.optional(),
  })
  .meta({ id: 'AuthorityNews' });

export interface Authority {
  readonly authority_id: string;
  readonly name: string | null;
  /** base64url of the 32 bytes, by thumbprint. */
  readonly keys: Readonly<Record<string, string>>;
  readonly namespaces: readonly string[] | null;
  readonly statements_url: string | null;
  readonly ban_feed_url: string | null;
}

export const authorityOf = (id: string, document: AuthorityDocument): Authority => ({
  authority_id: id,
  name: document.name ?? null,
  keys: Object.fromEntries(
    document.keys.map(({ x }) => [thumbprintOf(fromBase64Url(x) ?? new Uint8Array()), x] as const),
  ),
  namespaces: document.namespaces ?? null,
  statements_url: document.statements_url ?? null,
  ban_feed_url: document.ban_feed_url ?? null,
});

const ID = /^[a-z0-9-]+(?:\.[a-z0-9-]+)+$/;
/** As a host is named; what it is called is the tenant's own to choose. */
export const isAuthorityId = (text: string): boolean => text.length <= 64 && ID.test(text);
