/** What answers where no route does: 405 with `Allow` if the path is known by another method, else 404. */
import { refusal } from '../core/refusal.ts';
import type { Ctx } from './context.ts';
import type { AnyContract } from './contract.ts';
import { problem } from './problem.ts';

const matches = (pattern: string, path: string): boolean => {
  const wanted = pattern.split('/');
  const given = path.split('/');
  return (
    wanted.length === given.length &&
    wanted.every((part, at) => (part.startsWith('{') ? given[at] !== '' : part === given[at]))
  );
};

export const unmatched = (c: Ctx, contracts: readonly AnyContract[]): Response => {
  const known = contracts.filter(({ path }) => matches(path, c.req.path)).map(({ method }) => method.toUpperCase());
  if (known.length === 0) return problem(c, refusal('not_found'));
  c.header('allow', [...new Set([...known, ...(known.includes('GET') ? ['HEAD'] : [])])].join(', '));
  return problem(c, refusal('method_not_allowed'));
};
