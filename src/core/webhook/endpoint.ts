/** An endpoint as it is asked for: where to, in which form, and what it wants to hear of. */
import { z } from 'zod';
import { EVENT_TYPES, type EventType } from './event.ts';

/** `standard`: Standard Webhooks; the others are what the incoming webhooks of these services take. */
export const FORMATS = ['standard', 'slack', 'discord'] as const;
export type Format = (typeof FORMATS)[number];

const Events = z
  .union([z.tuple([z.literal('*')]), z.array(z.enum(EVENT_TYPES)).min(1).max(EVENT_TYPES.length)])
  .meta({ description: 'which events; `["*"]`: all of them, also those that later versions add' });
const Description = z.string().max(200);

export const NewWebhook = z
  .strictObject({
    url: z.string().min(1).max(2_048).meta({ description: 'https, on the public internet' }),
    format: z.enum(FORMATS).default('standard'),
    events: Events.default(['*']),
    description: Description.default(''),
  })
  .meta({ id: 'NewWebhook' });
export type NewWebhook = z.infer<typeof NewWebhook>;

export const WebhookPatch = z
  .strictObject({
    enabled: z.boolean().optional(),
    events: Events.optional(),
    description: Description.optional(),
  })
  .meta({ id: 'WebhookPatch' });
export type WebhookPatch = z.infer<typeof WebhookPatch>;

export type Wanted = readonly EventType[] | readonly ['*'];

export const wants = (wanted: Wanted, event: EventType): boolean =>
  wanted.some((name) => name === '*' || name === event);

/** The addresses of chat services are secrets themselves: whoever knows one may write there. */
export const shownUrl = (url: { readonly href: string; readonly origin: string }, format: Format): string =>
  format === 'standard' ? url.href : `${url.origin}/…`;
