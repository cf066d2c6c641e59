/** The API description is whole and true: every route is in it, it is sound, and real answers are as it says. */
import { afterEach, describe, expect, test } from 'vitest';
import { createApp } from '../../src/app.ts';
import { DASHBOARD_PATHS } from '../../src/routes/dashboard.ts';
import { ROUTE_EXAMPLES } from '../../src/routes/examples.ts';
import { describeApi } from '../../src/routes/openapi.ts';
import { closeHalls, type Members, mustBe, ORIGIN, openHall, send } from '../support/hall-client.ts';
import { lintOpenApi, operationsOf } from '../support/openapi-lint.ts';
import { journey } from './journey.ts';

afterEach(closeHalls);

const document = async (): Promise<Parameters<typeof lintOpenApi>[0]> =>
  mustBe(200, await send('GET', '/openapi.json')) as Parameters<typeof lintOpenApi>[0];

describe('the description', () => {
  test('has every mounted route, and no other', async () => {
    const pages: readonly string[] = DASHBOARD_PATHS;
    const mounted = createApp()
      .routes.filter(({ method, path }) => method !== 'ALL' && !pages.includes(path))
      .map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`);
    const described = operationsOf(await document()).map(({ method, path }) => `${method.toUpperCase()} ${path}`);
    expect(described.length).toBeGreaterThan(30);
    expect([...described].sort()).toEqual([...mounted].sort());
  });

  test('is sound', async () => {
    expect(lintOpenApi(await document())).toEqual([]);
  });

  test('names the server that was asked, and every way to be known to it', async () => {
    const { servers, components } = await document();
    expect(servers).toMatchObject([{ url: ORIGIN }, { url: `${ORIGIN}/t/{tenant}` }]);
    expect(components).toMatchObject({ securitySchemes: { apiKey: {}, dispatchGrant: {}, operatorKey: {} } });
    const elsewhere = describeApi(createApp().contracts, 'https://other.example');
    expect(elsewhere.servers).toMatchObject([{ url: 'https://other.example' }, {}]);
  });
});

describe('the lint', () => {
  const broken: readonly (readonly [string, (document: Members) => unknown, string])[] = [
    ['a reference', (d) => ({ ...d, extra: { $ref: '#/components/schemas/Nobody' } }), 'leads nowhere'],
    ['an operation without security', (d) => ({ ...d, paths: { '/x': { get: { responses: {} } } } }), 'no security'],
    [
      'a path parameter',
      (d) => ({ ...d, paths: { '/x/{id}': { get: { responses: {} } } } }),
      'path id is not declared',
    ],
    [
      'a body that may be left out',
      (d) => ({ ...d, paths: { '/x': { post: { requestBody: {}, responses: {} } } } }),
      'not required',
    ],
  ];
  test.each(broken)('says so: %s', async (_, breakIt, said) => {
    const found = lintOpenApi(breakIt((await document()) as Members) as Parameters<typeof lintOpenApi>[0]);
    expect(found.join('\n')).toContain(said);
  });
});

const never = (operation: string): never => {
  throw new Error(`${operation} is not in the description`);
};

describe('real answers', () => {
  test('are as the schemas say, for every operation', async () => {
    const contracts = new Map(
      createApp().contracts.map((contract) => [`${contract.method.toUpperCase()} ${contract.path}`, contract]),
    );
    const seen = await journey(await openHall());
    for (const { operation, path, status, reply } of seen) {
      const { schema, type, status: made = 200, or } = contracts.get(operation)?.ok ?? never(operation);
      const json: unknown = made === 204 ? null : type === undefined ? JSON.parse(reply) : reply;
      const judged = schema.safeParse(json);
      expect(judged.success, `${operation} at ${path}: ${judged.error?.message}`).toBe(true);
      expect([made, or], operation).toContain(status);
    }
    const called = new Set(seen.map(({ operation }) => operation));
    expect([...contracts.keys()].filter((operation) => !called.has(operation))).toEqual([]);
  });

  test('the examples of a routing question are decided, and none as wrong input', async () => {
    const hall = await openHall();
    for (const { value } of Object.values(ROUTE_EXAMPLES)) {
      expect((await hall.decide(value as Members)).deny_code).not.toBe('DENY_INVALID_INPUT');
    }
  });
});
