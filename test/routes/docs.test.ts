/** The documentation pages: whole without a network, closed to anything foreign, and silent about nothing. */
import { describe, expect, test } from 'vitest';
import { DENY_CODES } from '../../src/core/hall/codes.ts';
import { REFUSAL_CODES } from '../../src/core/refusal.ts';
import { problemOf } from '../../src/routes/problem.ts';
import { mustBe, type Reply, send } from '../support/hall-client.ts';
import { operationsOf } from '../support/openapi-lint.ts';

const PAGES = ['/docs', '/docs/problems'] as const;

const opened = async (path: string): Promise<Reply> => {
  const reply = await send('GET', path);
  mustBe(200, reply);
  return reply;
};

describe.each(PAGES)('%s', (path) => {
  test('admits its own style and nothing else', async () => {
    const { headers, text } = await opened(path);
    expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
    const style = /<style>([\s\S]*?)<\/style>/.exec(text)?.[1] ?? '';
    const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(style));
    const hash = btoa(String.fromCharCode(...new Uint8Array(digest)));
    expect(headers.get('content-security-policy')).toBe(
      `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
    );
    expect(headers.get('x-content-type-options')).toBe('nosniff');
  });

  test('has no script, loads nothing, and every link inside it leads somewhere', async () => {
    const { text } = await opened(path);
    expect(text).not.toMatch(/<script|<link|<img|<iframe|\son\w+=|\ssrc=|@import|url\(|\sstyle=/i);
    const hrefs = [...text.matchAll(/href="([^"]*)"/g)].map(([, href = '']) => href);
    const ids = new Set([...text.matchAll(/id="([^"]*)"/g)].map(([, id = '']) => `#${id}`));
    expect(hrefs.length).toBeGreaterThan(3);
    expect(
      hrefs.filter((href) => (href.startsWith('#') ? !ids.has(href) : !/^\/(docs|openapi\.json)/.test(href))),
    ).toEqual([]);
    expect(ids.size).toBe([...text.matchAll(/\sid="/g)].length);
  });
});

test('the reference has a section for every operation and every schema', async () => {
  const { text } = await opened('/docs');
  const described = mustBe(200, await send('GET', '/openapi.json')) as Parameters<typeof operationsOf>[0];
  for (const { operation } of operationsOf(described)) expect(text).toContain(`id="${operation.operationId}"`);
  const { schemas } = described.components as unknown as { schemas: object };
  for (const name of Object.keys(schemas)) expect(text).toContain(`id="schema-${name}"`);
});

test('what stands in the description is text on the page', async () => {
  const { text } = await opened('/docs/problems');
  expect(text).toContain('org.&lt;name&gt;.&lt;worker&gt;');
});

test('every code that a problem or a denial can carry is explained, where `type` leads', async () => {
  const { text } = await opened('/docs/problems');
  const codes = new Set([...REFUSAL_CODES.map((code) => problemOf(code).code), ...Object.keys(DENY_CODES)]);
  expect([...codes].filter((code) => !text.includes(`id="${code}"`))).toEqual([]);
  const reply = await send('GET', '/nowhere');
  expect(reply.json.type).toBe('/docs/problems#not_found');
});
