/** What clients say they decided by themselves (WCP 5.3): telemetry, so garbage is passed over and never refused. */
import { isRecord, readText } from './members.ts';
import { clean } from './text.ts';

export interface ReportedUse {
  readonly speciesId: string;
  readonly count: number;
}

const MAX_ITEMS = 1_000;
const MAX_COUNT = 1_000_000_000;

/** The readable items, one a species. Total. */
export function readUsageReport(sent: unknown): readonly ReportedUse[] {
  const items: readonly unknown[] = isRecord(sent) && Array.isArray(sent.decisions) ? sent.decisions : [];
  const counts = new Map<string, number>();
  for (const item of items.slice(0, MAX_ITEMS)) {
    if (!isRecord(item)) continue;
    const speciesId = clean(readText(item.worker_id) ?? '');
    const { count } = item;
    if (speciesId === '' || typeof count !== 'number' || !Number.isInteger(count)) continue;
    if (count >= 1 && count <= MAX_COUNT) counts.set(speciesId, (counts.get(speciesId) ?? 0) + count);
  }
  return [...counts].map(([speciesId, count]) => ({ speciesId, count }));
}
