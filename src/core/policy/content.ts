/** What input rules find in a job's content (CAP 5.8). The content itself goes nowhere: only the names of the rules do. */
import type { InputRule } from './document.ts';
import type { ContentFacts } from './question.ts';
import { finds } from './scan.ts';
import type { CompiledSet } from './set.ts';

interface Content {
  readonly text: string;
  readonly size: number;
  readonly type: string;
}

export const inputFindings = (set: CompiledSet, content: Content): ContentFacts => {
  const unscanned = set.scansInput && content.size > set.maxScanBytes;
  const lower = unscanned ? '' : content.text.toLowerCase();
  const found = set.inputRules
    .filter(({ rule }) => contentHolds(rule, content, lower, unscanned))
    .map(({ rule }) => rule.id);
  return { size: content.size, type: content.type, unscanned, found };
};

const contentHolds = ({ match }: InputRule, content: Content, lower: string, unscanned: boolean): boolean => {
  const { scanners, keywords, content_types, input_size_gt, max_input_bytes } = match;
  const over = [input_size_gt, max_input_bytes].filter((limit) => limit !== undefined);
  if (over.some((limit) => content.size <= limit)) return false;
  const mediaType = content.type.split(';')[0]?.trim().toLowerCase() ?? '';
  if (content_types !== undefined && !content_types.some((type) => type.trim().toLowerCase() === mediaType))
    return false;
  if (unscanned && (scanners !== undefined || keywords !== undefined)) return false;
  if (scanners !== undefined && !scanners.some((scanner) => finds(scanner, content.text))) return false;
  return keywords === undefined || keywords.some((word) => lower.includes(word.toLowerCase()));
};
