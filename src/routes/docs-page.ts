/** The frame of a documentation page, and the one way to put text into it. */
import { html, raw } from 'hono/html';
import { toBase64 } from '../core/bytes.ts';
import { sha256 } from '../core/hash.ts';
import type { Ctx } from './context.ts';
import { STYLE } from './docs-style.ts';

export type Html = ReturnType<typeof raw>;

/** `html` escapes what is put in; it waits only for promises, and none is ever put in here. */
export const markup = (
  strings: TemplateStringsArray,
  ...values: readonly (Html | string | number | readonly Html[])[]
): Html => html(strings, ...values) as Html;

export const none: Html = raw('');

export const layout = (title: string, nav: Html, main: Html): string =>
  `<!doctype html>${markup`<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>${title}</title><style>${raw(STYLE)}</style></head><body><div class="frame"><nav aria-label="Contents"><a class="brand" href="/docs">Guildhall</a> <span class="soft">API</span>${nav}</nav><main>${main}</main></div></body></html>`}`;

/** Plain text with \`code\` in it. */
export const prose = (text: string): Html =>
  markup`${text.split('`').map((part, at) => (at % 2 === 1 ? markup`<code>${part}</code>` : markup`${part}`))}`;

/** Admits the one style sheet of the pages, by its hash, and nothing else. */
const POLICY = `default-src 'none'; style-src 'sha256-${toBase64(sha256(STYLE))}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

export const page = (c: Ctx, text: string, cache = 'public, max-age=300'): Response =>
  c.body(text, 200, {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': POLICY,
    'cache-control': cache,
  });
