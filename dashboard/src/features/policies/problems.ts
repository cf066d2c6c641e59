/** What the service says of a text, each with its line where it has one. */
import { useQuery } from '@tanstack/react-query';
import { Problem, sendJson } from '../../api/http.ts';
import { useSettled } from '../../ui/settled.ts';
import type { Validated } from './types.ts';

export interface Said {
  readonly tone: 'deny' | 'hold';
  readonly line: number | null;
  readonly where: string;
  readonly message: string;
}

export interface Judged {
  readonly isFresh: boolean;
  readonly isValid: boolean;
  readonly rules: number | null;
  readonly problems: readonly Said[];
  readonly failure: Error | null;
}

/** Findings name a rule; its line is where its id is written. */
const lineOfRule = (text: string, ruleId: string): number | null => {
  const escaped = ruleId.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const pattern = new RegExp(`["']?(?:id|rule_id)["']?\\s*:\\s*["']?${escaped}["']?\\s*(?:[,}#]|$)`);
  const index = text.split('\n').findIndex((line) => pattern.test(line));
  return index < 0 ? null : index + 1;
};

export const useJudged = (bundleId: string, text: string): Judged => {
  const settled = useSettled(text);
  const query = useQuery<Validated, Error>({
    queryKey: ['policies', 'validate', bundleId, settled],
    queryFn: () =>
      sendJson('POST', `/v1/policies/validate?bundle_id=${encodeURIComponent(bundleId)}`, { content: settled }),
    retry: false,
    staleTime: 30_000,
  });
  const isFresh = settled === text && !query.isFetching;
  if (query.error instanceof Problem && query.error.status < 500 && query.error.status !== 403) {
    const { errors, message, detail } = query.error;
    const told = errors.map(({ field, message: said, line }) => ({
      tone: 'deny' as const,
      line: line ?? null,
      where: field,
      message: said,
    }));
    const whole = { tone: 'deny' as const, line: null, where: '', message: detail ?? message };
    return { isFresh, isValid: false, rules: null, problems: told.length > 0 ? told : [whole], failure: null };
  }
  if (query.data === undefined) return { isFresh, isValid: false, rules: null, problems: [], failure: query.error };
  const { findings, warnings, rules } = query.data;
  return {
    isFresh,
    isValid: true,
    rules,
    failure: null,
    problems: [
      ...warnings.map(({ field, message, line }) => ({
        tone: 'hold' as const,
        line: line ?? null,
        where: field,
        message,
      })),
      ...findings.map(({ rule_id, message }) => ({
        tone: 'hold' as const,
        line: lineOfRule(settled, rule_id),
        where: rule_id,
        message,
      })),
    ],
  };
};
