/** What the routes of people share: their guard, and answers that set cookies. */
import type { Refusal } from '../core/refusal.ts';
import type { Result } from '../core/result.ts';
import type { Cookies } from '../services/accounts.ts';
import { isFromOurPages } from './caller.ts';
import type { Ctx } from './context.ts';
import { type Call, json } from './factory.ts';
import { foreignOrigin, problem } from './problem.ts';

/** Answers about people stay in no cache, and a page of somebody else's cannot act for its visitor. */
export const guarded =
  <B>(handle: (call: Call<'public', B, undefined>) => Promise<Response>) =>
  async (call: Call<'public', B, undefined>): Promise<Response> => {
    call.c.header('cache-control', 'no-store');
    return isFromOurPages(call.c, call.deps, false) ? handle(call) : problem(call.c, foreignOrigin);
  };

export const withCookies = (
  c: Ctx,
  result: Result<{ readonly value: object; readonly cookies: Cookies }, Refusal>,
): Response => {
  if (!result.ok) return problem(c, result.error);
  for (const cookie of result.value.cookies) c.header('set-cookie', cookie, { append: true });
  return json(c, result.value.value);
};
