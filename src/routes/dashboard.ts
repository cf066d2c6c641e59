/**
 * The dashboard's one page, for each of its addresses: the script finds the screen by the address. Everything it loads
 * comes from here, and the policy says so; its files are served by the platform, ahead of this Worker.
 */
import type { App, Ctx } from './context.ts';

const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

const page = async (c: Ctx): Promise<Response> => {
  const { body, status } = await c.env.ASSETS.fetch(new URL('/index.html', c.req.url));
  return new Response(body, {
    status,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': POLICY,
      // Names the files of the newest build: asked for again each time, the files themselves never change.
      'cache-control': 'no-cache',
    },
  });
};

/** Not of the API, so without contracts. */
export const DASHBOARD_PATHS = [
  '/',
  '/sign-in',
  '/sign-in/key',
  '/sign-up',
  '/forgot-password',
  '/app',
  '/app/*',
] as const;

export const mountDashboard = (app: App): void => {
  for (const path of DASHBOARD_PATHS) app.get(path, page);
};
