/**
 * An event as a message. INVARIANT: made from the entry alone (and what was fixed when it was written), so every attempt
 * sends the same bytes and a message can be made again whenever it is asked for. What strangers wrote (a capability id, a
 * reason) is data in every form: it neither mentions anybody nor links anywhere.
 */
import type { JsonObject, JsonValue } from '../json.ts';
import type { Entry } from '../ledger/entry.ts';
import type { Format } from './endpoint.ts';
import type { AnyEvent } from './event.ts';

export interface Told {
  readonly event: AnyEvent;
  readonly entry: Entry;
  readonly receiptHash: string;
  /** What an approval is about, as it was opened; null where the event is of none. */
  readonly about: JsonObject | null;
  /** Of the dashboard: `https://hall.example`. */
  readonly origin: string;
}

/** Standard Webhooks: the same for the same event wherever and however often it is sent. */
export const messageId = ({ entry }: Told): string => `msg_${entry.receipt_id}`;

export const messageText = (format: Format, told: Told): string =>
  JSON.stringify(format === 'standard' ? standard(told) : format === 'slack' ? slack(told) : discord(told));

const iso = (micros: number): string => new Date(Math.floor(micros / 1000)).toISOString();

/** Of a decision what says what it was; all that it depended on is behind its receipt. */
const DECISION = [
  'decision_id',
  'outcome',
  'deny_code',
  'stage',
  'capability_id',
  'correlation_id',
  'matched_rule_id',
] as const;

const bodyOf = ({ type, body }: Entry): JsonObject =>
  type === 'wcp.decision' ? Object.fromEntries(DECISION.map((name) => [name, body[name] ?? null])) : body;

const approvalIdOf = ({ entry }: Told): string | null =>
  typeof entry.body.approval_id === 'string' ? entry.body.approval_id : null;

/** Where a person answers; it asks who they are. */
const resolveLink = (told: Told): string | null => {
  const id = approvalIdOf(told);
  return id === null || told.origin === '' ? null : `${told.origin}/app/approvals/${encodeURIComponent(id)}`;
};

const standard = (told: Told): JsonObject => {
  const { event, entry, receiptHash, about } = told;
  return {
    type: event,
    timestamp: iso(entry.ts),
    data: {
      tenant: entry.tenant,
      seq: entry.seq,
      receipt_id: entry.receipt_id,
      receipt_hash: receiptHash,
      entry_type: entry.type,
      actor: { kind: entry.actor.kind, id: entry.actor.id },
      trace_id: entry.trace_id,
      ...bodyOf(entry),
      ...(about === null ? {} : { escalation_context: about, resolve_url: resolveLink(told) }),
    },
  };
};

const TITLES: Readonly<Record<AnyEvent, string>> = {
  'approval.requested': 'Somebody has to decide',
  'approval.voted': 'Somebody said yes, more are needed',
  'approval.escalated': 'An approval was escalated',
  'approval.resolved': 'An approval was answered',
  'approval.expired': 'Nobody answered in time: expired',
  'approval.answer_refused': 'An answer to an approval was refused',
  'decision.denied': 'Denied',
  'dispatch.failed': 'A dispatch failed',
  'dispatch.outcome_missing': 'A dispatch was never reported on',
  'job.dead_lettered': 'A job ended among the dead letters',
  'worker.enrolled': 'A worker was enrolled',
  'worker.retired': 'A worker was retired',
  'worker.revoked': 'A worker was revoked',
  'worker.quarantined': 'A worker runs other code than was attested',
  'ban.issued': 'A ban was issued',
  'ban.lifted': 'A ban was lifted',
  'ban.arrived': 'A ban of the network names workers of yours',
  'ban.withdrawn': 'A ban of the network on workers of yours was lifted',
  'namespace.granted': 'A namespace is yours',
  'namespace.withdrawn': 'A namespace is not yours any more',
  'key.created': 'An API key was created',
  'key.leaked': 'An API key was found in public and is revoked',
  'passkey.registered': 'Somebody registered a passkey to sign answers with',
  'passkey.revoked': 'A passkey to sign answers with was given up',
  'policy.published': 'A policy was published',
  'policy.rolled_back': 'The policy was rolled back',
  'rules.published': 'Rules were published',
  'profile.activated': 'A profile was activated',
  'profile.deactivated': 'A profile was taken out',
  'profile.removal_requested': 'Somebody wants a profile taken out, and needs a second person',
  'catalog.adopted': 'Another catalog is in force',
  'settings.changed': 'Settings were changed',
  'standing.changed': 'The operator changed the standing of this tenant',
  'limit.changed': 'The operator changed the rate limit of this tenant',
  'hall.offline': 'The Hall was taken offline',
  'hall.online': 'The Hall is online again',
  'webhook.failing': 'A webhook gets nothing through',
  'webhook.test': 'This endpoint works',
};

interface Fact {
  readonly name: string;
  readonly value: string;
}

/** What a person can do nothing with. */
const HASHES = ['before', 'after'];
const FACTS = 8;
const FACT_LENGTH = 300;

const factOf = ([name, value]: readonly [string, JsonValue]): readonly Fact[] => {
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') return [];
  const text = String(value);
  if (text === '') return [];
  return [{ name, value: text.length > FACT_LENGTH ? `${text.slice(0, FACT_LENGTH)}…` : text }];
};

/** What a person needs first: of an approval what it is about and until when, of other events their own members. */
const factsOf = ({ entry, about }: Told): readonly Fact[] => {
  const { expires_at, approval_id, level, reason, state, ...rest } = bodyOf(entry);
  const named =
    about === null ? rest : { ...about, level: level ?? null, state: state ?? null, reason: reason ?? null };
  const until = typeof expires_at === 'number' ? { expires_at: iso(expires_at) } : {};
  const all = about === null ? bodyOf(entry) : { ...named, ...until, approval_id: approval_id ?? null };
  return Object.entries(all)
    .filter(([name]) => !HASHES.includes(name))
    .flatMap(factOf)
    .slice(0, FACTS);
};

/** Slack reads `&`, `<` and `>` as its own; without them nothing mentions or links. */
const slackText = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('`', '´');

const slack = (told: Told): JsonObject => {
  const title = TITLES[told.event];
  const facts = factsOf(told);
  const link = resolveLink(told);
  return {
    text: `${title} (${told.entry.tenant})`,
    blocks: [
      { type: 'header', text: { type: 'plain_text', text: title } },
      ...(facts.length === 0
        ? []
        : [
            {
              type: 'section',
              fields: facts.map(({ name, value }) => ({
                type: 'mrkdwn',
                text: `*${slackText(name)}*\n\`${slackText(value)}\``,
              })),
            },
          ]),
      ...(link === null
        ? []
        : [
            {
              type: 'actions',
              elements: [{ type: 'button', text: { type: 'plain_text', text: 'Open and answer' }, url: link }],
            },
          ]),
      {
        type: 'context',
        elements: [
          { type: 'plain_text', text: `${told.entry.tenant} · entry ${told.entry.seq} · ${iso(told.entry.ts)}` },
        ],
      },
    ],
  };
};

/** In a code span Discord reads nothing but the sign that ends it. */
const discordText = (text: string): string => `\`${text.replaceAll('`', '´')}\``;

const discord = (told: Told): JsonObject => {
  const link = resolveLink(told);
  return {
    // Nothing in the texts may call anybody.
    allowed_mentions: { parse: [] },
    embeds: [
      {
        title: TITLES[told.event],
        ...(link === null ? {} : { url: link, description: 'Open to answer; it asks who you are.' }),
        timestamp: iso(told.entry.ts),
        fields: factsOf(told).map(({ name, value }) => ({
          name: discordText(name),
          value: discordText(value),
          inline: true,
        })),
        footer: { text: `${told.entry.tenant} · entry ${told.entry.seq}` },
      },
    ],
  };
};
