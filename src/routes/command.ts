/** Routes that change something: one command, its idempotency key, its receipt. */
import { type Change, change } from '../services/manage.ts';
import type { Call } from './factory.ts';
import { problem } from './problem.ts';
import { reply, submitOptions } from './reply.ts';

/** Runs one command for the caller of a route, with its idempotency key. */
export const run = async (
  call: Call<'tenant', unknown, unknown>,
  command: Change,
  status: 200 | 201 = 200,
): Promise<Response> => {
  const options = submitOptions(call.c, call.caller, call.bodyText);
  if (!options.ok) return problem(call.c, options.error);
  return reply(call.c, await change(call.deps, call.caller, command, options.value), status);
};
