/** The API description and the pages made from it. The pages are whole as they come: no script, nothing loaded. */
import { z } from 'zod';
import type { App } from './context.ts';
import { page } from './docs-page.ts';
import { problemsPage } from './docs-problems.ts';
import { referencePage } from './docs-reference.ts';
import { mount } from './factory.ts';
import { describeApi } from './openapi.ts';

const Page = z.string();

export const mountDocs = (app: App): void => {
  const shared = { method: 'get', tag: 'Service', access: 'public' } as const;
  mount(
    app,
    {
      ...shared,
      path: '/openapi.json',
      summary: 'This description (OpenAPI 3.1)',
      ok: { schema: z.looseObject({ openapi: z.literal('3.1.0'), paths: z.looseObject({}) }) },
    },
    ({ c, deps }) => {
      c.header('cache-control', 'public, max-age=300');
      return c.json(describeApi(app.contracts, deps.publicUrl));
    },
  );
  mount(
    app,
    { ...shared, path: '/docs', summary: 'The same as a page to read', ok: { schema: Page, type: 'text/html' } },
    ({ c, deps }) => page(c, referencePage(describeApi(app.contracts, deps.publicUrl), deps.publicUrl)),
  );
  mount(
    app,
    {
      ...shared,
      path: '/docs/problems',
      summary: 'What every code of a problem or a denial means',
      ok: { schema: Page, type: 'text/html' },
    },
    ({ c }) => page(c, problemsPage()),
  );
};
